"""What was decided on must still hold when it is executed: else it is asked again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.change_state import State
from bot.domain.preview import Preview
from bot.domain.scope import Flag
from bot.errors import Ambiguous, Conflict
from bot.ports import MessageKind
from bot.service.changes import decide
from tests.builders import APPROVER, CUSTOMER, NOW
from tests.service.harness import ServiceHarness, actor, approved, many, users

HUNDRED = many(100).addresses


async def grown(harness: ServiceHarness, to: int) -> State:
    """Approve a change of a hundred users, then let the customer have another number of them."""
    harness.api.held[CUSTOMER].clear()
    harness.api.add(CUSTOMER, *HUNDRED)
    change = await harness.released()
    harness.api.held[CUSTOMER].clear()
    harness.api.add(CUSTOMER, *many(to).addresses)
    await harness.executor.run()
    return await harness.state(change.id)


@pytest.mark.parametrize("to", [98, 100, 102])
async def test_up_to_two_percent_more_or_fewer_users_are_the_same_change(
    harness: ServiceHarness, to: int
) -> None:
    assert await grown(harness, to) is State.APPLIED


@pytest.mark.parametrize("to", [97, 103, 200])
async def test_beyond_two_percent_nothing_is_sent_and_the_approval_is_asked_again(
    harness: ServiceHarness, to: int
) -> None:
    assert await grown(harness, to) is State.AWAITING_APPROVAL
    assert harness.api.sent == []


async def test_asked_again_shows_old_and_new_numbers_and_needs_a_new_approval(
    harness: ServiceHarness,
) -> None:
    change = await harness.released()
    harness.api.add(CUSTOMER, *many(10).addresses)
    harness.clock.advance(minutes=20)
    await harness.executor.run()

    asked = await harness.change(change.id)
    assert asked.asked_again == "3 users when it was decided, 13 now."
    assert asked.preview is not None
    assert asked.preview.total == 13
    assert (asked.approvals, asked.asked_before, asked.decided_by) == ((), (APPROVER,), None)
    assert asked.deadline == harness.clock.now() + timedelta(minutes=30)
    assert await harness.trail(change.id) == [
        "change.proposed",
        "change.previewed",
        "change.approved",
        "change.asked_again",
        "change.previewed",
    ]
    (entry,) = await harness.details("change.asked_again")
    assert entry["decided_on"]["total"] == 3
    with pytest.raises(Conflict, match="has changed"):
        await decide.approve(harness.ctx, actor(APPROVER), change.id, change.preview_revision)

    await decide.approve(harness.ctx, actor(APPROVER), change.id, asked.preview_revision)
    await harness.executor.run()
    assert await harness.state(change.id) is State.APPLIED


async def test_the_channel_is_told_that_it_is_asked_again(harness: ServiceHarness) -> None:
    change = await harness.released()
    harness.api.add(CUSTOMER, *many(10).addresses)
    await harness.executor.sweep()
    await harness.executor.settle()

    assert await harness.message(MessageKind.OUTCOME, await harness.change(change.id))


async def test_an_api_that_does_not_count_in_time_holds_nothing_up(harness: ServiceHarness) -> None:
    change = await harness.released()
    harness.api.unreadable = Ambiguous("no answer")
    harness.api.on_write = lambda _: setattr(harness.api, "unreadable", None)
    await harness.executor.run()
    assert await harness.state(change.id) is State.APPLIED


async def test_a_number_that_was_not_known_to_the_approver_cannot_have_moved(
    harness: ServiceHarness,
) -> None:
    harness.api.unreadable = Ambiguous("no answer")
    change = await harness.released()
    harness.api.unreadable = None
    await harness.executor.run()
    assert await harness.state(change.id) is State.APPLIED


async def test_another_change_that_ran_since_the_preview_makes_it_stale(
    harness: ServiceHarness,
) -> None:
    """Both were decided on the same numbers; the first to run has changed them."""
    first, second = await harness.previewed(), await harness.previewed(users("a", "b"), on=True)
    await decide.approve(harness.ctx, actor(APPROVER), first.id, first.preview_revision)
    harness.clock.advance(seconds=1)
    await decide.confirm(harness.ctx, actor(), second.id, second.preview_revision)
    harness.clock.advance(seconds=1)
    await harness.executor.run()

    assert await harness.state(first.id) is State.APPLIED
    stopped = await harness.change(second.id)
    assert stopped.state is State.CANCELLED
    assert stopped.decision_reason == "Nothing to do: failover is on for all 2 users already."
    assert stopped.asked_again.startswith(f"{first.id} (FAILOVER ON) has run meanwhile.")
    assert len(harness.api.sent) == 1


async def test_a_confirmation_is_asked_again_from_the_requester(harness: ServiceHarness) -> None:
    first, second = await harness.previewed(users("a")), await harness.previewed(users("a", "b"))
    for change in (first, second):
        await decide.confirm(harness.ctx, actor(), change.id, change.preview_revision)
        harness.clock.advance(seconds=1)
    await harness.executor.run()

    asked = await harness.change(second.id)
    assert asked.state is State.AWAITING_CONFIRMATION
    assert asked.asked_again.endswith("When it was decided: already on 0 of 2.")


async def test_the_other_flag_and_users_that_do_not_overlap_make_nothing_stale(
    harness: ServiceHarness,
) -> None:
    """Access on and failover on are proposed together: neither moves the numbers of the other."""
    harness.api.held[CUSTOMER].clear()
    harness.api.add(CUSTOMER, *users("a", "b").addresses, access=False)
    access = await harness.previewed(flag=Flag.ACCESS)
    failover = await harness.previewed()
    for change in (access, failover):
        await decide.approve(harness.ctx, actor(APPROVER), change.id, change.preview_revision)
    harness.clock.advance(seconds=1)
    await harness.executor.run()
    assert await harness.state(access.id) is State.APPLIED
    assert await harness.state(failover.id) is State.APPLIED


@pytest.mark.parametrize(
    ("state", "stale"),
    [
        (State.APPLIED, True),
        (State.PARTIAL, True),
        (State.NEEDS_OPERATOR, True),
        (State.GIVEN_UP, True),
        (State.CANCELLED, True),  # withdrawn after an operator had it tried again
        (State.EXPIRED, True),
        (State.FAILED, False),
    ],
)
async def test_what_may_have_changed_something_counts_and_what_was_refused_does_not(
    harness: ServiceHarness, state: State, stale: bool
) -> None:
    seen = Preview(NOW, total=3, already=0)
    begun = NOW + timedelta(seconds=1)
    await harness.put(
        approved("C-00001", state=state, begun_at=begun), approved("C-00002", preview=seen)
    )
    assert await harness.claim() == ([] if stale else ["C-00002"])


async def test_what_had_begun_before_the_preview_was_seen_by_it(harness: ServiceHarness) -> None:
    seen = Preview(NOW, total=3, already=0)
    await harness.put(
        approved("C-00001", state=State.APPLIED, begun_at=NOW - timedelta(seconds=1)),
        approved("C-00002", preview=seen),
    )
    assert await harness.claim() == ["C-00002"]


async def test_what_was_approved_and_has_nothing_left_to_do_ends_in_the_channel(
    harness: ServiceHarness,
) -> None:
    """It was asked again, and then stopped: whoever said yes reads how it ended."""
    first, second = await harness.previewed(), await harness.previewed(users("a", "b"))
    await decide.approve(harness.ctx, actor(APPROVER), first.id, first.preview_revision)
    harness.clock.advance(seconds=1)
    await decide.confirm(harness.ctx, actor(), second.id, second.preview_revision)
    await harness.executor.run()
    ended = await harness.change(second.id)
    assert ended.state is State.CANCELLED
    assert await harness.message(MessageKind.OUTCOME, ended)
