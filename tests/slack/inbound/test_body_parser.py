"""Signed bytes have one reading or none, whatever a header calls them."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.inbound import body_parser

COMMAND = {"command": "/continuity", "trigger_id": "1.2", "user_id": "U1", "text": "help"}
CLICK: dict[str, Any] = {"type": "block_actions", "actions": [{"action_id": "change_approve"}]}
EVENT: dict[str, Any] = {"type": "event_callback", "event": {"type": "app_mention"}}
NOT_READ = (ValueError, RecursionError)


def payload(shape: object) -> bytes:
    return urlencode({"payload": json.dumps(shape)}).encode()


def is_refused(raw: bytes) -> bool:
    try:
        body_parser.read(raw)
    except NOT_READ:
        return True
    return False


def test_each_of_slacks_forms_is_read() -> None:
    assert body_parser.read(urlencode(COMMAND).encode()) == COMMAND
    assert body_parser.read(payload(CLICK)) == CLICK
    assert body_parser.read(json.dumps(EVENT).encode()) == EVENT
    assert body_parser.read(b"ssl_check=1&token=x") == {"type": "ssl_check"}


@pytest.mark.parametrize("safe", ["", "/:", "!*'()~", "$,@?"])
def test_a_command_is_read_whatever_its_encoder_leaves_as_it_is(safe: str) -> None:
    told = COMMAND | {"text": "failover on 44444 --reason Büro & Co. (50%); {a: 1} ~!*'$,@?"}
    raw = "&".join(f"{name}={quote(value, safe=safe)}" for name, value in told.items())
    assert body_parser.read(raw.encode()) == told


def test_an_event_is_read_with_white_space_around_it() -> None:
    assert body_parser.read(b" \r\n\t" + json.dumps(EVENT).encode() + b"\n") == EVENT


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\n",
        b"command=%2Fcontinuity&trigger_id=1",
        urlencode(COMMAND).encode() + b"&text=again",
        urlencode(COMMAND).encode() + b"&te%78t=again",
        urlencode(COMMAND).encode() + b"&",
        urlencode(COMMAND).encode() + b"&lone",
        urlencode(COMMAND).encode() + b";text=x",
        urlencode(COMMAND).encode() + b"\r\n",
        b" " + urlencode(COMMAND).encode(),
        urlencode(COMMAND).encode().replace(b"help", b"%FF"),
        urlencode(COMMAND).encode().replace(b"help", b"%zz"),
        urlencode(COMMAND).encode().replace(b"help", b"{}"),
        urlencode(COMMAND).encode().replace(b"help", "hélp".encode()),
        payload(CLICK) + b"&" + urlencode(COMMAND).encode(),
        payload(CLICK) + b"&" + payload(CLICK),
        payload(CLICK) + b"&ssl_check=1",
        urlencode(COMMAND | {"ssl_check": "1"}).encode(),
        b"&".join(b"n%d=1" % number for number in range(101)),
        payload([CLICK]),
        payload({"actions": []}),
        payload(CLICK | {"type": None}),
        payload(CLICK | {"command": "/continuity"}),
        payload(EVENT),
        b"payload=%7B%22type%22%3A%22block_actions%22%2C%22type%22%3A%22view_submission%22%7D",
        json.dumps(CLICK).encode(),
        json.dumps(COMMAND).encode(),
        json.dumps(EVENT | {"command": "/continuity"}).encode(),
        b'{"type": "event_callback", "event": {"user": "U1", "user": "U2"}}',
        b'{"type": "event_callback", "event": {"user": "U1", "\\u0075ser": "U2"}}',
        b'{"type": "event_callback", "n": NaN}',
        b'{"type": "event_callback"} {}',
        b'\xef\xbb\xbf{"type": "event_callback"}',
        '{"type": "event_callback"}'.encode("utf-16"),
        '{"type": "event_callback", "a": "é"}'.encode("latin-1"),
        b'{"type":' + b"[" * 50_000,
        b"[1]",
        b'"x"',
        b"--x\r\nContent-Disposition: form-data; name=payload\r\n\r\n{}\r\n--x--",
    ],
    ids=lambda raw: raw[:60].decode("latin-1"),
)
def test_what_has_no_reading_or_two_is_refused(raw: bytes) -> None:
    assert is_refused(raw)


def test_what_stands_beside_the_fields_of_a_command_is_left_out() -> None:
    other_fields = {
        "type": "block_actions",
        "actions": "x",
        "view": "x",
        "event": "x",
        "user": "U2",
    }
    assert body_parser.read(urlencode(other_fields | COMMAND).encode()) == COMMAND


@given(text=st.text(), click=st.booleans())
def test_no_text_of_an_event_makes_it_anything_else(text: str, click: bool) -> None:
    within = payload(CLICK).decode() if click else urlencode(COMMAND)
    event = EVENT | {"event": {"text": f"{text}&{within}&{text}"}}
    for ascii_only in (True, False):
        raw = json.dumps(event, ensure_ascii=ascii_only).encode(errors="surrogatepass")
        assert is_refused(raw) or body_parser.read(raw) == event


@given(st.binary(max_size=200) | st.builds(lambda a, b: a + b, st.binary(), st.just(b"{}")))
def test_any_bytes_are_read_as_json_or_as_a_form_and_never_both(raw: bytes) -> None:
    try:
        told = body_parser.read(raw)
    except NOT_READ:
        return
    try:
        is_json = isinstance(json.loads(raw), dict)
    except ValueError:
        is_json = False
    assert is_json == (told["type"] in {"event_callback", "url_verification", "app_rate_limited"})
