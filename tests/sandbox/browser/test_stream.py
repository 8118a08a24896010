"""Every window sees everything at once, and one that does not read harms nobody."""

from __future__ import annotations

import asyncio
import json
from functools import partial
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from sandbox.browser import BrowserServer, stream
from sandbox.clock import SandboxClock
from sandbox.slack import SlackSandbox
from tests.sandbox.browser.window import Window

MODAL = {
    "type": "modal",
    "title": {"type": "plain_text", "text": "Import"},
    "submit": {"type": "plain_text", "text": "Import"},
    "blocks": [{"type": "divider"}],
}


async def test_a_window_gets_a_snapshot_with_every_part(
    slack: SlackSandbox, window: Window
) -> None:
    assert window.snapshot.keys() == {
        *("now", "offset", "team", "app", "people", "channels", "usergroups", "messages", "views"),
        *("homes", "deliveries", "refused", "notifications", "api", "world", "switches", "bot"),
        *("tour", "pagers"),
    }
    assert window.snapshot["now"] == 1_800_000_000.0
    assert window.snapshot["team"] == {"id": "T0HOME", "name": "Home"}
    assert window.snapshot["app"] == {
        "id": "A0CONTINUITY",
        "user_id": "U0BOT",
        "name": "Continuity",
        "command": "/continuity",
        "read_only": True,
        "home_tab": True,
        "shortcuts": [one._asdict() for one in slack.shortcuts.values()],
    }
    assert window.snapshot["usergroups"] == [{"id": "S1", "handle": "on-call", "users": ["U2"]}]


async def test_people_and_channels_are_in_the_snapshot(window: Window) -> None:
    people = {one["id"]: one for one in window.snapshot["people"]}
    assert people["U1"] == {
        "id": "U1",
        "name": "olga",
        "real_name": "Olga Ops",
        "title": "Operator for Acme GmbH",
        "is_bot": False,
        "is_restricted": False,
        "is_stranger": False,
        "team_id": "T0HOME",
        "tz": "Europe/Berlin",
        "phone": False,
        "presence": "active",
    }
    assert (people["U2"]["phone"], people["U0BOT"]["is_bot"]) == (True, True)
    channels = {one["id"]: one for one in window.snapshot["channels"]}
    assert channels["C1"] == {
        "id": "C1",
        "name": "mail-outage",
        "kind": "channel",
        "members": ["U0BOT", "U1", "U2"],
        "is_ext_shared": False,
        "is_archived": False,
        "topic": "Mail is down",
    }
    assert channels["C2"]["kind"] == "private"
    direct = channels["DU1"]
    assert (direct["kind"], direct["name"], direct["members"]) == (
        "im",
        "Continuity",
        ["U0BOT", "U1"],
    )


async def test_a_post_an_update_and_a_deletion_reach_every_window(
    slack: SlackSandbox, server: BrowserServer, window: Window
) -> None:
    async with Window(server.url) as other:
        message = slack.post("C1", "U0BOT", "first", [{"type": "divider", "block_id": "b"}])
        for one in (window, other):
            sent = await one.event("message")
            assert sent == {
                "key": f"C1:{message.ts}",
                "channel": "C1",
                "ts": message.ts,
                "user": "U0BOT",
                "text": "first",
                "blocks": [{"type": "divider", "block_id": "b"}],
                "thread_ts": None,
                "edited": False,
                "deleted": False,
                "revisions": [
                    {
                        "time": 1_800_000_000.0,
                        "text": "first",
                        "blocks": [{"type": "divider", "block_id": "b"}],
                        "cause": None,
                    }
                ],
                "files": [],
                "only_for": None,
                "via": "",
                "cause": None,
            }
        slack.update(message, "second", None)
        sent = await window.event("message", lambda m: m["edited"])
        assert [one["text"] for one in sent["revisions"]] == ["first", "second"]
        slack.delete(message)
        await window.event("message", lambda m: m["deleted"])


async def test_a_delivery_that_failed_says_so_and_an_event_is_retried_in_its_time(
    slack: SlackSandbox, clock: SandboxClock, window: Window
) -> None:
    slack.retry_events = True
    await window.do("send", person="U1", channel="C1", text="@continuity status")
    for attempt in range(4):
        failed = await window.event("delivery", partial(_ended, attempt))
        assert (failed["problem"], failed["status"]) == ("dispatch_failed", 0)
        clock.skip(300)


def _ended(attempt: int, delivery: dict[str, Any]) -> bool:
    return delivery["attempt"] == attempt and not delivery["pending"]


