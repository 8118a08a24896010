"""A change for a time, through the running bot: proposed, approved, announced, taken back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.domain.change import CHANGE_ID
from bot.ports import Transaction
from bot.terminal.demo.bot_main import MovableClock, MovableLoop
from tests.fixtures import direct_store
from tests.fixtures.databases import database_in
from tests.scenarios.conftest import APPROVER, CUSTOMER, INCIDENT, OPERATOR, Scenario, at_work, said

HOUR = 3600.0


def play(tmp_path: Path, scene: Callable[[Scenario, MovableLoop], Awaitable[None]]) -> None:
    """Run a scene in which the time of the bot moves with the loop's."""

    async def played() -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, MovableLoop)
        async with at_work(tmp_path, clock=MovableClock(loop)) as scenario:
            await scene(scenario, loop)

    with asyncio.Runner(loop_factory=MovableLoop) as runner:
        runner.run(played())


# On PostgreSQL the time is the server's, and that does not move.
@pytest.mark.sqlite
def test_for_two_hours_is_approved_once_and_is_off_again_after_two_hours(tmp_path: Path) -> None:
    async def scene(scenario: Scenario, loop: MovableLoop) -> None:
        await scenario.type(f"failover on {CUSTOMER} for 2h --reason Exchange is down")
        card = await scenario.card("change_approve")
        assert card.history[0].text.startswith("FAILOVER ON for 2 h · Acme GmbH (44444) · ALL 20")
        assert "*Back by itself*: failover off after 2 h" in said(card)
        await scenario.press("change_approve", user=APPROVER)
        done = await scenario.outcome("20 of 20 in failover")
        assert "*Back by itself*: failover off <!date^" in said(done)
        assert "2 h left at" in said(done)

        loop.offset += HOUR * 1.76
        soon = await scenario.outcome("*Back by itself soon*")
        assert soon.text.startswith("FAILOVER OFF IN 1")
        assert scenario.writes() == [f"PUT /{CUSTOMER}/failover"]

        loop.offset += HOUR * 0.25
        back = await scenario.outcome("20 of 20 not in failover")
        assert "made by the bot as it was decided with it" in said(back)
        assert f"approved by <@{APPROVER}>" in said(back)
        assert scenario.writes() == [f"PUT /{CUSTOMER}/failover", f"DELETE /{CUSTOMER}/failover"]
        await scenario.slack.wait_for(lambda _: "is its way back" in said(done))
        assert "Back now" not in said(done)

    play(tmp_path, scene)


@pytest.mark.sqlite
def test_it_is_extended_from_the_outcome_and_then_kept(tmp_path: Path) -> None:
    async def scene(scenario: Scenario, loop: MovableLoop) -> None:
        slack = scenario.slack
        await scenario.type(f"failover on {CUSTOMER} --for 1h")
        await scenario.press("change_approve", user=APPROVER)
        done = await scenario.outcome("1 h left at")
        await slack.click(OPERATOR, INCIDENT, done.ts, "end_extend")
        view = await slack.wait_for(lambda space: next(reversed(space.views.values()), None))
        await slack.submit(OPERATOR, view, {"by": "2h", "reason": "not mended"})
        asked = await scenario.card("change_approve")
        assert asked.history[0].text.startswith("EXTEND FAILOVER ON until ")
        await scenario.press("change_approve", user=APPROVER)
        await slack.wait_for(lambda _: "3 h left at" in said(done))
        loop.offset += HOUR * 1.5
        await slack.click(OPERATOR, INCIDENT, done.ts, "end_keep")
        await scenario.card("change_approve")
        await scenario.press("change_approve", user=APPROVER)
        await slack.wait_for(lambda _: "It stays: C-" in said(done))
        loop.offset += HOUR * 2
        await asyncio.sleep(0)
        assert scenario.writes() == [f"PUT /{CUSTOMER}/failover"]

    play(tmp_path, scene)


@pytest.mark.sqlite
def test_typed_it_is_extended_and_kept_as_by_the_buttons(tmp_path: Path) -> None:
    async def scene(scenario: Scenario, loop: MovableLoop) -> None:
        await scenario.type(f"failover on {CUSTOMER} --for 1h")
        await scenario.press("change_approve", user=APPROVER)
        done = await scenario.outcome("1 h left at")
        change = found.group() if (found := CHANGE_ID.search(said(done))) else ""
        await scenario.type(f"extend {change} 2h --reason not mended")
        await scenario.card("change_approve")
        await scenario.press("change_approve", user=APPROVER)
        await scenario.slack.wait_for(lambda _: "3 h left at" in said(done))
        await scenario.type(f"keep {change}")
        await scenario.card("change_approve")
        await scenario.press("change_approve", user=APPROVER)
        await scenario.slack.wait_for(lambda _: "It stays: C-" in said(done))
        await scenario.type(f"extend {change} 2h")
        await scenario.told(f"{change} is not on for a time any more")
        loop.offset += HOUR * 4
        assert scenario.writes() == [f"PUT /{CUSTOMER}/failover"]

    play(tmp_path, scene)


@pytest.mark.sqlite
def test_a_newer_change_is_left_alone_and_that_is_told(tmp_path: Path) -> None:
    async def scene(scenario: Scenario, loop: MovableLoop) -> None:
        await scenario.type(f"access on {CUSTOMER} --for 1h")
        await scenario.press("change_approve", user=APPROVER)
        await scenario.outcome("with access")
        loop.offset += HOUR * 0.5
        await scenario.type(f"access off {CUSTOMER} user0001@example.com --reason has left")
        await scenario.press("change_confirm", user=OPERATOR)
        await scenario.outcome("1 of 1 without access")
        await scenario.type(f"access on {CUSTOMER} --reason all are back")
        await scenario.press("change_approve", user=APPROVER)
        applied = "APPLIED: ACCESS ON · Acme GmbH (44444) · ALL 20 users · u0operator: all are back"
        await scenario.slack.wait_for(
            lambda slack: [
                m for m in slack.channel_messages(INCIDENT) if m.text.startswith(applied)
            ]
        )
        loop.offset += HOUR * 0.51
        told = await scenario.outcome("To do it all the same")
        assert "is not made by itself" in said(told)
        assert told.text.startswith("NOT DONE: ACCESS OFF · Acme GmbH (44444)")
        assert f"type `/continuity access off {CUSTOMER}`" in said(told)
        assert told.channel == INCIDENT
        assert len(scenario.writes()) == 3

    play(tmp_path, scene)


@pytest.mark.sqlite
def test_a_deadline_that_somebody_deleted_is_put_anew_within_the_hour(tmp_path: Path) -> None:
    async def scene(scenario: Scenario, loop: MovableLoop) -> None:
        await scenario.type(f"failover on {CUSTOMER} --for 3h --reason Exchange is down")
        await scenario.press("change_approve", user=APPROVER)
        await scenario.outcome("20 of 20 in failover")

        def by_hand(tx: Transaction) -> None:
            for one in tx.due_deadlines(datetime.max.replace(tzinfo=UTC)):
                tx.remove_deadline(one.key)

        await direct_store.write(database_in(tmp_path), by_hand)
        loop.offset += HOUR * 3.01
        await scenario.outcome("20 of 20 not in failover")

    play(tmp_path, scene)


async def test_what_cannot_be_is_one_clear_sentence(scenario: Scenario) -> None:
    await scenario.type(f"failover on {CUSTOMER} --for 40d")
    await scenario.told("A change lasts at least 5 min and at most 30 days with --for or --until")
    assert not scenario.slack.channel_messages(INCIDENT)
