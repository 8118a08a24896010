"""No secret leaves through the log, whatever it is wrapped in and whoever logs it."""

from __future__ import annotations

import ast
import asyncio
import gc
import html
import json
import logging
import sys
import threading
import time
import warnings
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import quote, quote_plus, unquote

import httpx
import pytest
import structlog
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import BaseModel, SecretStr, ValidationError

import bot
from bot import telemetry
from bot.redaction import REDACTED, log_redactor
from tests.fixtures import log_state
from tests.fixtures.leak_check import leaked, spellings

TOKEN = "canary1-7f3a91c2"
PASSWORD = (
    "canary2pass pä\"ss'w \\ö/rd&+%=<x>"  # everything that some encoding spells in another way
)
ACCOUNT = f"continuity:{PASSWORD}"
SECRETS = (TOKEN, PASSWORD, ACCOUNT)
LIBRARIES = ("slack_bolt", "slack_sdk", "aiohttp", "httpx", "httpcore", "asyncio", "urllib3.any")

Lines = Callable[[], list[str]]


@pytest.fixture(params=["json", "console"])
def lines(request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]) -> Iterator[Lines]:
    """What was printed since the last look."""

    def printed() -> list[str]:
        out, err = capsys.readouterr()
        assert err == ""
        return [line for line in out.splitlines() if line]

    with log_state.restored(*LIBRARIES):
        telemetry.set_up("DEBUG", request.param, SECRETS)
        yield printed


def is_json(request: pytest.FixtureRequest) -> bool:
    return "json" in request.node.name


def check(printed: list[str], *expected: str) -> str:
    """Nothing of a secret is there, and what is expected is. Returns all of it."""
    text = "\n".join(printed)
    assert leaked(SECRETS, text) == []
    for words in expected:
        assert words in text
    return text


class Opaque:
    """An object of a library that shows everything."""

    def __repr__(self) -> str:
        return f"<Opaque token={TOKEN} password={PASSWORD!r}>"


class Account(BaseModel):
    """A model whose error repeats the input."""

    port: int


def a_validation_error() -> ValidationError:
    with pytest.raises(ValidationError) as caught:
        Account.model_validate({"port": TOKEN})
    return caught.value


VALUES = {
    "plain": f"Bearer {TOKEN}",
    "bytes": f"token={TOKEN} {PASSWORD}".encode(),
    "url": f"https://x/?token={quote(PASSWORD, safe='')}&t={TOKEN}",
    "form": f"password={quote_plus(PASSWORD)}",
    "half encoded": quote(PASSWORD, safe="/&+="),
    "header": httpx.BasicAuth("continuity", PASSWORD)._auth_header,
    "json": json.dumps({"password": PASSWORD}),
    "json in json": json.dumps({"body": json.dumps({"password": PASSWORD})}),
    "repr in repr": repr(repr({"password": PASSWORD, "'": b"'"})),
    "html": html.escape(PASSWORD),
    "keys": {TOKEN: 1, PASSWORD.encode(): 2, (TOKEN,): 3},
    "nested": [{"a": ({TOKEN}, frozenset({PASSWORD}))}],
    "object": Opaque(),
    "in an object": {"x": [Opaque()]},
    "exception": ValueError(TOKEN, PASSWORD),
    "validation": a_validation_error(),
    "secret": SecretStr(TOKEN),
    "upper case": TOKEN.upper(),
}


@pytest.mark.parametrize("name", VALUES)
def test_a_secret_is_hidden_in_every_kind_of_value(lines: Lines, name: str) -> None:
    value: Any = VALUES[name]
    structlog.get_logger("bot.x").info("told", value=value, count=3, on=True, none=None)
    text = check(lines(), "told")
    if name != "secret":
        assert REDACTED in text


def test_an_event_is_a_secret_too_and_so_is_a_key(lines: Lines) -> None:
    structlog.get_logger("bot.x").info(f"it is {PASSWORD}", **{TOKEN: "key"})
    structlog.contextvars.bind_contextvars(bound=TOKEN)
    structlog.get_logger("bot.x").info("bound")
    structlog.contextvars.clear_contextvars()
    check(lines(), "bound", REDACTED)


def fail_deeply() -> NoReturn:
    local = f"{TOKEN} {PASSWORD}"
    try:
        try:
            raise KeyError(TOKEN)
        except KeyError:
            raise ValueError(local)  # noqa: B904  # the chain is the point
    except ValueError as error:
        error.add_note(f"while it was {PASSWORD}")
        raise RuntimeError(f"header {b64encode(ACCOUNT.encode()).decode()}") from error