async def test_of_many_revisions_the_latest_are_sent(slack: SlackSandbox, window: Window) -> None:
    message = slack.post("C1", "U0BOT", "0")
    for number in range(1, 61):
        slack.update(message, str(number), None)
    texts = [one["text"] for one in (await window.event("message"))["revisions"]]
    assert texts == [str(number) for number in range(11, 61)]


async def test_what_one_person_alone_sees_names_them(slack: SlackSandbox, window: Window) -> None:
    slack.post_ephemeral("C1", "U1", "only you", via="ack")
    sent = await window.event("message")
    assert (sent["user"], sent["only_for"], sent["via"]) == ("U0BOT", "U1", "ack")
    slack.post_ephemeral("C1", "U1", "operation_timeout", via="slack")
    sent = await window.event("message", lambda m: m["via"] == "slack")
    assert (sent["user"], sent["revisions"][0]["text"]) == ("USLACKBOT", "operation_timeout")


async def call(slack: SlackSandbox, window: Window, method: str, **arguments: Any) -> Any:
    """Call a method of the Web API as the app does."""
    headers = {"Authorization": f"Bearer {slack.bot_token}"}
    url = f"{slack.api_url}{method}"
    async with window.session.post(url, json=arguments, headers=headers) as response:
        return await response.json()


async def test_a_message_names_the_call_that_made_it(slack: SlackSandbox, window: Window) -> None:
    await call(slack, window, "chat.postMessage", channel="C1", text="hello")
    message = await window.event("message")
    cause = message["cause"]
    assert message["revisions"][0]["cause"] == cause
    assert cause["arguments_bytes"] == len(b'{"channel": "C1", "text": "hello"}')
    assert (cause["method"], cause["at"]) == ("chat.postMessage", 1_800_000_000.0)


async def test_a_delivery_is_sent_when_it_begins_and_when_it_ended(
    slack: SlackSandbox, server: BrowserServer, window: Window
) -> None:
    received = asyncio.Event()
    answer = asyncio.Event()

    async def app(_: web.Request) -> web.Response:
        received.set()
        await answer.wait()
        return web.Response()

    async with TestServer(_application(app)) as listening:
        slack.request_url = str(listening.make_url("/"))
        await window.do("send", person="U1", channel="C1", text="/continuity status")
        await received.wait()
        sent = await window.event("delivery")
        assert sent == {
            "number": sent["number"],
            "kind": "command",
            "user": "U1",
            "channel": "C1",
            "transport": "http",
            "status": 0,
            "ack_seconds": 0.0,
            "timed_out": False,
            "problem": "",
            "attempt": 0,
            "at": 1_800_000_000.0,
            "payload": sent["payload"],
            "pending": True,
        }
        assert sent["payload"]["text"] == "status"
        answer.set()
        ended = await window.event("delivery", lambda d: not d["pending"])
        assert (ended["number"], ended["status"], ended["transport"]) == (
            *(sent["number"], 200, "http"),
        )
    async with Window(server.url) as other:
        assert other.snapshot["deliveries"] == [ended]


def _application(app: Any) -> web.Application:
    application = web.Application()
    application.router.add_post("/", app)
    return application


async def test_a_refused_call_is_sent_with_what_the_app_sent(
    slack: SlackSandbox, server: BrowserServer, window: Window
) -> None:
    await call(slack, window, "chat.postMessage", channel="C9", text="hello")
    sent = await window.event("refused")
    assert sent == {
        "number": sent["number"],
        "method": "chat.postMessage",
        "error": "channel_not_found",
        "messages": [],
        "at": 1_800_000_000.0,
        "arguments": {"channel": "C9", "text": "hello"},
    }
    async with Window(server.url) as other:
        assert other.snapshot["refused"] == [sent]


async def test_a_view_is_sent_again_with_the_error_of_its_submission(
    slack: SlackSandbox, window: Window
) -> None:
    view = slack.modals.open(slack.modals.new_trigger("U1"), MODAL)
    assert (await window.do("submit", person="U1", view_id=view.id, values={}))["ok"]
    failed = await window.event("view", lambda v: v["errors"])
    assert failed["errors"] == {"": "dispatch_failed"}


async def test_what_changes_in_one_step_is_sent_once_as_it_is_then(
    slack: SlackSandbox, window: Window
) -> None:
    message = slack.post("C1", "U0BOT", "first")
    slack.update(message, "second", None)
    slack.post("C1", "U0BOT", "last")
    await window.event("message", lambda m: m["text"] == "last")
    assert [data["text"] for _, data in window.events] == ["second", "last"]


