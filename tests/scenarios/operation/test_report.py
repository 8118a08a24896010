"""The daily report: posted once, to the operations channel and the requester, with buttons that work."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.change import CHANGE_ID
from bot.domain.deadline import Deadline
from bot.service.report.daily import KEY
from bot.terminal.demo.bot_main import MovableClock, MovableLoop
from sandbox.slack import Message
from tests.fixtures import direct_store
from tests.scenarios.conftest import APPROVER, CUSTOMER, INCIDENT, OPERATOR, Scenario, at_work, said

HOUR = 3600.0
OPS = "C0OPS"


# On PostgreSQL the time is the server's, and that does not move.
@pytest.mark.sqlite
def test_what_is_on_for_long_is_told_every_day_until_somebody_says_why(tmp_path: Path) -> None:
    """Days of this bot are seconds here."""
    with asyncio.Runner(loop_factory=MovableLoop) as runner:
        runner.run(_scenario(tmp_path))


async def _scenario(tmp_path: Path) -> None:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, MovableLoop)
    clock = MovableClock(loop)
    # At noon: the report of nine o'clock is due between two full days.
    noon = clock.now().replace(hour=12, minute=0, second=0) + timedelta(days=1)
    loop.offset += (noon - clock.now()).total_seconds()
    async with at_work(tmp_path, clock=clock, ops_channel=OPS) as scenario:
        scenario.slack.add_channel(OPS, "ops", members=[OPERATOR])
        await scenario.type(f"failover on {CUSTOMER} --reason Exchange down")
        await scenario.press("change_approve", user=APPROVER)
        await scenario.outcome("20 of 20 in failover")
        await _move(scenario, loop, 22)  # ten o'clock: it is on for 22 hours
        await _move(scenario, loop, 24)
        report = await _report(scenario, 1)
        assert "On for more than a day: FAILOVER ON · Acme GmbH (44444)" in report.text
        assert f"by <@{OPERATOR}>, approved by <@{APPROVER}>" in said(report)
        direct = await scenario.slack.wait_for(
            lambda slack: [
                one for one in slack.direct_messages(OPERATOR) if "more than a day" in one.text
            ]
        )
        assert len(direct) == 1
        # From the direct message, as from the channel: the proposal stands in the change's channel.
        incident = scenario.slack.channels[INCIDENT]
        incident.members.discard(OPERATOR)
        await scenario.slack.click(APPROVER, OPS, report.ts, "report_back_1")
        await scenario.told("You may not propose", user=APPROVER)
        await scenario.slack.click(OPERATOR, OPS, report.ts, "report_back_1")
        await scenario.told("belongs to a channel that you are not in")
        incident.members.add(OPERATOR)
        await scenario.slack.click(OPERATOR, direct[0].channel, direct[0].ts, "report_back_1")
        card = await scenario.card("change_cancel")
        assert "FAILOVER OFF" in said(card)
        await scenario.press("change_cancel", user=OPERATOR, card=card)
        await scenario.slack.click(OPERATOR, OPS, report.ts, "report_still_needed_1")
        view = await scenario.slack.wait_for(
            lambda slack: next((one for one in slack.views.values() if one.state == "open"), None)
        )
        await scenario.slack.submit(OPERATOR, view, {"reason": "their server is away"})
        await scenario.told("is still needed. The daily report is silent about it until")
        change = found.group() if (found := CHANGE_ID.search(said(report))) else ""
        await scenario.type(f"still-needed {change} their server is away")
        await scenario.told(f"{change} is still needed. The daily report is silent about it until")
        await scenario.type(f"on {CUSTOMER}")
        await scenario.told(f"Still needed: their server is away (<@{OPERATOR}>, silent until")
        await _move(scenario, loop, 23.5)
        assert len(_reports(scenario)) == 1
        await _move(scenario, loop, 24)
        await _report(scenario, 2)


async def _move(scenario: Scenario, loop: MovableLoop, hours: float) -> None:
    """Move the time on over nine o'clock, and wait until the report of that day is done."""
    before = await _due(scenario)
    loop.offset += hours * HOUR
    async with asyncio.timeout(60 + hours * HOUR):
        while await _due(scenario) == before:
            loop.offset += 0.01
            await asyncio.sleep(0.05)


async def _due(scenario: Scenario) -> Deadline | None:
    return await direct_store.read(scenario.settings.database, lambda tx: tx.deadline(KEY))


def _reports(scenario: Scenario) -> list[Message]:
    found = scenario.slack.channel_messages(OPS)
    return [one for one in found if "more than a day" in one.text]


async def _report(scenario: Scenario, number: int) -> Message:
    found = await scenario.slack.wait_for(
        lambda _: found if len(found := _reports(scenario)) >= number else None
    )
    assert len(found) == number
    return found[-1]
