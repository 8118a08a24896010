"""Each switch breaks a service as its name says, and leaves nothing behind when it is off."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import httpx
import pytest

from sandbox.browser import ActionError, BrowserServer, faults
from sandbox.browser.switches import Switches, add_switches
from sandbox.clock import SandboxClock
from sandbox.continuity import ContinuitySandbox
from sandbox.slack import SlackSandbox
from tests.sandbox.browser.window import Window
from tests.sandbox.conftest import AUTH


@pytest.fixture
def switches(server: BrowserServer, slack: SlackSandbox, continuity: ContinuitySandbox) -> Switches:
    return add_switches(server, slack, continuity)


@pytest.fixture
async def http(continuity: ContinuitySandbox) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(
        base_url=continuity.url, auth=AUTH, trust_env=False, timeout=30
    ) as client:
        yield client


async def failovers(http: httpx.AsyncClient) -> int:
    return int((await http.head("44444?failover=true")).headers["User-Count"])


async def post(
    slack: SlackSandbox, http: httpx.AsyncClient, method: str, **arguments: Any
) -> httpx.Response:
    """Call a method of Slack's Web API, with the app's token among the arguments."""
    body = {"token": slack.bot_token, **arguments}
    return await http.post(f"{slack.api_url}{method}", json=body)


async def test_the_page_has_every_switch_by_its_label(switches: Switches) -> None:
    part = switches.part()
    assert [(one["id"], one["label"]) for one in part if one["group"] == "Continuity API"] == [
        ("api_slow", "API slow"),
        ("api_hanging", "API hanging"),
        ("api_429", "API answers 429"),
        ("api_500", "API answers 500"),
        ("api_reset", "API resets the connection"),
        ("api_answer_lost", "API's answer is lost"),
        ("api_late_effect", "API's effect is seen late"),
        ("api_wrong_password", "API refuses the password"),
    ]
    assert [(one["id"], one["label"]) for one in part if one["group"] == "Slack"] == [
        ("slack_rate_limited", "Slack rate-limits"),
        ("slack_down", "Slack is down"),
        ("slack_socket_cut", "Slack cuts the socket"),
        ("slack_older", "Slack without newer blocks"),
    ]
    assert all(one["hint"].endswith(".") and one["on"] is False for one in part)


async def test_a_switch_is_turned_on_the_page_and_every_window_sees_it(
    switches: Switches, server: BrowserServer, window: Window, http: httpx.AsyncClient
) -> None:
    assert await window.do("switch", id="api_500", on=True) == {"ok": True}
    sent = await window.event("switches")
    assert [one["id"] for one in sent if one["on"]] == ["api_500"]
    async with Window(server.url) as other:
        assert other.snapshot["switches"] == sent
    assert (await http.get("44444")).status_code == 500
    assert await window.do("switch", id="api_500", on=True) == {"ok": True}
    assert await window.do("switch", id="api_500", on=False) == {"ok": True}
    assert (await http.get("44444")).status_code == 200
    assert len([name for name, _ in window.events if name == "switches"]) == 2


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"id": "api_gone", "on": True}, "There is no such switch."),
        ({"id": 1, "on": True}, "Id must be a text."),
        ({"id": "api_500", "on": "yes"}, "On must be true or false."),
    ],
)
async def test_what_cannot_be_turned(
    switches: Switches, window: Window, body: dict[str, Any], error: str
) -> None:
    assert await window.do("switch", **body) == {"ok": False, "error": error}


async def test_the_api_is_slow_on_top_of_what_it_takes(
    switches: Switches, continuity: ContinuitySandbox
) -> None:
    continuity.latency = 0.03125
    await switches.set("api_slow", on=True)
    assert continuity.latency == 4.03125
    await switches.set("api_slow", on=False)
    assert continuity.latency == 0.03125


async def test_a_slow_api_answers_later(
    switches: Switches,
    continuity: ContinuitySandbox,
    http: httpx.AsyncClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(faults, "SLOW_SECONDS", 0.25)
    await switches.set("api_slow", on=True)
    assert (await http.put("44444/failover")).status_code == 200
    assert (continuity.requests[-1].milliseconds or 0) >= 250


async def test_a_hanging_request_is_not_answered_and_is_cut_off_at_the_end(
    switches: Switches, continuity: ContinuitySandbox, http: httpx.AsyncClient
) -> None:
    await switches.set("api_hanging", on=True)
    hanging = asyncio.create_task(http.put("44444/failover"))
    await continuity.wait_for(lambda: continuity._hanging)
    await switches.set("api_hanging", on=False)
    with pytest.raises(httpx.ReadError):
        await hanging
    assert not continuity.requests[-1].applied
    assert (await failovers(http), continuity._hanging, continuity.faults) == (0, {}, [])


@pytest.mark.parametrize(
    ("switch", "status", "headers"),
    [
        ("api_429", 429, {"Retry-After": "5"}),
        ("api_500", 500, {}),
        ("api_wrong_password", 401, {"WWW-Authenticate": 'Basic realm="Email Continuity"'}),
    ],
)
async def test_the_api_answers_with_an_error_and_does_nothing(
    switches: Switches,
    http: httpx.AsyncClient,
    switch: str,
    status: int,
    headers: dict[str, str],
) -> None:
    await switches.set(switch, on=True)
    for _ in range(3):
        answer = await http.put("44444/failover")
        assert answer.status_code == status
        assert {name: answer.headers.get(name) for name in headers} == headers
    await switches.set(switch, on=False)
    assert await failovers(http) == 0


async def test_the_api_resets_before_it_does_anything(
    switches: Switches, http: httpx.AsyncClient
) -> None:
    await switches.set("api_reset", on=True)
    for send in (http.get("44444"), http.put("44444/failover")):
        with pytest.raises(httpx.ReadError):
            await send
    await switches.set("api_reset", on=False)
    assert await failovers(http) == 0


async def test_writes_lose_their_answer_and_reads_do_not(
    switches: Switches, continuity: ContinuitySandbox, http: httpx.AsyncClient
) -> None:
    await switches.set("api_answer_lost", on=True)
    for method, path, count in (
        ("PUT", "44444/failover", 10),
        ("DELETE", "44444/failover", 0),
        ("POST", "44444/user0001@example.com/token", 0),
    ):
        with pytest.raises(httpx.ReadError):
            await http.request(method, path)
        assert continuity.requests[-1].applied
        assert await failovers(http) == count
    await switches.set("api_answer_lost", on=False)
    assert (await http.put("44444/failover")).status_code == 200
    assert continuity.faults == []


async def test_an_effect_is_seen_late_and_at_once_after_the_end(
    switches: Switches, clock: SandboxClock, http: httpx.AsyncClient
) -> None:
    await switches.set("api_late_effect", on=True)
    await http.put("44444/failover")
    clock.skip(19)
    assert await failovers(http) == 0
    clock.skip(2)
    assert await failovers(http) == 10
    await http.delete("44444/failover")
    assert await failovers(http) == 10
    await switches.set("api_late_effect", on=False)
    assert await failovers(http) == 0
    await http.put("44444/failover")
    assert await failovers(http) == 10


async def test_two_switches_work_at_once_and_the_first_stays_when_the_second_ends(
    switches: Switches, http: httpx.AsyncClient
) -> None:
    await switches.set("api_answer_lost", on=True)
    await switches.set("api_500", on=True)
    assert (await http.put("44444/failover")).status_code == 500
    await switches.set("api_500", on=False)
    with pytest.raises(httpx.ReadError):
        await http.put("44444/failover")
    assert await failovers(http) == 10


async def test_slack_limits_messages_and_nothing_else(
    switches: Switches, slack: SlackSandbox, http: httpx.AsyncClient
) -> None:
    message = slack.post("C1", slack.bot_user_id, "card")
    slack.fail("users.info", error="fatal_error")
    await switches.set("slack_rate_limited", on=True)
    for _ in range(2):
        for method in ("chat.postMessage", "chat.update"):
            answer = await post(slack, http, method, channel="C1", ts=message.ts, text="x")
            assert (answer.status_code, answer.headers["Retry-After"]) == (429, "5")
    assert (await post(slack, http, "auth.test")).json()["ok"]
    await switches.set("slack_rate_limited", on=False)
    assert (await post(slack, http, "chat.update", channel="C1", ts=message.ts, text="x")).json()[
        "ok"
    ]
    assert (await post(slack, http, "users.info", user="U1")).json()["error"] == "fatal_error"


async def test_slack_is_down_and_up_again(
    switches: Switches, slack: SlackSandbox, http: httpx.AsyncClient
) -> None:
    await switches.set("slack_down", on=True)
    assert (await post(slack, http, "auth.test")).status_code == 503
    await switches.set("slack_down", on=False)
    assert (await post(slack, http, "auth.test")).json()["ok"]


async def test_the_socket_is_cut_and_no_new_one_is_taken(
    switches: Switches, slack: SlackSandbox
) -> None:
    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(slack.sockets.new_url()) as socket:
            assert (await socket.receive_json())["type"] == "hello"
            await switches.set("slack_socket_cut", on=True)
            assert (await socket.receive()).type in {
                aiohttp.WSMsgType.CLOSED,
                aiohttp.WSMsgType.ERROR,
            }
        with pytest.raises(aiohttp.WSServerHandshakeError, match="503"):
            await session.ws_connect(slack.sockets.new_url())
        await switches.set("slack_socket_cut", on=False)
        async with session.ws_connect(slack.sockets.new_url()) as socket:
            assert (await socket.receive_json())["type"] == "hello"


async def test_newer_blocks_are_refused_while_slack_is_older(
    switches: Switches, slack: SlackSandbox, http: httpx.AsyncClient
) -> None:
    rows = [[{"type": "raw_text", "text": text}] for text in ("User", "jo@example.com")]
    blocks = [{"type": "data_table", "caption": "Users", "rows": rows}]

    async def posted() -> str:
        answer = await post(slack, http, "chat.postMessage", channel="C1", blocks=blocks)
        return str(answer.json().get("error", "taken"))

    await switches.set("slack_older", on=True)
    assert await posted() == "invalid_blocks"
    await switches.set("slack_older", on=False)
    assert await posted() == "taken"


async def test_everything_is_mended_at_once(
    switches: Switches, slack: SlackSandbox, continuity: ContinuitySandbox, http: httpx.AsyncClient
) -> None:
    for one in switches.part():
        await switches.set(one["id"], on=True)
    assert all(one["on"] for one in switches.part())
    await switches.all_off()
    assert not any(one["on"] for one in switches.part())
    assert (continuity.faults, continuity.latency, continuity.password) == (
        *([], 0.0, "sandbox-password"),
    )
    assert (slack.down, slack.sockets_refused) == (False, False)
    assert (await http.put("44444/failover")).status_code == 200
    assert await failovers(http) == 10
    assert (await post(slack, http, "chat.postMessage", channel="C1", text="x")).json()["ok"]


async def test_a_switch_that_is_not_there_is_an_error(switches: Switches) -> None:
    with pytest.raises(ActionError, match="no such switch"):
        await switches.set("api_gone", on=True)
