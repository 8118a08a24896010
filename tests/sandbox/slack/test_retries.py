"""Events that the app does not take come again; clicks and commands do not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from sandbox.slack import Delivery, SlackSandbox
from tests.sandbox.conftest import Clock
from tests.sandbox.slack.http_app import HttpApp, failed, http_app


@pytest.fixture
async def slack(clock: Clock) -> AsyncIterator[SlackSandbox]:
    async with SlackSandbox(clock=clock) as sandbox:
        sandbox.retry_events = True
        sandbox.add_person("U0OPERATOR", "operator")
        sandbox.add_channel("C0INCIDENT", "incident", members=["U0OPERATOR"])
        yield sandbox


@pytest.fixture
async def app(slack: SlackSandbox) -> AsyncIterator[HttpApp]:
    async with http_app(slack) as app:
        yield app


async def ended(slack: SlackSandbox, count: int) -> list[Delivery]:
    """Return the deliveries, once so many have ended."""
    await slack.wait_for(lambda s: len(s.deliveries) == count and not s.deliveries[-1].pending)
    return slack.deliveries


def retry_headers(app: HttpApp) -> list[tuple[str | None, str | None]]:
    names = ("x-slack-retry-num", "x-slack-retry-reason")
    return [(headers.get(names[0]), headers.get(names[1])) for headers in app.headers]


async def test_an_event_comes_again_at_once_after_a_minute_and_after_five(
    slack: SlackSandbox, app: HttpApp, clock: Clock
) -> None:
    app.reply = 500
    await slack.mention("U0OPERATOR", "C0INCIDENT", "status")
    await ended(slack, 2)
    for seconds, count in ((59.9, 2), (0.2, 3), (299.8, 3), (0.3, 4), (10_000, 4)):
        clock.now += seconds
        slack.clock_moved()
        await asyncio.sleep(0)
        await ended(slack, count)
    assert retry_headers(app) == [
        (None, None),
        ("1", "http_error"),
        ("2", "http_error"),
        ("3", "http_error"),
    ]
    assert [payload["event_id"] for payload in app.seen] == [app.seen[0]["event_id"]] * 4
    assert [delivery.problem for delivery in slack.deliveries] == ["dispatch_failed"] * 4


async def test_an_event_that_is_taken_comes_no_more(slack: SlackSandbox, app: HttpApp) -> None:
    app.replies = [500]
    await slack.mention("U0OPERATOR", "C0INCIDENT", "status")
    first, second = await ended(slack, 2)
    assert (first.status, second.status, second.attempt, second.problem) == (500, 200, 1, "")
    assert (first.number, second.number) == (1, 2)
    await slack.redeliver(first)
    assert slack.sender.retries.waiting == 0


async def test_a_slow_answer_is_its_own_reason(slack: SlackSandbox, app: HttpApp) -> None:
    slack.ack_limit = 0.05
    app.may_answer.clear()
    await slack.mention("U0OPERATOR", "C0INCIDENT", "status")
    await ended(slack, 2)
    assert retry_headers(app)[1] == ("1", "http_timeout")
    assert slack.deliveries[0].problem == "operation_timeout"


async def test_an_app_that_is_not_there_gets_the_event_when_it_is(
    slack: SlackSandbox, clock: Clock
) -> None:
    slack.request_url = "http://127.0.0.1:9/"
    await slack.mention("U0OPERATOR", "C0INCIDENT", "status")
    await ended(slack, 2)
    async with http_app(slack) as app:
        clock.now += 60
        slack.clock_moved()
        await ended(slack, 3)
        assert retry_headers(app) == [("2", "connection_failed")]


async def test_the_app_may_ask_for_no_retry(slack: SlackSandbox, app: HttpApp) -> None:
    app.reply, app.answer_headers = 500, {"X-Slack-No-Retry": "1"}
    await slack.mention("U0OPERATOR", "C0INCIDENT", "status")
    assert slack.sender.retries.waiting == 0


async def test_clicks_and_commands_come_once(slack: SlackSandbox, app: HttpApp) -> None:
    app.reply = 500
    button: dict[str, Any] = {
        "type": "button",
        "action_id": "go",
        "text": {"type": "plain_text", "text": "Go"},
    }
    blocks = [{"type": "actions", "elements": [button]}]
    message = slack.post("C0INCIDENT", "U0BOT", "card", blocks)
    await slack.click("U0OPERATOR", "C0INCIDENT", message.ts, "go")
    await slack.command("U0OPERATOR", "C0INCIDENT", "status")
    assert slack.sender.retries.waiting == 0
    assert [seen.text for seen in slack.ephemerals] == [
        "dispatch_failed",
        failed("dispatch_failed"),
    ]
    assert [delivery.problem for delivery in slack.deliveries] == ["dispatch_failed"] * 2


async def test_without_the_setting_an_event_comes_once(slack: SlackSandbox, app: HttpApp) -> None:
    slack.retry_events, app.reply = False, 500
    await slack.mention("U0OPERATOR", "C0INCIDENT", "status")
    assert slack.sender.retries.waiting == 0


async def test_a_stopped_workspace_delivers_nothing_more(slack: SlackSandbox, clock: Clock) -> None:
    await slack.mention("U0OPERATOR", "C0INCIDENT", "status")
    await ended(slack, 2)
    await slack.stop()
    clock.now += 60
    slack.clock_moved()
    await asyncio.sleep(0)
    assert len(slack.deliveries) == 2


async def test_in_socket_mode_the_envelope_says_that_it_comes_again(slack: SlackSandbox) -> None:
    slack.ack_limit = 0.05
    url = slack.sockets.new_url()
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as socket:
        await socket.receive_json()
        await slack.mention("U0OPERATOR", "C0INCIDENT", "status")
        first, second = await socket.receive_json(), await socket.receive_json()
        await socket.send_json({"envelope_id": second["envelope_id"]})
        deliveries = await ended(slack, 2)
    assert [(one["retry_attempt"], one["retry_reason"]) for one in (first, second)] == [
        (0, ""),
        (1, "timeout"),
    ]
    assert first["payload"]["event_id"] == second["payload"]["event_id"]
    assert [delivery.status for delivery in deliveries] == [0, 200]


async def test_a_refused_answer_is_the_problem_of_a_command(
    slack: SlackSandbox, app: HttpApp
) -> None:
    app.reply = {"blocks": [{"type": "marquee"}]}
    delivery = await slack.command("U0OPERATOR", "C0INCIDENT", "status")
    assert (delivery.status, delivery.problem) == (200, "invalid_blocks")
    assert slack.ephemerals[0].text == failed("invalid_blocks")
    assert slack.ephemerals[0].cause is None
