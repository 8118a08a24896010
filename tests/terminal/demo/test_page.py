"""The page with the real bot behind it: killed, stopped, started, and with its time moved."""

from __future__ import annotations

import os
import signal
from typing import Any

from bot.terminal.demo.setting import (
    APPROVER,
    CHANNEL,
    DRILL_CUSTOMER,
    GUEST,
    OPERATOR,
    PROVIDER,
    VIEWER,
)
from tests.terminal.demo.page_client import PageClient

FAILOVER = "/continuity failover on 44444 --reason Exchange down"


async def asked(page: PageClient, text: str = FAILOVER) -> dict[str, Any]:
    """Send a command as the operator; return its card once the users are counted."""
    after = len(page.events)
    await page.do("send", person=OPERATOR, channel=CHANNEL, text=text)
    return await page.message("change_approve", "1,284", after=after)


async def approve(page: PageClient, card: dict[str, Any]) -> None:
    [block] = [one for one in card["blocks"] if one["type"] == "actions"]
    await page.do(
        "click",
        person=APPROVER,
        channel=CHANNEL,
        ts=card["ts"],
        block_id=block["block_id"],
        action_id="change_approve",
    )


async def test_an_approved_command_reaches_the_api_through_the_real_bot(page: PageClient) -> None:
    await approve(page, await asked(page))
    await page.message("APPLIED", "Read back")
    world = await page.until("world", lambda world: world["normal"] == 0)
    assert (world["readable"], world["locked"], world["writes"]) == (1044, 240, 1)
    call = await page.until("api", lambda call: call["method"] == "PUT" and call["status"] == 200)
    assert call["path"] == "/44444/failover"
    assert call["milliseconds"] > 30


async def test_a_killed_bot_goes_on_after_its_start_with_one_write(page: PageClient) -> None:
    before = await page.bot("ready")
    card = await asked(page)
    await page.do("switch", id="api_hanging", on=True)
    await approve(page, card)
    await page.until("api", lambda call: call["method"] == "PUT")
    await page.do("bot", do="kill")
    assert (await page.bot("killed"))["pid"] is None
    assert await page.refused("bot", do="kill") == "The bot does not run."
    await page.do("switch", id="api_hanging", on=False)
    after = len(page.events)
    await page.do("bot", do="start")
    assert await page.refused("bot", do="start") == "The bot runs already."
    ready = await page.bot("ready", after=after)
    assert ready["pid"] not in {None, before["pid"]}
    await page.message("APPLIED", "Read back", after=after)
    world = await page.until("world", lambda world: world["normal"] == 0)
    assert (world["writes"], world["doubled"]) == (1, 0)


async def test_a_stopped_bot_has_finished_and_nothing_is_wrong(page: PageClient) -> None:
    await page.do("bot", do="stop")
    assert await page.bot("stopped") == {"state": "stopped", "pid": None, "why": "", "log": []}
    assert await page.refused("bot", do="dance") == "The bot can be started, stopped or killed."


async def test_a_bot_that_ends_by_itself_is_shown_with_the_end_of_its_log(page: PageClient) -> None:
    await asked(page)
    os.kill((await page.bot("ready"))["pid"], signal.SIGKILL)
    status = await page.bot("stopped")
    assert status["why"] == "The bot ended by itself, with exit status -9."
    assert any("bot.ready" in line for line in status["log"])
    assert (await page.do("bot_log"))["lines"][-1] == status["log"][-1]
    after = len(page.events)
    await page.do("bot", do="start")
    assert (await page.bot("starting", after=after))["why"] == ""


async def test_after_thirty_minutes_what_waited_has_expired_and_the_bot_is_well(
    page: PageClient,
) -> None:
    await asked(page)
    await page.do("skip", seconds=1800)
    await page.message("EXPIRED")
    for skip in ({"to": "monday"}, {"seconds": 1800}):
        after = len(page.events)
        await page.do("skip", **skip)
        await page.do("send", person=VIEWER, channel=CHANNEL, text="/continuity status 44444")
        await page.message("1,284", after=after)
    assert {data["state"] for name, data in page.events if name == "bot"} == {"starting", "ready"}
    lines = (await page.do("bot_log"))["lines"]
    assert not [line for line in lines if "loop_lag" in line or "uncaught" in line]


async def test_a_bot_without_a_socket_is_shown_as_not_connected(page: PageClient) -> None:
    ready = await page.bot("ready")
    after = len(page.events)
    await page.do("switch", id="slack_socket_cut", on=True)
    assert (await page.bot("disconnected", after=after))["pid"] == ready["pid"]
    await page.do("switch", id="slack_socket_cut", on=False)
    await page.bot("ready", after=after)


async def test_a_bot_that_starts_after_a_skip_has_the_time_of_the_page(page: PageClient) -> None:
    await page.do("bot", do="kill")
    await page.bot("killed")
    await page.do("skip", to="monday")
    after = len(page.events)
    await page.do("bot", do="start")
    await page.bot("ready", after=after)
    card = await asked(page)
    clock = await page.until("clock", lambda clock: clock["offset"] > 0)
    asked_at = str(card["blocks"]).split("<!date^")[1]
    assert 0 <= int(asked_at.partition("^")[0]) - int(clock["now"]) < 3600


async def completed(page: PageClient, person: str, text: str) -> list[str]:
    answer = await page.do("complete", person=person, channel=CHANNEL, text=text, cursor=len(text))
    return [item["label"] for item in answer["items"]]


async def test_a_person_is_offered_what_their_role_rows_let_them_see(page: PageClient) -> None:
    card = await asked(page)
    change = card["text"].rpartition(" ")[2]
    waiting = [f"{change} failover on 44444, awaiting approval"]
    status, cancel = "/continuity status ", "/continuity cancel "
    assert await completed(page, OPERATOR, status) == [
        "44444 Acme GmbH",
        "90001 Drill Example GmbH",
    ]
    assert await completed(page, OPERATOR, cancel) == waiting
    assert await completed(page, VIEWER, cancel) == waiting
    of_provider = await completed(page, PROVIDER, status)
    assert len(of_provider) == 40
    assert "44444 Acme GmbH" not in of_provider
    assert await completed(page, PROVIDER, cancel) == []
    assert await completed(page, GUEST, status) == []
    answer = await page.refused("complete", person="U0NOBODY", text="/", cursor=1)
    assert answer == "To complete a text takes a person, a text and a cursor inside of it."
    assert await page.refused("complete", person=OPERATOR, text="/", cursor=2) == answer


async def test_the_customer_of_rehearsals_has_an_api_of_its_own(page: PageClient) -> None:
    text = f"/continuity failover on {DRILL_CUSTOMER} --reason Rehearsal"
    await page.do("send", person=OPERATOR, channel=CHANNEL, text=text)
    card = await page.message("WAITING", "ALL 120 users", "Already on 0")
    assert card["text"].startswith("DRILL")
    call = await page.until("api", lambda call: f"/{DRILL_CUSTOMER}" in call["path"])
    assert call["drill"]
    assert call["number"] < 0