def test_a_traceback_is_told_with_its_chain_without_secrets_or_local_variables(
    lines: Lines, request: pytest.FixtureRequest
) -> None:
    log = structlog.get_logger("bot.x")
    try:
        fail_deeply()
    except RuntimeError:
        log.exception("failed")
        logging.getLogger("slack_sdk.any").exception("failed with %s", TOKEN)
    printed = lines()
    text = check(printed, "RuntimeError", "ValueError", "KeyError", "fail_deeply", "direct cause")
    assert text.count("Traceback") == 6
    assert "local =" not in text.replace("local = f", "")
    if is_json(request):
        events = [json.loads(line) for line in printed]
        assert [event["event"] for event in events] == ["failed", "failed with [redacted]"]
        assert all("Traceback" in event["exception"] for event in events)
        assert [(event["logger"], event["level"]) for event in events] == [
            ("bot.x", "error"),
            ("slack_sdk.any", "error"),
        ]
        assert all(event["timestamp"].endswith("Z") for event in events)


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_library_at_debug_tells_no_secret(lines: Lines, library: str) -> None:
    logger = logging.getLogger(library)
    logger.debug("not heard %s", TOKEN)
    logger.info("not heard %s", TOKEN)
    assert lines() == []
    logger.setLevel(logging.DEBUG)
    logger.debug("headers %s", {"Authorization": f"Bearer {TOKEN}", b"x": PASSWORD.encode()})
    logger.warning("body: %(password)s", {"password": PASSWORD}, stack_info=True)
    check(lines(), "headers", "body")


def test_a_warning_is_an_event(lines: Lines) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(capture=True)
        warnings.warn(f"do not use {TOKEN}", DeprecationWarning, stacklevel=1)
    check(lines(), "DeprecationWarning", REDACTED)


def test_what_nobody_catches_is_an_event(lines: Lines) -> None:
    try:
        fail_deeply()
    except RuntimeError as error:
        sys.excepthook(type(error), error, error.__traceback__)
    check(lines(), "uncaught", "fail_deeply")
    thread = threading.Thread(target=fail_deeply)
    thread.start()
    thread.join()
    check(lines(), "uncaught", "fail_deeply")
    threading.excepthook(threading.ExceptHookArgs((KeyError, None, None, None)))
    check(lines(), "uncaught", "KeyError")


def test_an_error_in_a_destructor_is_an_event(lines: Lines) -> None:
    class Leaving:
        def __del__(self) -> None:
            fail_deeply()

    Leaving()
    gc.collect()
    check(lines(), "uncaught", "fail_deeply")


async def test_a_task_that_nobody_awaited_is_an_event(lines: Lines) -> None:
    async def lost() -> None:
        fail_deeply()

    task = asyncio.create_task(lost(), name=f"lost {TOKEN}")
    await asyncio.wait([task])
    del task
    gc.collect()
    asyncio.get_running_loop().call_exception_handler({"message": "odd", "who": Opaque()})
    check(lines(), "never retrieved", "fail_deeply", "odd")


def test_what_cannot_be_rendered_is_told_of_and_not_shown(lines: Lines) -> None:
    class Broken:
        def __repr__(self) -> str:
            raise RuntimeError(TOKEN)

    [ours] = [
        each for each in logging.getLogger().handlers if isinstance(each, telemetry._OutputHandler)
    ]
    logging.getLogger().handlers = [ours]  # the test runner's own let such errors through
    structlog.get_logger("bot.x").info("told", token=TOKEN, value=Broken())
    logging.getLogger("aiohttp").error("%d of it", TOKEN)
    printed = lines()
    check(printed, "log.unreadable")
    assert [json.loads(line)["error"] for line in printed] == ["RuntimeError", "TypeError"]


