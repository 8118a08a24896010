"""A review that is owed is told every day at the time of the report, until it is done."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from bot.domain.change_state import State
from bot.domain.report import ReportTime
from bot.domain.roles import Role, Subject, SubjectKind
from bot.ports import MessageKind, Transaction
from bot.service.changes.emergency.review import accept
from bot.service.changes.timed.check_deadlines import check_deadlines
from bot.service.reach.emergency import review_key
from tests.builders import ADMIN, APPROVER, CUSTOMER, NOW, a_grant
from tests.service.changes.emergency.emergencies import COMMANDER, emergency, told
from tests.service.harness import SECOND, STRANGER, ServiceHarness, actor

OPS = "C0OPS"


def reminders(keys: set[str]) -> set[str]:
    return {one for one in keys if one.startswith("review-")}


async def test_it_is_told_daily_to_those_who_may_review_by_then(harness: ServiceHarness) -> None:
    plan = ReportTime(time(9, 0))
    harness.ctx = replace(harness.ctx, ops_channel=OPS, report_at=plan)
    change = await emergency(harness)
    await harness.executor.run()
    assert reminders(await told(harness, change, MessageKind.NOTICE)) == set()

    harness.clock.at = plan.next_after(NOW)
    await harness.grant(a_grant(STRANGER, Role.APPROVER))
    harness.rewritten = True
    await harness.store.write(
        lambda tx: tx.remove_grant(Subject(SubjectKind.USER, SECOND), Role.APPROVER, CUSTOMER)
    )
    await harness.fall_due()
    first = {f"review-1:{one}" for one in (APPROVER, STRANGER, ADMIN, OPS)}
    assert reminders(await told(harness, change, MessageKind.NOTICE)) == first
    await harness.fall_due()
    assert reminders(await told(harness, change, MessageKind.NOTICE)) == first

    harness.clock.advance(hours=24)
    await harness.fall_due()
    second = {f"review-2:{one}" for one in (APPROVER, STRANGER, ADMIN, OPS)}
    assert reminders(await told(harness, change, MessageKind.NOTICE)) == first | second

    await accept(harness.ctx, actor(APPROVER), change.id)
    harness.clock.advance(hours=24)
    await harness.fall_due()
    assert reminders(await told(harness, change, MessageKind.NOTICE)) == first | second


async def test_days_that_were_missed_are_told_once(harness: ServiceHarness) -> None:
    harness.ctx = replace(harness.ctx, report_at=ReportTime(time(9, 0)))
    change = await emergency(harness)
    harness.clock.advance(hours=24 * 5)
    await harness.fall_due()
    days = {one.partition(":")[0] for one in await told(harness, change, MessageKind.NOTICE)}
    assert {one for one in days if one.startswith("review")} == {"review-1"}
    following = await harness.look(lambda tx: tx.deadline(review_key(change.id)))
    assert following is not None
    assert timedelta(0) < following.due_at - harness.clock.at <= timedelta(days=1)


async def test_a_clock_that_jumps_ahead_and_back_tells_nothing_twice(
    harness: ServiceHarness,
) -> None:
    harness.ctx = replace(harness.ctx, report_at=ReportTime(time(9, 0)))
    change = await emergency(harness)
    harness.clock.at = datetime(2026, 3, 14, 8, 30, tzinfo=UTC)
    harness.clock.advance(hours=1)
    await harness.fall_due()
    told_once = reminders(await told(harness, change, MessageKind.NOTICE))
    assert told_once
    harness.clock.advance(hours=-1)
    for _ in range(3):
        await harness.fall_due()
        harness.clock.advance(minutes=30)
    assert reminders(await told(harness, change, MessageKind.NOTICE)) == told_once


async def test_a_clock_that_is_set_back_tells_nothing_twice(harness: ServiceHarness) -> None:
    harness.ctx = replace(harness.ctx, report_at=ReportTime(time(9, 0)))
    change = await emergency(harness)
    harness.clock.at = datetime(2026, 3, 15, 9, 0, tzinfo=UTC)
    await harness.fall_due()
    before = reminders(await told(harness, change, MessageKind.NOTICE))
    harness.clock.advance(hours=-1)
    await harness.fall_due()
    harness.clock.advance(hours=1)
    await harness.fall_due()
    assert reminders(await told(harness, change, MessageKind.NOTICE)) == before


async def test_without_a_daily_report_it_is_told_a_day_after(harness: ServiceHarness) -> None:
    change = await emergency(harness)
    due = await harness.look(lambda tx: tx.deadline(review_key(change.id)))
    assert due is not None
    assert due.due_at == NOW + timedelta(days=1)
    assert COMMANDER not in str(await told(harness, change, MessageKind.DIRECT))


@pytest.mark.parametrize("late", [timedelta(days=9), None], ids=["later", "deleted"])
@pytest.mark.parametrize("plan", [ReportTime(time(9, 0)), None], ids=["report", "no_report"])
async def test_a_reminder_that_somebody_deleted_or_put_later_is_put_right(
    harness: ServiceHarness, late: timedelta | None, plan: ReportTime | None
) -> None:
    harness.ctx = replace(harness.ctx, report_at=plan)
    change = await emergency(harness)
    await harness.executor.run()
    right = await harness.look(lambda tx: tx.deadline(review_key(change.id)))
    assert right is not None
    for hours in (0, -1, 2):  # the clock is set back, and ahead
        harness.clock.advance(hours=hours)
        await check_deadlines(harness.ctx)
        assert await harness.look(lambda tx: tx.deadline(right.key)) == right
    harness.clock.at = NOW

    def by_hand(tx: Transaction) -> None:
        tx.remove_deadline(right.key)
        if late:
            tx.put_deadline(replace(right, due_at=right.due_at + late))

    await harness.store.write(by_hand)
    for _ in range(2):
        await check_deadlines(harness.ctx)
    assert await harness.look(lambda tx: tx.deadline(right.key)) == right
    [told_of] = await harness.details("trail.contradicted")
    assert told_of["due"] == {"review": right.due_at.isoformat()}
    await accept(harness.ctx, actor(APPROVER), change.id)
    await check_deadlines(harness.ctx)
    assert await harness.look(lambda tx: tx.deadline(right.key)) is None


async def test_it_is_owed_where_nothing_was_sent(harness: ServiceHarness) -> None:
    change = await emergency(harness)
    harness.clock.advance(minutes=31)
    await harness.executor.run()
    assert await harness.state(change.id) is State.EXPIRED
    harness.clock.advance(hours=24)
    await harness.fall_due()
    assert reminders(await told(harness, change, MessageKind.NOTICE))
