"""Socket Mode with bolt's own handler: delivery, the 3-second rule, disconnects."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack import SandboxError, SlackSandbox
from tests.sandbox.slack.http_app import failed


class EchoApp:
    """A small app: it answers a command with its text, and keeps every payload."""

    def __init__(self, slack: SlackSandbox) -> None:
        self.seen: list[dict[str, Any]] = []
        self.answer = asyncio.Event()
        self.answer.set()
        client = AsyncWebClient("xoxb-sandbox", base_url=slack.api_url)
        self.app = AsyncApp(client=client)
        self.app.command("/continuity")(self.on_command)
        self.app.action("change_confirm")(self.on_click)
        self.app.event("app_mention")(self.on_mention)
        self.handler = AsyncSocketModeHandler(self.app, "xapp-sandbox", ping_interval=0.5)

    async def on_command(self, ack: Any, body: dict[str, Any]) -> None:
        self.seen.append(body)
        await self.answer.wait()
        await ack(body["text"])

    async def on_click(self, ack: Any, body: dict[str, Any]) -> None:
        self.seen.append(body)
        await self.answer.wait()
        await ack()

    async def on_mention(self, body: dict[str, Any]) -> None:
        self.seen.append(body)


@pytest.fixture
async def slack() -> AsyncIterator[SlackSandbox]:
    async with SlackSandbox() as sandbox:
        sandbox.add_person("U0OPERATOR", "operator")
        sandbox.add_channel("C0INCIDENT", "incident", members=["U0OPERATOR"])
        yield sandbox


@pytest.fixture
async def echo(slack: SlackSandbox) -> AsyncIterator[EchoApp]:
    app = EchoApp(slack)
    await app.handler.connect_async()  # type: ignore[no-untyped-call] # bolt has no types here
    await slack.wait_for(lambda s: s.connected == 1)
    yield app
    app.answer.set()
    await app.handler.close_async()  # type: ignore[no-untyped-call] # bolt has no types here


def post_button(slack: SlackSandbox) -> str:
    element = {
        "type": "button",
        "action_id": "change_confirm",
        "value": "C-1.1",
        "text": {"type": "plain_text", "text": "Go"},
    }
    blocks = [{"type": "actions", "block_id": "decide", "elements": [element]}]
    return slack.post("C0INCIDENT", "U0BOT", "card", blocks).ts


async def test_a_command_is_acknowledged_and_its_answer_is_seen_by_the_person(
    slack: SlackSandbox, echo: EchoApp
) -> None:
    delivery = await slack.command("U0OPERATOR", "C0INCIDENT", "status 44444")
    assert (delivery.status, delivery.timed_out, delivery.transport) == (200, False, "socket")
    assert delivery.body == {"text": "status 44444"}
    assert 0 < delivery.ack_seconds < 1
    [seen] = slack.ephemerals
    assert (seen.text, seen.via, seen.user) == ("status 44444", "ack", "U0OPERATOR")
    [body] = echo.seen
    assert body == delivery.payload
    assert body["response_url"] == delivery.response_url
    assert body["trigger_id"] == delivery.trigger_id
    assert {key: body[key] for key in ("command", "channel_name", "user_name", "team_id")} == {
        "command": "/continuity",
        "channel_name": "incident",
        "user_name": "operator",
        "team_id": "T0HOME",
    }


async def test_many_commands_at_once_are_all_acknowledged(
    slack: SlackSandbox, echo: EchoApp
) -> None:
    commands = [slack.command("U0OPERATOR", "C0INCIDENT", f"status {n}") for n in range(40)]
    deliveries = await asyncio.gather(*commands)
    assert {delivery.status for delivery in deliveries} == {200}
    assert [d.body for d in deliveries] == [{"text": f"status {n}"} for n in range(40)]


async def test_a_late_acknowledgement_is_a_timeout_that_the_person_sees(
    slack: SlackSandbox, echo: EchoApp
) -> None:
    slack.ack_limit = 0.05
    echo.answer.clear()
    delivery = await slack.command("U0OPERATOR", "C0INCIDENT", "status 44444")
    assert (delivery.status, delivery.timed_out) == (0, True)
    assert delivery.ack_seconds >= slack.ack_limit
    assert [(seen.text, seen.via) for seen in slack.ephemerals] == [
        (failed("operation_timeout"), "slack")
    ]


async def test_a_click_carries_the_button_and_where_it_stands(
    slack: SlackSandbox, echo: EchoApp
) -> None:
    ts = post_button(slack)
    delivery = await slack.click("U0OPERATOR", "C0INCIDENT", ts, "change_confirm")
    assert (delivery.status, delivery.body) == (200, None)
    [body] = echo.seen
    assert body["container"]["message_ts"] == ts
    assert body["channel"] == {"id": "C0INCIDENT", "name": "incident"}
    assert body["message"]["text"] == "card"
    [action] = body["actions"]
    assert (action["value"], action["block_id"], action["type"]) == ("C-1.1", "decide", "button")
    assert body["user"]["team_id"] == "T0HOME"
    assert slack.ephemerals == []


async def test_a_click_in_a_thread_says_which(slack: SlackSandbox, echo: EchoApp) -> None:
    root = slack.post("C0INCIDENT", "U0OPERATOR", "mail is down")
    reply = slack.post("C0INCIDENT", "U0BOT", "step", thread_ts=root.ts)
    await slack.click("U0OPERATOR", "C0INCIDENT", reply.ts, "change_confirm", value="C-1.1")
    assert echo.seen[0]["container"]["thread_ts"] == root.ts
    assert echo.seen[0]["message"]["thread_ts"] == root.ts


async def test_a_button_that_is_not_there_cannot_be_clicked_by_mistake(
    slack: SlackSandbox, echo: EchoApp
) -> None:
    ts = post_button(slack)
    with pytest.raises(SandboxError, match="change_deny"):
        await slack.click("U0OPERATOR", "C0INCIDENT", ts, "change_deny")
    with pytest.raises(SandboxError, match="no such message"):
        await slack.click("U0OPERATOR", "C0INCIDENT", "1.1", "change_confirm")
    assert echo.seen == []


async def test_a_forged_click_says_what_the_forger_wants(
    slack: SlackSandbox, echo: EchoApp
) -> None:
    ts = post_button(slack)
    await slack.click("U0OPERATOR", "C0INCIDENT", ts, "change_confirm", value="C-2.1")
    await slack.click(
        "U0FORGER",
        "C0NOWHERE",
        "1.1",
        "change_confirm",
        value="C-3.1",
        block_id="b",
        action_ts="7.7",
        team_id="T0AWAY",
        api_app_id="A0OTHER",
    )
    first, second = echo.seen
    assert first["actions"][0]["value"] == "C-2.1"
    assert second["actions"][0] == {
        "type": "button",
        "action_id": "change_confirm",
        "block_id": "b",
        "value": "C-3.1",
        "action_ts": "7.7",
    }
    assert "message" not in second
    assert (second["team"]["id"], second["api_app_id"]) == ("T0AWAY", "A0OTHER")


async def test_a_mention_stands_in_the_channel_and_arrives_as_an_event(
    slack: SlackSandbox, echo: EchoApp
) -> None:
    root = slack.post("C0INCIDENT", "U0OPERATOR", "mail is down")
    delivery = await slack.mention("U0OPERATOR", "C0INCIDENT", "help", thread_ts=root.ts)
    assert (delivery.status, delivery.kind, delivery.channel) == (200, "event", "C0INCIDENT")
    [said] = slack.thread("C0INCIDENT", root.ts)
    assert said.text == "<@U0BOT> help"
    await slack.wait_for(lambda _: echo.seen)
    assert echo.seen[0]["event"]["thread_ts"] == root.ts
    assert slack.ephemerals == []


async def test_the_same_payload_is_delivered_again(slack: SlackSandbox, echo: EchoApp) -> None:
    first = await slack.command("U0OPERATOR", "C0INCIDENT", "status 44444", trigger_id="1.2.three")
    second = await slack.redeliver(first)
    assert second.payload == first.payload
    assert (second.status, second.attempt, second.trigger_id) == (200, 1, "1.2.three")
    assert echo.seen == [first.payload, first.payload]
    assert slack.deliveries == [first, second]


async def test_the_app_reconnects_when_it_is_asked_to(slack: SlackSandbox, echo: EchoApp) -> None:
    await slack.disconnect_sockets()
    assert slack.connected == 0
    await slack.wait_for(lambda s: s.connected == 1)
    delivery = await slack.command("U0OPERATOR", "C0INCIDENT", "status 44444")
    assert delivery.status == 200
    assert sum(call.method == "apps.connections.open" for call in slack.calls) == 2


async def test_an_app_that_does_not_leave_is_closed_after_a_while(slack: SlackSandbox) -> None:
    slack.sockets.grace = 0.01
    async with aiohttp.ClientSession() as session:
        socket, _, _ = await new_socket(slack, session)
        await slack.disconnect_sockets("warning")
        assert (await socket.receive_json(timeout=30))["reason"] == "warning"
        assert (await socket.receive(timeout=30)).type is aiohttp.WSMsgType.CLOSE


async def test_an_app_whose_new_connection_was_refused_tries_again_when_the_old_one_ends(
    slack: SlackSandbox, echo: EchoApp
) -> None:
    slack.sockets.grace = 0.2
    slack.fail("apps.connections.open", error="internal_error")
    await slack.disconnect_sockets()
    await slack.wait_for(lambda s: s.connected == 1)


async def test_the_app_comes_back_after_the_connection_broke(
    slack: SlackSandbox, echo: EchoApp
) -> None:
    slack.cut_sockets()
    lost = await slack.command("U0OPERATOR", "C0INCIDENT", "status 1")
    assert (lost.status, lost.timed_out) == (0, True)
    assert [seen.text for seen in slack.ephemerals] == [failed("dispatch_failed")]
    await slack.wait_for(lambda s: s.connected == 1)
    assert (await slack.command("U0OPERATOR", "C0INCIDENT", "status 2")).status == 200


async def test_a_silent_socket_is_taken_and_nothing_is_said_on_it(slack: SlackSandbox) -> None:
    slack.sockets_silent = True
    slack.ack_limit = 0.05
    async with aiohttp.ClientSession() as session:
        client = AsyncWebClient("xapp-sandbox", base_url=slack.api_url, session=session)
        opened = await client.apps_connections_open(app_token="xapp-sandbox")
        socket = await session.ws_connect(opened["url"], autoping=False)
        await socket.ping()
        await slack.wait_for(lambda s: s.connected == 1)
        assert (await slack.command("U0OPERATOR", "C0INCIDENT", "x")).timed_out
        slack.sockets_silent = False
        assert (await slack.command("U0OPERATOR", "C0INCIDENT", "x")).timed_out
        with pytest.raises(TimeoutError):
            await socket.receive(timeout=0.05)
        other, hello, _ = await new_socket(slack, session)
        assert hello["type"] == "hello"
        await socket.close()
        await other.close()


async def test_a_ping_is_answered(slack: SlackSandbox) -> None:
    async with aiohttp.ClientSession() as session:
        client = AsyncWebClient("xapp-sandbox", base_url=slack.api_url, session=session)
        opened = await client.apps_connections_open(app_token="xapp-sandbox")
        socket = await session.ws_connect(opened["url"], autoping=False)
        await socket.receive(timeout=30)
        await socket.ping(b"sdk-ping-pong:1")
        pong = await socket.receive(timeout=30)
        assert (pong.type, pong.data) == (aiohttp.WSMsgType.PONG, b"sdk-ping-pong:1")
        await socket.close()


async def test_a_refused_handshake_uses_its_ticket_up(slack: SlackSandbox) -> None:
    slack.sockets_refused = True
    async with aiohttp.ClientSession() as session:
        client = AsyncWebClient("xapp-sandbox", base_url=slack.api_url, session=session)
        opened = await client.apps_connections_open(app_token="xapp-sandbox")
        with pytest.raises(aiohttp.WSServerHandshakeError, match="503"):
            await session.ws_connect(opened["url"])
        slack.sockets_refused = False
        with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
            await session.ws_connect(opened["url"])
        await (await new_socket(slack, session))[0].close()


async def test_an_outage_cuts_the_sockets(slack: SlackSandbox, echo: EchoApp) -> None:
    slack.down = True
    assert slack.connected == 0
    assert (await slack.command("U0OPERATOR", "C0INCIDENT", "status")).timed_out
    slack.down = False
    await slack.wait_for(lambda s: s.connected == 1)


async def test_an_error_in_the_answer_is_told_to_the_person(
    slack: SlackSandbox, echo: EchoApp
) -> None:
    delivery = await slack.command("U0OPERATOR", "C0INCIDENT", "x" * 40_001)
    assert delivery.status == 200
    assert [(seen.text, seen.via) for seen in slack.ephemerals] == [
        (failed("msg_too_long"), "slack")
    ]
    assert slack.refused[0].error == "msg_too_long"


async def new_socket(slack: SlackSandbox, session: aiohttp.ClientSession) -> Any:
    client = AsyncWebClient("xapp-sandbox", base_url=slack.api_url, session=session)
    opened = await client.apps_connections_open(app_token="xapp-sandbox")
    socket = await session.ws_connect(opened["url"])
    hello = await socket.receive_json(timeout=30)
    return socket, hello, opened["url"]


async def test_each_payload_goes_to_one_connection_in_turn(slack: SlackSandbox) -> None:
    async with aiohttp.ClientSession() as session:
        pairs = [await new_socket(slack, session) for _ in range(2)]
        assert [hello["num_connections"] for _, hello, _ in pairs] == [1, 2]
        kinds = []
        for socket, _, _ in pairs:
            acting = asyncio.create_task(slack.command("U0OPERATOR", "C0INCIDENT", "x"))
            envelope = await socket.receive_json(timeout=30)
            kinds.append((envelope["type"], envelope["accepts_response_payload"]))
            await socket.send_str("{}")
            for _ in range(2):
                await socket.send_str(json.dumps({"envelope_id": envelope["envelope_id"]}))
            assert (await acting).status == 200
        assert kinds == [("slash_commands", True)] * 2


async def test_a_retried_event_says_so(slack: SlackSandbox) -> None:
    slack.ack_limit = 0.01
    async with aiohttp.ClientSession() as session:
        socket, _, _ = await new_socket(slack, session)
        await slack.redeliver(await slack.mention("U0OPERATOR", "C0INCIDENT", "help"))
        first, second = await socket.receive_json(timeout=30), await socket.receive_json(timeout=30)
    assert (first["retry_attempt"], first["retry_reason"]) == (0, "")
    assert (second["retry_attempt"], second["retry_reason"]) == (1, "timeout")
    assert first["payload"] == second["payload"]
    assert first["accepts_response_payload"] is False


async def test_a_ticket_opens_one_connection(slack: SlackSandbox) -> None:
    async with aiohttp.ClientSession() as session:
        _, _, url = await new_socket(slack, session)
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(url)


async def test_the_eleventh_connection_is_sent_away(slack: SlackSandbox) -> None:
    async with aiohttp.ClientSession() as session:
        kept = [await new_socket(slack, session) for _ in range(10)]
        _, greeting, _ = await new_socket(slack, session)
        assert len(kept) == slack.connected
    assert greeting == {"type": "disconnect", "reason": "too_many_websockets"}


async def test_a_connection_that_went_away_is_passed_over(slack: SlackSandbox) -> None:
    async with aiohttp.ClientSession() as session:
        gone, _, _ = await new_socket(slack, session)
        await gone.close()
        await slack.wait_for(lambda s: s.connected == 0)
        delivery = await slack.command("U0OPERATOR", "C0INCIDENT", "x")
    assert delivery.timed_out
    assert slack.ephemerals[0].text == failed("dispatch_failed")


@pytest.mark.parametrize(
    ("fate", "seen", "acknowledged"),
    [("dropped", 0, False), ("twice", 2, True), ("cut", 0, False), ("cut_after", 1, False)],
)
async def test_an_envelope_may_be_lost_doubled_or_cut_off(
    slack: SlackSandbox, echo: EchoApp, fate: str, seen: int, acknowledged: bool
) -> None:
    slack.sender.ack_limit = 0.3
    slack.sockets.envelope_faults = [fate]
    delivery = await slack.command("U0OPERATOR", "C0INCIDENT", "status 44444")
    assert delivery.timed_out is not acknowledged
    await slack.wait_for(lambda s: s.connected)
    assert (await slack.command("U0OPERATOR", "C0INCIDENT", "again")).status == 200
    assert [body["text"] for body in echo.seen] == ["status 44444"] * seen + ["again"]
