"""Whatever a setting is set to: a line that names it, and never a traceback."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from app import main
from bot.errors import ConfigurationError
from bot.settings import Settings
from bot.slack.inbound.http_server import HttpServer
from tests.fixtures import log_state
from tests.terminal.conftest import Terminal

GARBAGE = (
    *(
        "http://[",
        "é" * 300,
        "\udcff",
        "\x01",
        "nan",
        "1e400",
        "-1",
        "9" * 30,
        "{}",
        "/",
        "x" * 5000,
    ),
)
COMMANDS = (
    ("run",),
    ("exec", "status 44444", "--as", "U0OPERATOR"),
    ("doctor",),
    ("probe", "44444"),
    ("role", "list"),
)
ADDRESSES = (
    *("http://[", "http://[::1", "https://", "ftp://h/", "h", "https://h:99999/", "https://h:x/"),
    *("https://user:pw@h/", "https://h/?q=1", "https://h/#f", "https://h /", "https://\udcff/"),
    "http://example.com/",
)
COMPLETE = {
    "SLACK_BOT_TOKEN": "xoxb-canary",
    "SLACK_APP_TOKEN": "xapp-canary",
    "CONTINUITY_USERNAME": "api",
    "CONTINUITY_PASSWORD": "canary",
}


@pytest.fixture(autouse=True)
def logging_stays_as_it_is() -> Iterator[None]:
    with log_state.restored():
        yield


def lines_of(*words: str) -> list[str]:
    """Give a command that has to end by itself; return the lines, which are no traceback."""
    result = CliRunner().invoke(main, list(words))
    unexpected = result.exception is not None and not isinstance(result.exception, SystemExit)
    assert not unexpected, f"{words}: {result.exception!r}"
    assert "Traceback" not in result.output
    return result.output.splitlines()


@pytest.mark.parametrize("name", [name.upper() for name in Settings.model_fields])
def test_a_setting_with_garbage_gives_no_traceback(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    for value in GARBAGE:
        monkeypatch.setenv(name, value)
        for words in COMMANDS:
            assert lines_of(*words) or words == ("role", "list")


@pytest.mark.parametrize("name", ["CONTINUITY_URL", "SLACK_API_URL"])
def test_an_address_that_is_none_is_one_line(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    for setting, value in COMPLETE.items():
        monkeypatch.setenv(setting, value)
    for value in ADDRESSES:
        monkeypatch.setenv(name, value)
        for words in (("run",), *COMMANDS[1:2], COMMANDS[3]):
            [line] = lines_of(*words)
            assert line.startswith(name), (value, line)
            assert "canary" not in line
            assert "pw" not in line


@pytest.mark.parametrize("value", ADDRESSES)
def test_an_address_of_the_credentials_file_is_one_line(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, value: str
) -> None:
    if not value.isprintable():
        pytest.skip("TOML holds no such character")
    file = tmp_path / "accounts.toml"
    file.write_text(f"[44444]\nusername = 'u'\npassword = 'canary'\nurl = '{value}'\n")
    file.chmod(0o600)
    monkeypatch.setenv("CONTINUITY_CREDENTIALS", str(file))
    for words in (COMMANDS[1], COMMANDS[3]):
        [line] = lines_of(*words)
        assert line.startswith("CONTINUITY_CREDENTIALS: [44444] url: must ")


def test_a_credentials_file_that_is_nested_without_end_is_one_line(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "accounts.toml"
    file.write_text("a = " + "[" * 100_000)
    file.chmod(0o600)
    monkeypatch.setenv("CONTINUITY_CREDENTIALS", str(file))
    [line] = lines_of("probe", "44444")
    assert line.startswith("CONTINUITY_CREDENTIALS: ")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("PORT", value) for value in ("-1", "65536", "99999999999", "http")),
        *(("QUIET_PERIOD", value) for value in ("nan", "inf", "-1", "1e300")),
        *(("DRAIN", value) for value in ("nan", "-0.1", "1e300")),
        *(("SLACK_PACE", value) for value in ("0", "nan", "inf")),
        *((name, "a\x01b") for name in ("DATABASE", "OPS_CHANNEL", "SLACK_BOT_TOKEN", "HOST")),
        *((name, "a\udcff") for name in ("DATABASE", "CONTINUITY_PASSWORD", "LOG_LEVEL")),
    ],
)
def test_a_value_that_would_break_something_later_is_refused_at_the_start(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    [line] = lines_of("role", "list")
    assert line.startswith(f"{name}: ")


@pytest.mark.parametrize("host", ["é" * 300, "a..b", "x" * 300])
async def test_a_host_that_is_none_is_one_line(host: str) -> None:
    server = HttpServer("", lambda: True, host=host)
    with pytest.raises(ConfigurationError, match="HOST and PORT: "):
        await asyncio.wait_for(server.__aenter__(), 10)