def test_beside_a_person_at_the_terminal_it_goes_to_standard_error(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with log_state.restored():
        telemetry.set_up("ERROR", "json", SECRETS, to_stderr=True)
        structlog.get_logger("bot.test").error("seen", token=TOKEN)
    out, err = capsys.readouterr()
    assert (out, "seen" in err, TOKEN in err) == ("", True, False)


def test_a_closed_output_stops_nothing(
    lines: Lines, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    closed = (tmp_path / "out").open("w")
    closed.close()
    monkeypatch.setattr(sys, "stdout", closed)
    structlog.get_logger("bot.x").info("nobody listens")


@pytest.mark.parametrize(
    "text",
    [
        "xoxb-1234-abcd",
        "xoxp-1234",
        "xapp-1-A0-99-ffff",
        "https://hooks.slack.com/services/T0/B0/1234abcd",
        "Authorization: Basic c29tZWJvZHk6cGFzc3dvcmQ=",
        "authorization: bearer abcdefghijklmnop.qrs",
        "wss://wss-primary.slack.com/link/?ticket=abc-def&app_id=A0",
    ],
)
def test_a_secret_of_somebody_else_is_known_by_its_form(text: str) -> None:
    hidden = log_redactor(())(f"before {text} after")
    assert REDACTED in hidden
    for part in ("1234", "ffff", "c29tZWJvZHk6", "abcdefghijklmnop", "abc-def"):
        assert part not in hidden
    assert hidden.startswith("before ")
    assert hidden.endswith(" after")


def test_other_text_stays_as_it_is() -> None:
    for text in ("Basic questions", "bearer of news", "C-7K3MX by U0OPERATOR", "a\nb\\c"):
        assert log_redactor((*SECRETS, "", "abc"))(text) == text


@given(
    secret=st.text(st.characters(codec="utf-8", min_codepoint=33), min_size=8, max_size=40),
    before=st.binary(max_size=5),
)
def test_any_secret_is_hidden_reversed_in_hex_and_inside_of_base64(
    secret: str, before: bytes
) -> None:
    hide = log_redactor([secret])
    data = secret.encode()
    assert REDACTED in hide(secret[::-1])
    assert hide(data.hex()) == hide(data.hex().upper()) == REDACTED
    for encode in (b64encode, urlsafe_b64encode):
        assert REDACTED in hide(encode(before + data + before).decode())


@given(st.text(st.characters(codec="utf-8", min_codepoint=33), min_size=4, max_size=40))
def test_any_secret_is_hidden_however_it_is_spelled(secret: str) -> None:
    hide = log_redactor([secret])
    nested = (
        json.dumps([json.dumps(secret)]),
        repr([repr(secret), "'"]),
        repr(repr(secret.encode())),
        ascii(secret),
    )
    for spelled in (*spellings(secret), *nested):
        hidden = hide(f"«{spelled}»")
        assert hidden.count(REDACTED) == 1
        assert leaked([secret], hidden.replace(REDACTED, "")) == []
        assert set(hidden.replace(REDACTED, "")) <= set("«»'\"\\[], b")


NASTY = st.text(st.sampled_from("\\\\\\%5C'\"&/+=nxuä€😀 \n\tab"), min_size=4, max_size=30)


@example("555\\", 0)
@example('555"', 1)
@given(NASTY, st.integers(0, 3))
def test_no_secret_of_characters_that_are_escaped_comes_through(secret: str, depth: int) -> None:
    """However often it was put into JSON, or shown by `repr`, before it is logged."""
    hide = log_redactor([secret])
    for spelled in spellings(secret):
        in_json = in_repr = spelled
        for _ in range(depth):
            in_json, in_repr = json.dumps(in_json), repr(in_repr)
        for text in (in_json, in_repr, f"\\\\{in_json}"):
            hidden = hide(f"«{text}»")
            assert REDACTED in hidden
            # A backslash or quote beside the secret may be encoded like those within it.
            rest = html.unescape(unquote(hidden.replace(REDACTED, "")))
            assert set(rest) <= set("«»'\"\\")


SLOW = {
    "backslashes": "\\" * 1_000_000,
    "runs that end in vain": ("\\" * 1000 + "z") * 1000,
    "the beginning, again and again": ("pw" + "\\" * 500) * 2000,
    "percent-encoded": "%5C" * 300_000,
    "escapes": "\\x" * 500_000,
    "forms": "Basic Bearer xoxb ?ticket=" * 40_000,
}


@pytest.mark.parametrize("name", SLOW)
def test_a_megabyte_made_against_it_is_searched_in_one_pass(name: str) -> None:
    """What took minutes: the time grew with the square of the length."""
    secrets = ("\\" * 12, "'\\\"ä\\", "pw\\'\\'\\", '""""', "\\%5C\\")
    hide = log_redactor(secrets)
    began = time.process_time()
    hide(SLOW[name])
    assert time.process_time() - began < 10.0


def test_no_log_line_has_a_field_that_the_logger_takes_for_itself() -> None:
    """`log.info("name", event=…)` raises TypeError, but only at a level that is logged."""
    wrong = [
        f"{path}:{call.lineno}"
        for path in sorted(Path(bot.__file__).parent.rglob("*.py"))
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and any(field.arg == "event" for field in call.keywords)
        if ast.unparse(call.func).startswith("log.")
    ]
    assert wrong == []
