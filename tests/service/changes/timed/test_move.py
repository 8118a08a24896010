"""A timed change that is on gets another end, or none: decided by whom the policy asks."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.actions import MoveEnd
from bot.domain.change import Change
from bot.domain.change_state import State
from bot.domain.time_limit import AskedTime, parse_lasts, parse_until
from bot.errors import Conflict, InvalidInput, NotAllowed
from bot.ports import MessageKind
from bot.service.change_types import change_type_of
from bot.service.changes import decide
from bot.service.changes.timed import move
from tests.builders import APPROVER, NOW
from tests.service.changes.timed.steps import decided, switched, way_back
from tests.service.harness import STRANGER, ServiceHarness, actor, many, users

TWO_MORE = parse_lasts("2h")


async def extended(harness: ServiceHarness, timed: Change, by: AskedTime = TWO_MORE) -> Change:
    change, _ = await move.extend(harness.ctx, actor(), timed.id, by, "not mended yet")
    await harness.executor.run()
    return await harness.change(change.id)


async def test_it_ends_later_once_another_person_approves(harness: ServiceHarness) -> None:
    timed = await switched(harness)
    assert timed.ends_at is not None
    asked = await extended(harness, timed)
    assert (asked.state, asked.action.title) == (State.AWAITING_APPROVAL, "EXTEND FAILOVER ON")
    assert asked.preview is not None
    assert asked.preview.total == 3
    with pytest.raises(NotAllowed):
        await decide.approve(harness.ctx, actor(), asked.id, asked.preview_revision)
    assert (await harness.change(timed.id)).ends_at == timed.ends_at

    done = await decided(harness, asked)
    assert done.state is State.APPLIED
    moved = await harness.change(timed.id)
    assert moved.ends_at == timed.ends_at + timedelta(hours=2)
    [told] = await harness.details("change.end_moved")
    assert told == {"by": asked.id, "until": moved.ends_at.isoformat()}
    assert len(harness.api.sent) == 1

    harness.clock.advance(hours=2)
    await harness.fall_due()
    assert await way_back(harness, timed) is None
    harness.clock.advance(hours=2)
    await harness.fall_due()
    back = await way_back(harness, timed)
    assert back is not None
    assert back.state is State.APPLIED


async def test_until_is_by_the_clock_of_who_presses(harness: ServiceHarness) -> None:
    timed = await switched(harness)
    asked = await extended(harness, timed, parse_until("08:00"))
    assert isinstance(asked.action, MoveEnd)
    assert asked.action.until is not None
    assert f"{asked.action.until:%H:%M}" == "08:00"


async def test_what_was_proposed_for_another_end_makes_it_no_shorter(
    harness: ServiceHarness,
) -> None:
    timed = await switched(harness)
    shorter = await extended(harness, timed, parse_lasts("1h"))
    longer = await extended(harness, timed, parse_lasts("5h"))
    await decided(harness, longer)
    late = await decided(harness, shorter)
    assert late.state is State.FAILED
    assert late.outcome is not None
    assert late.outcome.sentence.startswith(f"{timed.id} ends at another time since")
    assert timed.ends_at is not None
    assert (await harness.change(timed.id)).ends_at == timed.ends_at + timedelta(hours=5)


async def test_an_earlier_end_is_no_extension(harness: ServiceHarness) -> None:
    timed = await switched(harness, limit=parse_lasts("5h").limit(NOW, None))
    with pytest.raises(
        InvalidInput, match=r"is not later\. To have it off earlier, press Back now"
    ):
        await extended(harness, timed, parse_until("06:00"))


async def test_it_stays_once_that_is_approved(harness: ServiceHarness) -> None:
    timed = await switched(harness)
    asked, _ = await move.keep(harness.ctx, actor(), timed.id)
    await harness.executor.run()
    await decided(harness, await harness.change(asked.id))
    kept = await harness.change(timed.id)
    assert (kept.ends_at, kept.end_note) == (None, f"It stays: {asked.id} gave the way back up.")
    assert (await harness.trail(timed.id))[-1] == "change.kept"
    harness.clock.advance(days=1)
    await harness.fall_due()
    assert await way_back(harness, timed) is None
    assert not await harness.look(lambda tx: tx.due_deadlines(harness.clock.now()))


async def test_up_to_ten_named_users_the_requester_confirms_alone(harness: ServiceHarness) -> None:
    """What the policy asks for the change itself, it asks for its end."""
    harness.api.add("44444", *many(12).addresses)
    few = await switched(harness, users("a", "b"))
    assert (await extended(harness, few)).state is State.AWAITING_CONFIRMATION
    lots = await switched(harness, many(12))
    assert (await extended(harness, lots)).state is State.AWAITING_APPROVAL


async def test_without_the_right_nothing_is_proposed(harness: ServiceHarness) -> None:
    timed = await switched(harness)
    for call in (move.may_extend, move.keep):
        with pytest.raises(NotAllowed):
            await call(harness.ctx, actor(STRANGER), timed.id)
    assert len(await harness.refusals()) == 2


async def test_at_most_thirty_days_from_now(harness: ServiceHarness) -> None:
    timed = await switched(harness)
    with pytest.raises(InvalidInput, match="at most 30 days"):
        await extended(harness, timed, parse_lasts("30d"))


async def test_what_is_not_on_for_a_time_has_no_end_to_move(harness: ServiceHarness) -> None:
    change = await harness.executed()
    with pytest.raises(Conflict, match="no end to move"):
        await extended(harness, change)
    assert await harness.refusals()


async def test_what_nobody_decided_by_the_end_is_too_late_and_is_told(
    harness: ServiceHarness,
) -> None:
    timed = await switched(harness)
    harness.clock.advance(hours=1, minutes=50)
    asked = await extended(harness, timed)
    harness.clock.advance(minutes=10)
    await harness.fall_due()
    back = await way_back(harness, timed)
    assert back is not None
    assert back.state is State.APPLIED
    late = await harness.change(asked.id)
    assert (late.state, late.decision_reason) == (
        State.CANCELLED,
        f"Too late: {back.id} FAILOVER OFF is its way back.",
    )
    assert await harness.message(MessageKind.OUTCOME, late)


async def test_interrupted_it_is_done_once(harness: ServiceHarness) -> None:
    """The process dies after the end is written, and before the change that moves it is concluded."""
    timed = await switched(harness)
    asked = await extended(harness, timed)
    seen = asked.preview_revision
    await decide.approve(harness.ctx, actor(APPROVER), asked.id, seen)
    assert await harness.claim() == [asked.id]
    await change_type_of(harness.ctx, await harness.change(asked.id)).perform()
    harness.held.clear()  # the process is another one
    await harness.executor.run()
    harness.clock.advance(minutes=1)
    await harness.executor.run()
    assert await harness.state(asked.id) is State.APPLIED
    assert len(await harness.details("change.end_moved")) == 1
    moved = await harness.change(timed.id)
    assert timed.ends_at is not None
    assert moved.ends_at == timed.ends_at + timedelta(hours=2)