async def test_a_new_direct_channel_comes_before_its_message(
    slack: SlackSandbox, window: Window
) -> None:
    slack.add_person("U3", "new")
    slack.post(slack.direct_channel("U3").id, "U0BOT", "hello")
    await window.event("message")
    assert [name for name, _ in window.events] == ["channels", "message"]
    assert any(one["id"] == "DU3" for one in window.events[0][1])


async def test_what_was_there_before_is_in_the_next_snapshot(
    slack: SlackSandbox, server: BrowserServer, window: Window
) -> None:
    for number in range(2099):
        slack.post("C1", "U1", f"message {number}")
    slack.post_ephemeral("C1", "U1", "between", via="ack")
    slack.post("C1", "U1", "last")
    async with Window(server.url) as other:
        texts = [one["text"] for one in other.snapshot["messages"]]
    assert (len(texts), texts[0]) == (2000, "message 101")
    assert texts[-3:] == ["message 2098", "between", "last"]


async def test_a_part_is_in_the_snapshot_and_an_event_replaces_it(
    server: BrowserServer, window: Window
) -> None:
    made = {"state": "ready", "pid": 7}
    server.add_part("bot", lambda: made)
    async with Window(server.url) as other:
        assert other.snapshot["bot"] == made
        server.publish("bot", {"state": "killed", "pid": None})
        assert await other.event("bot") == {"state": "killed", "pid": None}
    assert await window.event("bot") == {"state": "killed", "pid": None}


async def test_the_data_of_an_event_is_made_once_and_not_without_a_window() -> None:
    windows = stream.Windows(dict)
    made: list[int] = []
    windows.publish("bot", lambda: made.append(1))
    assert made == []


async def test_data_with_any_character_stays_one_event(slack: SlackSandbox, window: Window) -> None:
    text = "a\nb\r\nc\u2028d\ud800 \N{SNOWMAN} data: x"
    slack.post("C1", "U1", text)
    assert (await window.event("message"))["text"] == text


async def test_a_window_that_does_not_read_is_cut_off(
    slack: SlackSandbox,
    server: BrowserServer,
    window: Window,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stream, "MAX_WAITING_BYTES", 500_000)
    host, port = window.origin.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port), limit=1024)
    path = server.url.removeprefix(window.origin)
    writer.write(f"GET {path}events HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())
    await reader.readline()
    for _ in range(2000):  # the system's buffers take some megabytes
        slack.post("C1", "U1", "x" * 50_000)
        await window.event("message")
        window.events.clear()
        if len(server._windows) == 1:
            break
    assert len(server._windows) == 1
    writer.close()
    slack.post("C1", "U1", "still here")
    await window.event("message", lambda m: m["text"] == "still here")


async def test_a_quiet_stream_carries_a_comment(server: BrowserServer) -> None:
    server._windows.keep_alive_seconds = 0.01
    async with (
        Window(server.url) as window,
        window.session.get(f"{server.url}events") as response,
    ):
        read = b""
        while b": keep-alive\n\n" not in read:
            read += await response.content.readany()
    first, *_ = read.split(b"\n\n")
    assert (first, response.headers["Content-Type"]) == (b"retry: 500", "text/event-stream")


async def test_streams_end_at_the_stop(server: BrowserServer) -> None:
    async with Window(server.url) as window:
        started = asyncio.get_running_loop().time()
        await server.stop()
        await window.until(window.ended.is_set)
        assert asyncio.get_running_loop().time() - started < stream.KEEP_ALIVE_SECONDS
        await server.start()


async def test_a_port_in_use_is_an_error_and_a_chosen_one_is_in_the_address(
    server: BrowserServer, window: Window
) -> None:
    port = int(window.origin.rpartition(":")[2])
    other = BrowserServer(server.slack, server.continuity, server.clock, port=port)
    with pytest.raises(OSError, match="in use"):
        await other.start()
    await server.stop()
    async with other:
        assert other.url.startswith(f"http://127.0.0.1:{port}/")
    await server.start()


async def test_a_skip_of_the_clock_is_an_event(clock: SandboxClock, window: Window) -> None:
    clock.skip(1800)
    assert await window.event("clock") == {"now": 1_800_001_800.0, "offset": 1800.0}


def test_an_event_is_one_line_of_json() -> None:
    encoded = stream.event("bot", {"a": [1, "\n"]}).decode()
    assert encoded == 'event: bot\ndata: {"a":[1,"\\n"]}\n\n'
    assert json.loads(encoded.splitlines()[1].removeprefix("data: ")) == {"a": [1, "\n"]}
