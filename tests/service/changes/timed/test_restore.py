"""Restore: failover off, then access off by itself, once, never over a newer change or users in failover."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.domain.actions import ACCESS_OFF, Activate, MoveEnd, Restore
from bot.domain.change import Change
from bot.domain.change_commands import RestoreCommand
from bot.domain.change_request import Proposal, command_text
from bot.domain.change_state import State
from bot.domain.configuration import Entry, Kind
from bot.domain.customer_rule import AccessAfter, CustomerRule
from bot.domain.deadline import Deadline, DeadlineKind
from bot.domain.scope import Everyone, Flag, Scope, Users
from bot.domain.time_limit import TimeLimit, parse_lasts
from bot.errors import Ambiguous
from bot.service.access.configuration import configure
from bot.service.changes import decide
from bot.service.changes.propose import propose
from bot.service.changes.propose_again import propose_again, propose_back
from bot.service.changes.time_limit import timed_request
from bot.service.changes.timed import move
from bot.service.changes.timed.way_back import COUNTED_FOR, make_way_back
from bot.service.queries.on import by_database
from tests.builders import ADMIN, CUSTOMER, NOW, a_policy_rule
from tests.fakes import ACCEPTED, refusal
from tests.service.changes.timed.steps import decided, notices, switched, way_back
from tests.service.harness import ServiceHarness, actor, users

ALL = users("a", "b", "c").addresses
TWO_DAYS = TimeLimit(lasts=timedelta(hours=48))


@pytest.fixture(autouse=True)
def in_failover(harness: ServiceHarness) -> None:
    harness.api.add(CUSTOMER, *ALL, access=True, failover=True)


async def proposed(
    harness: ServiceHarness, scope: Scope | None = None, after: AccessAfter | None = None
) -> Change:
    command = RestoreCommand(CUSTOMER, scope or Everyone(), "up again", after)
    request = await timed_request(harness.ctx, actor(), command)
    change, _ = await propose(harness.ctx, actor(), request)
    await harness.executor.run()
    return await harness.change(change.id)


async def restored(harness: ServiceHarness, *what: Any, **how: Any) -> Change:
    return await decided(harness, await proposed(harness, *what, **how))


def flags(harness: ServiceHarness) -> set[tuple[bool | None, bool | None]]:
    """Access and failover of the users."""
    return {(one.access, one.failover) for one in harness.api.held[CUSTOMER].values()}


@pytest.mark.parametrize("scope", [Everyone(), users("a", "b")])
async def test_access_goes_off_by_a_change_of_its_own_after_48_hours(
    harness: ServiceHarness, scope: Scope
) -> None:
    change = await restored(harness, scope)
    assert (change.state, change.action) == (State.APPLIED, Restore())
    assert change.started_at is not None
    assert change.ends_at == change.started_at + timedelta(hours=48)
    assert command_text(change).endswith("--access-after 2d")

    harness.clock.advance(hours=47, minutes=50)
    await harness.fall_due()
    assert await notices(harness, change, "back-soon")
    assert await way_back(harness, change) is None
    harness.clock.advance(minutes=10)
    await harness.fall_due()

    off = await way_back(harness, change)
    assert off is not None
    assert (off.state, off.action, off.scope) == (State.APPLIED, ACCESS_OFF, scope)
    assert off.approvals == change.approvals
    reached = set(scope.addresses) if isinstance(scope, Users) else set(ALL)
    told = {address: one.access for address, one in harness.api.held[CUSTOMER].items()}
    assert {address for address, access in told.items() if access is False} == reached
    harness.clock.advance(days=9)
    await harness.fall_due()
    assert await way_back(harness, change) == off


@pytest.mark.parametrize("hour", [1, -1])
async def test_a_clock_that_jumps_an_hour_makes_it_neither_twice_nor_never(
    harness: ServiceHarness, hour: int
) -> None:
    change = await restored(harness)
    harness.clock.advance(hours=47, minutes=30)
    await harness.fall_due()
    harness.clock.advance(hours=hour)
    await harness.fall_due()
    for _ in range(20):
        harness.clock.advance(minutes=10)
        await harness.fall_due()
    harness.clock.advance(hours=-hour)
    await harness.fall_due()
    assert (await way_back(harness, change)) is not None
    assert (await harness.trail(change.id)).count("change.back_made") == 1
    assert len([line for line in harness.api.sent if "/access" in line]) == 1


async def test_the_rule_of_the_customer_says_when_unless_the_command_does(
    harness: ServiceHarness,
) -> None:
    async def put(whose: str, after: timedelta | None) -> None:
        terms, kind = CustomerRule(after).terms(), Kind.CUSTOMER_RULE
        await configure(harness.ctx, actor(ADMIN), kind, whose, terms, customer=whose)

    await put("*", None)
    assert (await proposed(harness, users("a"))).time_limit is None
    await put(CUSTOMER, timedelta(hours=6))
    change = await proposed(harness, users("b"))
    assert change.time_limit == TimeLimit(lasts=timedelta(hours=6))
    asked = await proposed(harness, users("c"), AccessAfter(timedelta(hours=1)))
    assert asked.time_limit == TimeLimit(lasts=timedelta(hours=1))


async def test_a_rule_that_was_written_by_hand_does_not_count(harness: ServiceHarness) -> None:
    terms = CustomerRule(timedelta(minutes=5)).terms()
    entry = Entry(Kind.CUSTOMER_RULE, CUSTOMER, terms, "root@jump1", NOW)
    await harness.store.write(lambda tx: tx.put_configured(entry))
    harness.rewritten = True
    assert (await proposed(harness)).time_limit == TWO_DAYS


async def test_never_leaves_access_on(harness: ServiceHarness) -> None:
    change = await restored(harness, None, AccessAfter(None))
    assert (change.state, change.ends_at) == (State.APPLIED, None)
    assert command_text(change) == "restore 44444 --access-after never"
    harness.clock.advance(days=30)
    await harness.fall_due()
    assert flags(harness) == {(True, False)}


async def test_the_stricter_policy_of_failover_and_access_counts(harness: ServiceHarness) -> None:
    await harness.policy(a_policy_rule(customer="*", flag="access", approvals=2))
    assert (await proposed(harness)).approvals_needed == 2


async def test_access_is_not_taken_from_users_who_are_in_failover_again(
    harness: ServiceHarness,
) -> None:
    change = await restored(harness)
    harness.api.add(CUSTOMER, ALL[0], access=True, failover=True)
    harness.clock.advance(hours=48)
    await harness.fall_due()
    assert await way_back(harness, change) is None
    ended = await harness.change(change.id)
    assert ended.end_note.startswith("Access off is not made by itself: 1 of these users are in")
    assert await notices(harness, change, "back-not_made")
    assert not [line for line in harness.api.sent if "/access" in line]


@pytest.mark.parametrize("scope", [Everyone(), users("a", "b")])
async def test_nor_where_the_api_does_not_tell_who_is_in_failover(
    harness: ServiceHarness, scope: Scope
) -> None:
    change = await restored(harness, scope)
    harness.api.add(CUSTOMER, *ALL, access=True, failover=True)
    harness.clock.advance(hours=48)
    harness.api.uncounted = harness.api.unreadable = Ambiguous("No answer.")
    with pytest.raises(AssertionError, match="a deadline failed"):  # it is tried again for a while
        await harness.fall_due()
    harness.clock.advance(seconds=COUNTED_FOR.total_seconds())
    await harness.fall_due()
    assert await way_back(harness, change) is None
    ended = await harness.change(change.id)
    assert ended.end_note.startswith("Access off is not made by itself: the API did not tell")
    assert await notices(harness, change, "back-not_made")
    assert not [line for line in harness.api.sent if "/access" in line]


@pytest.mark.parametrize("told", [True, False])
@pytest.mark.parametrize("scope", [Everyone(), users("a", "b")])
async def test_nor_where_they_came_into_failover_before_it_was_sent(
    harness: ServiceHarness, scope: Scope, told: bool
) -> None:
    change = await restored(harness, scope)
    harness.clock.advance(hours=48)
    step = await make_way_back(
        harness.ctx, Deadline("a", DeadlineKind.WAY_BACK, harness.clock.now(), change.id)
    )
    await harness.store.write(step)
    harness.api.add(CUSTOMER, *ALL, access=True, failover=True)
    if not told:
        harness.api.uncounted = harness.api.unreadable = Ambiguous("No answer.")
    await harness.executor.run()
    off = await way_back(harness, change)
    assert off is not None
    assert (off.state, off.attempts) == (State.CANCELLED, 0)
    assert off.decision_reason.startswith("Access off is not made by itself")
    assert not [line for line in harness.api.sent if "/access" in line]


async def test_nor_where_a_newer_change_put_them_into_failover(harness: ServiceHarness) -> None:
    change = await restored(harness)
    harness.clock.advance(minutes=1)
    request = Proposal(CUSTOMER, Activate(), users("a"), "again")
    activate, _ = await propose(harness.ctx, actor(), request)
    await harness.executor.run()
    await decided(harness, await harness.change(activate.id))
    harness.api.add(CUSTOMER, *ALL, access=True, failover=False)
    harness.clock.advance(hours=48)
    await harness.fall_due()
    assert await way_back(harness, change) is None
    ended = await harness.change(change.id)
    assert ended.end_note == (f"Access off is not made by itself: {activate.id} ACTIVATE is newer.")


async def test_access_off_by_hand_ends_it(harness: ServiceHarness) -> None:
    change = await restored(harness)
    off = await harness.executed(flag=Flag.ACCESS, on=False)
    ended = await harness.change(change.id)
    assert (ended.ends_at, ended.end_note) == (None, f"{off.id} ACCESS OFF took it back.")


async def test_access_off_now_and_keep_access_are_proposals(harness: ServiceHarness) -> None:
    change = await restored(harness)
    off, _ = await propose_back(harness.ctx, actor(), change.id)
    assert (off.action, off.time_limit) == (ACCESS_OFF, None)
    await decide.cancel(harness.ctx, actor(), off.id)

    keep, _ = await move.keep(harness.ctx, actor(), change.id)
    assert isinstance(keep.action, MoveEnd)
    assert keep.action.title == "KEEP ACCESS ON"
    await harness.executor.run()
    await decided(harness, await harness.change(keep.id))
    assert (await harness.change(change.id)).ends_at is None
    back, _ = await propose_back(harness.ctx, actor(), change.id)
    assert back.action == Activate()


async def test_what_failed_is_proposed_again_with_its_time(harness: ServiceHarness) -> None:
    harness.api.answers = [refusal()]
    change = await restored(harness, None, AccessAfter(timedelta(hours=1)))
    assert (change.state, change.ends_at) == (State.FAILED, None)
    again, _ = await propose_again(harness.ctx, actor(), change.id)
    assert again.time_limit == TimeLimit(lasts=timedelta(hours=1))


async def test_a_restore_for_some_takes_access_from_none_who_stayed_in_failover(
    harness: ServiceHarness,
) -> None:
    harness.api.answers_to = {ALL[1]: [refusal()]}
    change = await restored(harness, users("a", "b"))
    assert change.state is State.PARTIAL
    harness.clock.advance(hours=48)
    await harness.fall_due()
    assert await way_back(harness, change) is None
    assert flags(harness) == {(True, False), (True, True)}


async def test_where_nobody_is_in_failover_it_says_how_access_goes_off(
    harness: ServiceHarness,
) -> None:
    harness.api.add(CUSTOMER, *ALL, access=True, failover=False)
    change = await proposed(harness)
    assert change.state is State.CANCELLED
    assert change.decision_reason.endswith("To switch access off, type `access off`.")


async def test_back_of_an_activate_is_a_restore_with_the_time_of_the_rule(
    harness: ServiceHarness,
) -> None:
    harness.api.add(CUSTOMER, *ALL, access=False, failover=False)
    request = Proposal(CUSTOMER, Activate(), Everyone(), "down")
    change, _ = await propose(harness.ctx, actor(), request)
    await harness.executor.run()
    await decided(harness, await harness.change(change.id))
    back, _ = await propose_back(harness.ctx, actor(), change.id)
    assert (back.action, back.time_limit) == (Restore(), TWO_DAYS)


async def test_a_timed_activate_is_taken_back_by_a_restore_and_then_access_goes_off(
    harness: ServiceHarness,
) -> None:
    harness.api.add(CUSTOMER, *ALL, access=False, failover=False)
    limit = TimeLimit(lasts=parse_lasts("4h").lasts)
    request = Proposal(CUSTOMER, Activate(), Everyone(), "down", time_limit=limit)
    change, _ = await propose(harness.ctx, actor(), request)
    await harness.executor.run()
    activate = await decided(harness, await harness.change(change.id))
    assert flags(harness) == {(True, True)}
    harness.clock.advance(hours=5)
    await harness.fall_due()
    restore = await way_back(harness, activate)
    assert restore is not None
    assert (restore.state, restore.action, restore.time_limit) == (
        State.APPLIED,
        Restore(),
        TWO_DAYS,
    )
    assert flags(harness) == {(True, False)}
    harness.clock.advance(hours=48)
    await harness.fall_due()
    off = await way_back(harness, restore)
    assert off is not None
    assert (off.state, off.action) == (State.APPLIED, ACCESS_OFF)
    assert flags(harness) == {(False, False)}
    assert (await harness.look(lambda tx: by_database(tx, NOW))).customers == ()


async def test_of_a_timed_activate_that_did_one_step_that_one_is_taken_back(
    harness: ServiceHarness,
) -> None:
    harness.api.add(CUSTOMER, *ALL, access=False, failover=False)
    harness.api.answers = [ACCEPTED, refusal()]
    limit = TimeLimit(lasts=timedelta(hours=4))
    request = Proposal(CUSTOMER, Activate(), Everyone(), "down", time_limit=limit)
    change, _ = await propose(harness.ctx, actor(), request)
    await harness.executor.run()
    partly = await decided(harness, await harness.change(change.id))
    assert (partly.state, flags(harness)) == (State.PARTIAL, {(True, False)})
    harness.clock.advance(hours=4)
    await harness.fall_due()
    off = await way_back(harness, partly)
    assert off is not None
    assert (off.state, off.action) == (State.APPLIED, ACCESS_OFF)


async def test_a_restore_ends_a_timed_failover(harness: ServiceHarness) -> None:
    harness.api.add(CUSTOMER, *ALL, access=True, failover=False)
    timed = await switched(harness)
    restore = await restored(harness)
    assert (await harness.change(timed.id)).ends_at is None
    assert (await harness.change(timed.id)).end_note == f"{restore.id} RESTORE took it back."
