"""Rate limits, ordered faults and outages of the simulated Slack."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack import SlackSandbox
from tests.sandbox.conftest import Clock


@pytest.fixture
async def slack(clock: Clock) -> AsyncIterator[SlackSandbox]:
    async with SlackSandbox(clock=clock) as sandbox:
        for channel in ("C0INCIDENT", "C0OTHER"):
            sandbox.add_channel(channel, channel.lower(), members=["U0OPERATOR"])
        sandbox.add_person("U0OPERATOR", "operator")
        yield sandbox


@pytest.fixture
async def client(slack: SlackSandbox) -> AsyncIterator[AsyncWebClient]:
    async with aiohttp.ClientSession() as session:
        yield AsyncWebClient(
            "xoxb-sandbox", base_url=slack.api_url, session=session, retry_handlers=[]
        )


async def refused(client: AsyncWebClient, method: str, **arguments: Any) -> SlackApiError:
    with pytest.raises(SlackApiError) as caught:
        await client.api_call(method, json=arguments)
    return caught.value


async def test_a_channel_takes_a_burst_and_then_one_message_a_second(
    slack: SlackSandbox, client: AsyncWebClient, clock: Clock
) -> None:
    for _ in range(5):
        await client.chat_postMessage(channel="C0INCIDENT", text="x")
    error = await refused(client, "chat.postMessage", channel="C0INCIDENT", text="x")
    assert error.response.status_code == 429
    assert error.response["error"] == "ratelimited"
    assert error.response.headers["Retry-After"] == "1"
    await client.chat_postMessage(channel="C0OTHER", text="another channel has its own rate")
    clock.now += 1
    await client.chat_postMessage(channel="C0INCIDENT", text="x")
    await refused(client, "chat.postMessage", channel="C0INCIDENT", text="x")
    assert len(slack.messages) == 7


@pytest.mark.parametrize(
    ("method", "arguments", "burst", "wait"),
    [
        ("chat.update", {"channel": "C0INCIDENT", "text": "x"}, 50, 60),
        ("users.getPresence", {"user": "U0OPERATOR"}, 50, 60),
        ("chat.postEphemeral", {"channel": "C0INCIDENT", "user": "U0OPERATOR"}, 100, 1),
        ("users.info", {"user": "U0OPERATOR"}, 100, 1),
        ("views.open", {}, 100, 1),
        ("views.update", {}, 100, 1),
        ("usergroups.list", {}, 20, 3),
    ],
)
async def test_a_method_has_its_rate_by_the_minute(
    slack: SlackSandbox, method: str, arguments: dict[str, Any], burst: int, wait: int
) -> None:
    headers = {"Authorization": "Bearer xoxb-sandbox"}
    async with aiohttp.ClientSession(headers=headers) as session:
        statuses = []
        for _ in range(burst + 1):
            async with session.post(slack.api_url + method, json=arguments) as response:
                statuses.append(response.status)
        assert statuses == [200] * burst + [429]
        assert response.headers["Retry-After"] == str(wait)


async def test_all_channels_together_regain_five_posts_a_second(
    slack: SlackSandbox, client: AsyncWebClient, clock: Clock
) -> None:
    channels = [slack.add_channel(f"C{number}", f"c{number}").id for number in range(100)]
    for channel in channels * 3:
        await client.chat_postMessage(channel=channel, text="x")
    await refused(client, "chat.postMessage", channel="C0INCIDENT", text="x")
    clock.now += 1
    for _ in range(5):
        await client.chat_postMessage(channel="C0INCIDENT", text="x")
    await refused(client, "chat.postMessage", channel="C0OTHER", text="x")


async def test_rate_limits_can_be_turned_off(slack: SlackSandbox, client: AsyncWebClient) -> None:
    slack.enforce_rate_limits = False
    for _ in range(8):
        await client.chat_postMessage(channel="C0INCIDENT", text="x")
    assert len(slack.messages) == 8
    assert slack.enforce_rate_limits is False


async def test_an_ordered_error_comes_after_some_calls_and_some_times(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    slack.fail("users.info", error="fatal_error", after=1, times=2)
    answers = []
    for _ in range(4):
        try:
            await client.users_info(user="U0OPERATOR")
            answers.append("ok")
        except SlackApiError as error:
            answers.append(error.response["error"])
    assert answers == ["ok", "fatal_error", "fatal_error", "ok"]


async def test_a_fault_of_one_method_leaves_others_alone(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    slack.fail("users.info")
    await client.auth_test()
    slack.heal()
    await client.users_info(user="U0OPERATOR")
    slack.fail("*")
    assert (await refused(client, "auth.test")).response["error"] == "internal_error"


async def test_a_fault_may_be_a_429_or_a_page(slack: SlackSandbox, client: AsyncWebClient) -> None:
    slack.fail("chat.postMessage", retry_after=7)
    error = await refused(client, "chat.postMessage", channel="C0INCIDENT", text="x")
    assert (error.response.status_code, error.response.headers["Retry-After"]) == (429, "7")
    slack.fail("chat.postMessage", status=500)
    error = await refused(client, "chat.postMessage", channel="C0INCIDENT", text="x")
    assert error.response.status_code == 500
    assert slack.messages == []


@pytest.mark.parametrize("applied", [True, False])
async def test_an_answer_can_be_lost_with_or_without_the_effect(
    slack: SlackSandbox, client: AsyncWebClient, applied: bool
) -> None:
    slack.fail("chat.postMessage", drop=True, applied=applied)
    with pytest.raises(aiohttp.ClientError):
        await client.chat_postMessage(channel="C0INCIDENT", text="x")
    assert len(slack.messages) == applied


async def test_an_answer_may_be_half_of_one_or_late(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    slack.fail("chat.postMessage", broken=True, applied=True)
    await refused(client, "chat.postMessage", channel="C0INCIDENT", text="x")
    assert len(slack.messages) == 1
    slack.fail("auth.test", seconds=0.05)
    started = time.perf_counter()
    await refused(client, "auth.test")
    assert time.perf_counter() - started >= 0.05


async def test_an_outage_answers_everything_with_503(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    slack.down = True
    assert (await refused(client, "auth.test")).response.status_code == 503
    url = slack.responses.new("U0OPERATOR", "C0INCIDENT")
    async with aiohttp.ClientSession() as session:
        for answer in (
            session.post(url, json={"text": "x"}),
            session.get(f"{slack.base_url}link/"),
        ):
            async with answer as response:
                assert response.status == 503
    slack.down = False
    await client.auth_test()
    assert slack.down is False


async def test_latency_is_waited_for(slack: SlackSandbox, client: AsyncWebClient) -> None:
    slack.latency = 0.02
    started = time.perf_counter()
    await client.auth_test()
    assert time.perf_counter() - started >= slack.latency


async def test_a_held_method_has_no_effect_before_its_event_is_set(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    slack.server.held = {"chat.postMessage": asyncio.Event()}
    posting = asyncio.create_task(client.chat_postMessage(channel="C0INCIDENT", text="later"))
    await slack.wait_for(lambda slack: [c for c in slack.calls if c.method == "chat.postMessage"])
    await client.auth_test()
    assert slack.messages == []
    slack.server.held["chat.postMessage"].set()
    await posting
    assert [message.text for message in slack.messages] == ["later"]


async def test_a_stopped_slack_is_started_again_with_what_was_said() -> None:
    sandbox = SlackSandbox()
    sandbox.add_channel("C0INCIDENT", "incident")
    await sandbox.start()
    port = sandbox.server.port
    sandbox.post("C0INCIDENT", "U0BOT", "before")
    await sandbox.stop()
    await sandbox.start(port)
    async with aiohttp.ClientSession() as session:
        client = AsyncWebClient("xoxb-sandbox", base_url=sandbox.api_url, session=session)
        assert (await client.auth_test())["ok"]
    await sandbox.stop()
    assert [message.text for message in sandbox.messages] == ["before"]
