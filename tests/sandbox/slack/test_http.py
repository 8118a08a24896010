"""HTTP mode: signed requests as bolt verifies them, and what bad answers lead to."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack import SlackSandbox
from tests.sandbox.slack.http_app import failed


class Endpoint:
    """A bare HTTP endpoint that keeps what it gets and answers as told."""

    def __init__(self) -> None:
        self.requests: list[tuple[dict[str, str], bytes]] = []
        self.status = 200
        self.body = ""
        self.content_type = "text/plain"
        self.answer = asyncio.Event()
        self.answer.set()

    async def take(self, request: web.Request) -> web.Response:
        self.requests.append((dict(request.headers), await request.read()))
        await self.answer.wait()
        return web.Response(status=self.status, text=self.body, content_type=self.content_type)


async def serve(app: web.Application) -> tuple[web.AppRunner, str]:
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner, f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"


@pytest.fixture
async def slack() -> AsyncIterator[SlackSandbox]:
    async with SlackSandbox() as sandbox:
        sandbox.add_person("U0OPERATOR", "operator")
        sandbox.add_channel("C0INCIDENT", "incident", members=["U0OPERATOR"])
        yield sandbox


@pytest.fixture
async def endpoint(slack: SlackSandbox) -> AsyncIterator[Endpoint]:
    taker = Endpoint()
    app = web.Application()
    app.router.add_post("/slack/events", taker.take)
    runner, slack.request_url = await serve(app)
    yield taker
    taker.answer.set()
    await runner.cleanup()


@pytest.fixture
async def bolt(slack: SlackSandbox) -> AsyncIterator[list[dict[str, Any]]]:
    seen: list[dict[str, Any]] = []
    client = AsyncWebClient("xoxb-sandbox", base_url=slack.api_url)
    app = AsyncApp(client=client, signing_secret="sandbox-signing-secret")

    async def on_command(ack: Any, body: dict[str, Any]) -> None:
        seen.append(body)
        await ack(text="seen", blocks=[{"type": "divider"}])

    async def on_action(ack: Any, body: dict[str, Any]) -> None:
        seen.append(body)
        await ack()

    async def on_mention(body: dict[str, Any]) -> None:
        seen.append(body)

    app.command("/continuity")(on_command)
    app.action("change_confirm")(on_action)
    app.event("app_mention")(on_mention)
    runner, slack.request_url = await serve(app.web_app("/slack/events"))
    yield seen
    await runner.cleanup()


async def test_bolt_takes_signed_commands_clicks_and_events(
    slack: SlackSandbox, bolt: list[dict[str, Any]]
) -> None:
    command = await slack.command("U0OPERATOR", "C0INCIDENT", "status 44444 ü & +")
    click = await slack.click("U0OPERATOR", "C0INCIDENT", "1.1", "change_confirm", value="C-1.1")
    event = await slack.mention("U0OPERATOR", "C0INCIDENT", "help")
    assert [(d.status, d.transport) for d in (command, click, event)] == [(200, "http")] * 3
    await slack.wait_for(lambda _: len(bolt) == 3)
    assert bolt == [command.payload, click.payload, event.payload]
    [seen] = slack.ephemerals
    assert (seen.text, seen.blocks[0]["type"], seen.via) == ("seen", "divider", "ack")


async def test_another_secret_is_refused_by_bolt(
    slack: SlackSandbox, bolt: list[dict[str, Any]]
) -> None:
    slack.sender.signing_secret = "another"
    delivery = await slack.command("U0OPERATOR", "C0INCIDENT", "status")
    assert delivery.status == 401
    assert bolt == []
    assert slack.ephemerals[0].text == failed("dispatch_failed")


async def test_an_event_that_is_delivered_again_says_so(
    slack: SlackSandbox, endpoint: Endpoint
) -> None:
    await slack.redeliver(await slack.mention("U0OPERATOR", "C0INCIDENT", "help"))
    (first, first_body), (second, second_body) = endpoint.requests
    assert "x-slack-retry-num" not in first
    assert (second["x-slack-retry-num"], second["x-slack-retry-reason"]) == ("1", "http_timeout")
    assert json.loads(first_body) == json.loads(second_body)
    assert first["Content-Type"] == "application/json"


async def test_a_slow_endpoint_is_a_timeout(slack: SlackSandbox, endpoint: Endpoint) -> None:
    slack.ack_limit = 0.05
    endpoint.answer.clear()
    delivery = await slack.command("U0OPERATOR", "C0INCIDENT", "status")
    assert (delivery.timed_out, delivery.status) == (True, 0)
    assert slack.ephemerals[0].text == failed("operation_timeout")


@pytest.mark.parametrize(
    ("status", "content", "seen"),
    [
        (200, ("text/plain", ""), []),
        (200, ("text/plain", "hello"), ["hello"]),
        (200, ("application/json", '{"text": "hello"}'), ["hello"]),
        (200, ("application/json", "{broken"), []),
        (500, ("text/plain", "hello"), [failed("dispatch_failed")]),
        (302, ("text/plain", ""), [failed("dispatch_failed")]),
    ],
)
async def test_what_the_person_sees_follows_from_the_answer(
    slack: SlackSandbox,
    endpoint: Endpoint,
    status: int,
    content: tuple[str, str],
    seen: list[str],
) -> None:
    endpoint.status, (endpoint.content_type, endpoint.body) = status, content
    delivery = await slack.command("U0OPERATOR", "C0INCIDENT", "status")
    assert delivery.status == status
    assert not delivery.timed_out
    assert [ephemeral.text for ephemeral in slack.ephemerals] == seen


@pytest.mark.parametrize("url", [None, "http://127.0.0.1:9/slack/events"])
async def test_without_an_app_the_dispatch_fails(slack: SlackSandbox, url: str | None) -> None:
    slack.request_url = url
    delivery = await slack.command("U0OPERATOR", "C0INCIDENT", "status")
    assert (delivery.status, delivery.timed_out) == (0, True)
    assert slack.request_url == url
    assert [(s.text, s.via) for s in slack.ephemerals] == [(failed("dispatch_failed"), "slack")]


async def test_a_signature_can_be_made_for_any_time(slack: SlackSandbox) -> None:
    fresh = slack.signed_headers(b"payload=x")
    old = slack.signed_headers(b"payload=x", timestamp=1)
    assert abs(int(fresh["X-Slack-Request-Timestamp"]) - time.time()) < 5
    assert old["X-Slack-Request-Timestamp"] == "1"
    assert old["X-Slack-Signature"].startswith("v0=")
    assert old["X-Slack-Signature"] != fresh["X-Slack-Signature"]
