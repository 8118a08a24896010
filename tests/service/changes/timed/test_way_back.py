"""At its end a timed change is taken back: once, by a change of its own, and over no newer one."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.actions import Restore
from bot.domain.admin_commands import RevokeRoleCommand
from bot.domain.change_request import Proposal
from bot.domain.change_state import State
from bot.domain.deadline import Deadline, DeadlineKind
from bot.domain.roles import Role, parse_subject
from bot.domain.scope import Everyone, Flag
from bot.domain.time_limit import TimeLimit
from bot.errors import Ambiguous, Conflict
from bot.ports import MessageKind, Transaction
from bot.service.access import administer
from bot.service.changes import decide
from bot.service.changes.emergency.command import propose_emergency
from bot.service.changes.propose import propose
from bot.service.changes.timed.check_deadlines import check_deadlines, check_every_hour
from bot.service.end_deadlines import end_key
from bot.slack.outbox.change_views import requester_name
from bot.terminal.audit.verify import verify_trail
from tests.builders import APPROVER, CHANNEL, CUSTOMER, NOW, REQUESTER, a_policy_rule
from tests.fakes import not_sent, refusal
from tests.reliability.model.bot_machine import TERMINAL
from tests.service.changes.emergency.emergencies import COMMANDER, appoint, emergency
from tests.service.changes.timed.steps import (
    TWO_HOURS,
    UNTIL_SIX,
    decided,
    notices,
    proposed,
    switched,
    timed_request,
    way_back,
)
from tests.service.harness import ServiceHarness, actor, groups, users


def failover_of(harness: ServiceHarness) -> set[bool | None]:
    return {one.failover for one in harness.api.held[CUSTOMER].values()}


async def test_after_its_time_the_bot_takes_it_back_by_a_change_of_its_own(
    harness: ServiceHarness,
) -> None:
    timed = await switched(harness)
    assert timed.started_at is not None
    assert timed.ends_at == timed.started_at + timedelta(hours=2)

    harness.clock.advance(hours=1, minutes=59, seconds=59)
    await harness.fall_due()
    assert await way_back(harness, timed) is None
    harness.clock.advance(seconds=1)
    await harness.fall_due()

    back = await way_back(harness, timed)
    assert back is not None
    assert (back.state, back.action.title) == (State.APPLIED, "FAILOVER OFF")
    assert (back.scope, back.customer, back.channel) == (
        timed.scope,
        timed.customer,
        timed.channel,
    )
    assert (back.requester, back.approvals) == (timed.requester, timed.approvals)
    assert back.preview is not None
    assert (back.preview.total, back.decision_reason) == (3, "")
    assert failover_of(harness) == {False}
    for kind in (MessageKind.CARD, MessageKind.OUTCOME):
        assert await harness.message(kind, back)
    ended = await harness.change(timed.id)
    assert (ended.ends_at, ended.end_note) == (None, f"{back.id} FAILOVER OFF is its way back.")

    harness.clock.advance(days=3)
    await harness.fall_due()
    assert await way_back(harness, timed) == back


async def test_its_entry_names_the_change_and_the_approval_that_it_rests_on(
    harness: ServiceHarness,
) -> None:
    timed = await switched(harness)
    harness.clock.advance(hours=2)
    await harness.fall_due()

    back = await way_back(harness, timed)
    assert back is not None
    entry, *_ = await harness.entries(back.id)
    assert (entry.record.kind, entry.record.actor) == ("change.proposed", "bot")
    told = entry.record.detail
    assert (told["back_of"], told["requester"]) == (timed.id, REQUESTER)
    name = await harness.look(lambda tx: requester_name(tx, back))
    assert name == f"name of {REQUESTER}"  # as people read it, not the id
    assert (told["approved_by"], told["approvals_needed"]) == ([APPROVER], 1)
    assert told["command"] == "failover off 44444"
    [first, *_] = await harness.entries(timed.id)
    assert first.record.detail["command"] == "failover on 44444 --for 2h"
    assert (await harness.trail(timed.id))[-1] == "change.back_made"


@pytest.mark.parametrize(
    ("scope", "sent"),
    [(users("a", "b"), 4), (groups("emea"), 2), (None, 2)],
    ids=["users", "groups", "everyone"],
)
@pytest.mark.parametrize("flag", Flag)
@pytest.mark.parametrize("on", [True, False])
async def test_either_flag_either_way_for_every_scope(
    harness: ServiceHarness, scope: object, sent: int, flag: Flag, on: bool
) -> None:
    wanted = {"failover": not on, "access": not on}
    everyone = [*users("a", "b", "c").addresses]
    harness.api.add(CUSTOMER, *everyone, groups=frozenset({"emea"}), **wanted)
    timed = await switched(harness, scope, UNTIL_SIX, flag=flag, on=on)
    assert (timed.state, timed.ends_at) == (State.APPLIED, UNTIL_SIX.until)

    harness.clock.advance(hours=3)
    await harness.fall_due()
    back = await way_back(harness, timed)
    assert back is not None
    assert (back.state, back.scope) == (State.APPLIED, timed.scope)
    assert {getattr(one, flag) for one in harness.api.held[CUSTOMER].values()} == {not on}
    assert len(harness.api.sent) == sent


async def test_what_failed_has_no_way_back(harness: ServiceHarness) -> None:
    harness.api.answers = [refusal()]
    timed = await switched(harness)
    assert (timed.state, timed.ends_at) == (State.FAILED, None)
    harness.clock.advance(hours=2)
    await harness.fall_due()
    assert await way_back(harness, timed) is None


async def test_what_was_applied_in_part_is_taken_back_for_the_same_users(
    harness: ServiceHarness,
) -> None:
    harness.api.answers_to = {"a@example.com": [refusal()]}
    timed = await switched(harness, users("a", "b"))
    assert timed.state is State.PARTIAL
    harness.clock.advance(hours=2)
    await harness.fall_due()
    back = await way_back(harness, timed)
    assert back is not None
    assert (back.scope, failover_of(harness)) == (timed.scope, {False})


async def test_a_newer_change_of_some_of_the_users_stays_and_both_are_told(
    harness: ServiceHarness,
) -> None:
    harness.api.add(CUSTOMER, *users("d").addresses)
    timed = await switched(harness, users("a", "b"))
    harness.clock.advance(hours=1)
    newer = await harness.executed(users("b", "d"))
    assert newer.state is State.APPLIED
    harness.clock.advance(hours=1)
    await harness.fall_due()

    assert await way_back(harness, timed) is None
    ended = await harness.change(timed.id)
    why = f"Failover off is not made by itself: {newer.id} FAILOVER ON is newer."
    assert (ended.ends_at, ended.end_note) == (None, why)
    assert await notices(harness, timed, "back-not_made") == [CHANNEL, REQUESTER]
    assert await harness.details("change.back_not_made") == [{"why": why, "newer": newer.id}]
    assert {one.failover for one in harness.api.held[CUSTOMER].values()} >= {True}


async def test_other_users_and_the_other_flag_stand_in_no_way(harness: ServiceHarness) -> None:
    harness.api.add(CUSTOMER, *users("d").addresses)
    timed = await switched(harness, users("a", "b"))
    harness.clock.advance(minutes=1)
    await harness.executed(users("d"))
    await harness.executed(users("a", "b"), flag=Flag.ACCESS, on=False)
    harness.clock.advance(hours=2)
    await harness.fall_due()
    back = await way_back(harness, timed)
    assert back is not None
    assert back.state is State.APPLIED


@pytest.mark.parametrize("on", [True, False], ids=["the_same", "the_opposite"])
async def test_one_that_nobody_has_decided_stands_in_no_way(
    harness: ServiceHarness, on: bool
) -> None:
    """Else whoever may propose would keep it alone, where the policy asks for an approval."""
    harness.api.add(CUSTOMER, *users("d").addresses)
    timed = await switched(harness)
    harness.clock.advance(hours=1, minutes=55)
    harness.api.add(CUSTOMER, *users("d").addresses, failover=False)
    waiting = await harness.previewed(users("d") if on else None, on=on)
    assert waiting.state is (State.AWAITING_CONFIRMATION if on else State.AWAITING_APPROVAL)
    await harness.propose(users("a"))  # not counted yet: there is nothing to do
    harness.clock.advance(minutes=5)
    await harness.fall_due()
    back = await way_back(harness, timed)
    assert back is not None
    assert back.state is State.APPLIED


async def test_where_somebody_took_some_back_before_the_others_are_taken_back(
    harness: ServiceHarness,
) -> None:
    timed = await switched(harness)
    harness.clock.advance(hours=1)
    one = await harness.executed(users("a"), on=False)
    assert one.state is State.APPLIED
    harness.clock.advance(hours=1)
    await harness.fall_due()
    back = await way_back(harness, timed)
    assert back is not None
    assert (back.state, failover_of(harness)) == (State.APPLIED, {False})


async def test_one_user_switched_by_one_person_alone_keeps_nobody_on(
    harness: ServiceHarness,
) -> None:
    """Two people decided that it ends for everyone; off and on for one user needs one person."""
    timed = await switched(harness)
    harness.clock.advance(hours=1)
    await harness.executed(users("a"), on=False)
    newer = await harness.executed(users("a"))
    assert (newer.state, newer.approvals) == (State.APPLIED, ())
    harness.clock.advance(hours=1)
    await harness.fall_due()
    back = await way_back(harness, timed)
    assert back is not None
    assert (back.state, failover_of(harness)) == (State.APPLIED, {False})
    assert back.decision_reason == (
        f"It also takes back {newer.id} FAILOVER ON, which is newer and had fewer approvals than "
        f"{timed.id}: propose that again where it must stay."
    )


async def test_what_a_commander_decided_alone_counts_as_decided_by_as_many(
    harness: ServiceHarness,
) -> None:
    timed = await switched(harness)
    harness.clock.advance(hours=1)
    await harness.executed(users("a"), on=False)
    newer = await emergency(harness, users("a"))
    await harness.executor.run()
    assert await harness.state(newer.id) is State.APPLIED
    harness.clock.advance(hours=1)
    await harness.fall_due()
    assert await way_back(harness, timed) is None
    assert newer.id in (await harness.change(timed.id)).end_note


async def test_one_person_alone_does_not_stop_the_end_of_an_emergency(
    harness: ServiceHarness,
) -> None:
    await appoint(harness)
    timed, _ = await propose_emergency(harness.ctx, actor(COMMANDER), timed_request())
    await harness.executor.run()
    assert (await harness.change(timed.id)).ends_at is not None
    harness.clock.advance(hours=1)
    await harness.executed(users("a"), on=False)
    await harness.executed(users("a"))
    harness.clock.advance(hours=1)
    await harness.fall_due()
    back = await way_back(harness, timed)
    assert back is not None
    assert (back.state, failover_of(harness)) == (State.APPLIED, {False})


async def test_one_person_alone_stops_no_way_back_that_waits(harness: ServiceHarness) -> None:
    timed = await switched(harness)
    harness.clock.advance(hours=1, minutes=55)
    harness.api.add(CUSTOMER, *users("d").addresses)
    await harness.released(users("d"))
    harness.api.answers = [not_sent()] * 8
    harness.clock.advance(minutes=5)
    await harness.fall_due()
    back = await way_back(harness, timed)
    assert back is not None
    assert back.state is State.APPROVED
    for _ in range(4):
        harness.clock.advance(minutes=10)
        await harness.executor.run()
    assert (await harness.state(back.id), failover_of(harness)) == (State.APPLIED, {False})


async def test_access_is_not_taken_from_one_user_whom_one_person_put_into_failover_again(
    harness: ServiceHarness,
) -> None:
    harness.api.add(CUSTOMER, *users("a", "b", "c").addresses, failover=True)
    request = Proposal(CUSTOMER, Restore(), Everyone(), "over", time_limit=TWO_HOURS)
    change, _ = await propose(harness.ctx, actor(), request)
    await harness.executor.run()
    restored = await decided(harness, await harness.change(change.id))
    assert (restored.state, len(restored.approvals)) == (State.APPLIED, 1)
    harness.clock.advance(hours=1)
    newer = await harness.executed(users("a"))
    harness.clock.advance(hours=1)
    await harness.fall_due()
    assert await way_back(harness, restored) is None
    assert newer.id in (await harness.change(restored.id)).end_note
    assert {one.access for one in harness.api.held[CUSTOMER].values()} == {True}


async def test_what_as_many_decided_stays_whoever_of_the_users_it_is_for(
    harness: ServiceHarness,
) -> None:
    harness.api.add(CUSTOMER, *users("d").addresses, groups=frozenset({"emea"}))
    timed = await switched(harness)
    harness.clock.advance(hours=1)
    await harness.executed(groups("emea"), on=False)
    newer = await harness.executed(groups("emea"))
    assert len(newer.approvals) == len(timed.approvals) == 1
    harness.clock.advance(hours=1)
    await harness.fall_due()
    assert await way_back(harness, timed) is None
    assert newer.id in (await harness.change(timed.id)).end_note


async def test_a_newer_one_that_is_decided_and_not_sent_yet_stays(harness: ServiceHarness) -> None:
    harness.api.add(CUSTOMER, *users("d").addresses)
    timed = await switched(harness, users("a", "b"))
    harness.clock.advance(hours=1, minutes=55)
    newer = await harness.released(users("b", "d"))
    assert newer.state is State.APPROVED
    harness.clock.advance(minutes=5)
    await harness.fall_due()
    assert await way_back(harness, timed) is None


async def test_somebody_takes_it_back_before_its_end_and_that_is_its_end(
    harness: ServiceHarness,
) -> None:
    timed = await switched(harness)
    harness.clock.advance(hours=1)
    off = await harness.executed(on=False)
    assert off.state is State.APPLIED
    ended = await harness.change(timed.id)
    assert (ended.ends_at, ended.end_note) == (None, f"{off.id} FAILOVER OFF took it back.")
    harness.clock.advance(hours=1)
    await harness.fall_due()
    assert await way_back(harness, timed) is None
    assert await notices(harness, timed, "back-") == []


async def test_where_some_are_taken_back_before_the_end_stays(harness: ServiceHarness) -> None:
    timed = await switched(harness, users("a", "b"))
    harness.clock.advance(hours=1)
    await harness.executed(users("a"), on=False)
    assert (await harness.change(timed.id)).ends_at == timed.ends_at


async def test_where_it_is_off_already_nothing_is_sent_and_that_is_told(
    harness: ServiceHarness,
) -> None:
    timed = await switched(harness)
    harness.api.add(CUSTOMER, *users("a", "b", "c").addresses, failover=False)
    harness.clock.advance(hours=2)
    await harness.fall_due()
    assert await way_back(harness, timed) is None
    ended = await harness.change(timed.id)
    assert ended.end_note == "Nothing was sent: failover is off for all 3 users already."
    assert await notices(harness, timed, "back-not_made") == [CHANNEL, REQUESTER]
    assert len(harness.api.sent) == 1


async def test_an_api_that_cannot_be_counted_or_reached_does_not_lose_it(
    harness: ServiceHarness,
) -> None:
    timed = await switched(harness)
    harness.clock.advance(hours=2)
    harness.api.uncounted = Ambiguous("No answer.")
    harness.api.answers = [not_sent()] * 4
    await harness.fall_due()
    back = await way_back(harness, timed)
    assert back is not None
    assert (back.state, back.postponed) == (State.APPROVED, 1)
    harness.api.uncounted = None
    for _ in range(6):
        harness.clock.advance(hours=1)
        await harness.executor.run()
    assert await harness.state(back.id) is State.APPLIED


async def test_who_asks_for_what_is_on_already_is_told_that_it_ends(
    harness: ServiceHarness,
) -> None:
    timed = await switched(harness)
    again = await harness.previewed(users("a"))
    assert again.state is State.CANCELLED
    assert again.decision_reason == (
        "Nothing to do: failover is on for this user already. "
        f"{timed.id} takes it back at {timed.ends_at:%Y-%m-%d %H:%M} UTC: press Extend or Keep below "
        "its outcome if it must stay longer."
    )
    access = await harness.previewed(users("a"), flag=Flag.ACCESS, on=False)
    assert "takes it back" not in access.decision_reason


async def test_late_it_says_so(harness: ServiceHarness) -> None:
    timed = await switched(harness)
    harness.clock.advance(hours=5)
    await harness.fall_due()
    back = await way_back(harness, timed)
    assert back is not None
    assert back.state is State.APPLIED
    assert back.decision_reason.startswith("It is made 3 h late: ")


@pytest.mark.parametrize("who", [(REQUESTER, Role.OPERATOR), (APPROVER, Role.APPROVER)])
async def test_a_right_that_was_withdrawn_meanwhile_is_told_and_holds_nothing_up(
    harness: ServiceHarness, who: tuple[str, Role]
) -> None:
    """Users would stay in failover, and what was approved covers both ways (adr/0022)."""
    timed = await switched(harness)
    subject, role = who
    command = RevokeRoleCommand(parse_subject(subject), role, CUSTOMER)
    await administer.revoke_role(harness.ctx, TERMINAL, command)
    harness.clock.advance(hours=2)
    await harness.fall_due()
    back = await way_back(harness, timed)
    assert back is not None
    assert back.state is State.APPLIED
    assert back.decision_reason.startswith(f"Somebody who asked for {timed.id} or approved it lost")


async def test_a_stricter_policy_since_holds_nothing_up(harness: ServiceHarness) -> None:
    timed = await switched(harness)
    await harness.policy(a_policy_rule(approvals=3))
    harness.clock.advance(hours=2)
    await harness.fall_due()
    back = await way_back(harness, timed)
    assert back is not None
    assert back.state is State.APPLIED


async def test_a_way_back_that_nobody_decided_is_not_executed(harness: ServiceHarness) -> None:
    """The row of the timed change, which somebody altered by hand, contradicts the trail."""
    timed = await switched(harness)
    harness.clock.advance(hours=2)
    harness.rewritten = True
    forged = timed.revised(requester="U0STRANGER")
    await harness.store.write(lambda tx: tx.save_change(forged))
    await harness.fall_due()
    assert await way_back(harness, timed) is None
    assert "contradicts" in (await harness.change(timed.id)).end_note
    assert len(harness.api.sent) == 1


async def test_one_that_comes_after_the_way_back_was_proposed_stops_it(
    harness: ServiceHarness,
) -> None:
    timed = await switched(harness)
    harness.clock.advance(hours=2)
    harness.api.add(CUSTOMER, *users("d").addresses)
    harness.api.answers = [not_sent()] * 4
    await harness.fall_due()
    back = await way_back(harness, timed)
    assert back is not None
    assert back.state is State.APPROVED
    newer = await harness.released()
    harness.clock.advance(minutes=10)
    await harness.executor.run()
    stopped = await harness.change(back.id)
    assert stopped.state is State.CANCELLED
    assert newer.id in stopped.decision_reason
    assert await harness.state(newer.id) is State.APPLIED


async def test_deadlines_stand_as_long_as_it_is_on(harness: ServiceHarness) -> None:
    kinds = (DeadlineKind.WAY_BACK, DeadlineKind.WARN_BACK, DeadlineKind.COUNT_DOWN)
    waiting = await proposed(harness, None, UNTIL_SIX)

    async def due() -> list[object]:
        keys = [end_key(kind, waiting.id) for kind in kinds]
        found = await harness.look(lambda tx: [tx.deadline(key) for key in keys])
        return [one and one.due_at for one in found]

    assert await due() == [None] * 3
    await decided(harness, waiting)
    end = UNTIL_SIX.until
    assert end is not None
    assert await due() == [end, end - timedelta(minutes=15), end - timedelta(hours=2)]
    harness.clock.advance(hours=3)
    await harness.fall_due()
    assert await due() == [None] * 3


@pytest.mark.parametrize("early", [timedelta(hours=-1), None], ids=["altered", "deleted"])
async def test_a_deadline_that_somebody_altered_takes_nothing_back_early_and_is_found(
    harness: ServiceHarness, early: timedelta | None
) -> None:
    timed = await switched(harness)
    assert timed.ends_at is not None
    deadline = Deadline(
        end_key(DeadlineKind.WAY_BACK, timed.id), DeadlineKind.WAY_BACK, timed.ends_at, timed.id
    )

    def by_hand(tx: Transaction) -> None:
        tx.remove_deadline(deadline.key)
        if early:
            tx.put_deadline(replace(deadline, due_at=deadline.due_at + early))

    assert (await verify_trail(harness.store)).differences.first == []
    await harness.store.write(by_hand)
    [found] = (await verify_trail(harness.store)).differences.first
    end = f"{timed.ends_at:%Y-%m-%d %H:%M} UTC"
    assert (
        found == f"{timed.id}: it is taken back at {end}, and the table deadlines does not say so"
    )
    harness.clock.advance(hours=1, minutes=30)
    await harness.fall_due()
    assert await way_back(harness, timed) is None
    if early is None:
        await check_deadlines(harness.ctx)
    assert await harness.look(lambda tx: tx.deadline(deadline.key)) == deadline
    assert (await verify_trail(harness.store)).differences.first == []


@pytest.mark.parametrize("kind", [DeadlineKind.WAY_BACK, DeadlineKind.WARN_BACK])
@pytest.mark.parametrize("late", [timedelta(hours=5), None], ids=["later", "deleted"])
async def test_deadlines_that_somebody_deleted_or_put_later_are_put_right_and_recorded(
    harness: ServiceHarness, kind: DeadlineKind, late: timedelta | None
) -> None:
    timed = await switched(harness, users("a"))
    other = await switched(harness, users("b"))
    right = await harness.look(lambda tx: tx.deadline(end_key(kind, timed.id)))
    assert right is not None

    def by_hand(tx: Transaction) -> None:
        tx.remove_deadline(right.key)
        if late:
            tx.put_deadline(replace(right, due_at=right.due_at + late))

    await harness.store.write(by_hand)
    for _ in range(2):  # the second time nothing is wrong
        await check_deadlines(harness.ctx)
    assert await harness.look(lambda tx: tx.deadline(right.key)) == right
    [told] = await harness.details("trail.contradicted")
    assert told["due"] == {kind.value: right.due_at.isoformat()}
    assert "trail.contradicted" not in await harness.trail(other.id)
    harness.clock.advance(hours=2)
    await harness.fall_due()
    back = await way_back(harness, timed)
    assert back is not None
    assert back.state is State.APPLIED
    await check_deadlines(harness.ctx)
    assert len(await harness.details("trail.contradicted")) == 1


async def test_what_was_told_is_not_put_anew_after_a_clock_step(harness: ServiceHarness) -> None:
    await switched(harness)
    harness.clock.advance(hours=1, minutes=46)
    await harness.fall_due()
    harness.clock.advance(hours=-1)
    await check_deadlines(harness.ctx)
    assert await harness.details("trail.contradicted") == []


async def test_deadlines_are_compared_every_hour(harness: ServiceHarness) -> None:
    timed = await switched(harness)
    key = end_key(DeadlineKind.WAY_BACK, timed.id)
    looked = 0

    async def sleep(seconds: float) -> None:
        nonlocal looked
        looked += 1
        assert seconds == 3600
        assert await harness.look(lambda tx: tx.deadline(key)) is not None
        await harness.store.write(lambda tx: tx.remove_deadline(key))
        if looked == 3:
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await check_every_hour(replace(harness.ctx, sleep=sleep))
    assert len(await harness.details("trail.contradicted")) == 2
    await check_deadlines(harness.ctx)


async def test_fifteen_minutes_before_channel_and_requester_are_told_once(
    harness: ServiceHarness,
) -> None:
    timed = await switched(harness)
    harness.clock.advance(hours=1, minutes=44, seconds=59)
    await harness.fall_due()
    assert await notices(harness, timed, "back-soon") == []
    for seconds in (1, 60, -3600, 3700):  # an hour back, and forth
        harness.clock.advance(seconds=seconds)
        await harness.fall_due()
        assert await notices(harness, timed, "back-soon") == [CHANNEL, REQUESTER]


async def test_one_that_is_so_short_is_announced_by_its_outcome_alone(
    harness: ServiceHarness,
) -> None:
    timed = await switched(harness, limit=TimeLimit(lasts=timedelta(minutes=5)))
    harness.clock.advance(seconds=1)
    await harness.fall_due()
    assert await notices(harness, timed, "back-soon") == []


async def test_the_outcome_counts_down_in_steps(harness: ServiceHarness) -> None:
    timed = await switched(harness)
    told = list[int]()
    for minute in range(120):
        before = (await harness.change(timed.id)).revision
        await harness.fall_due()
        if (await harness.change(timed.id)).revision > before:
            told.append(120 - minute)
        harness.clock.advance(minutes=1)
    assert told == [90, 60, 30, 15, 10, 5]


async def test_clock_steps_of_an_hour_make_it_once(harness: ServiceHarness) -> None:
    timed = await switched(harness)
    harness.clock.advance(hours=1, minutes=30)
    harness.clock.advance(hours=-1)
    await harness.fall_due()
    assert await way_back(harness, timed) is None
    harness.clock.advance(hours=1)
    harness.clock.advance(hours=1)
    await harness.fall_due()
    back = await way_back(harness, timed)
    assert back is not None
    harness.clock.advance(hours=-1)
    await harness.fall_due()
    harness.clock.advance(hours=2)
    await harness.fall_due()
    assert await way_back(harness, timed) == await harness.change(back.id)
    assert len(harness.api.sent) == 2


async def test_until_a_time_that_came_before_it_could_start_nothing_is_sent(
    harness: ServiceHarness,
) -> None:
    change = await proposed(harness, None, TimeLimit(until=NOW + timedelta(minutes=10)))
    await decide.approve(harness.ctx, actor(APPROVER), change.id, change.preview_revision)
    harness.clock.advance(minutes=11)
    await harness.executor.run()
    after = await harness.change(change.id)
    assert after.state is State.CANCELLED
    assert after.decision_reason == "Not executed: the time until which it was to hold is past."
    assert harness.api.sent == []


async def test_once_it_is_past_nobody_can_approve_it(harness: ServiceHarness) -> None:
    change = await proposed(harness, None, TimeLimit(until=NOW + timedelta(minutes=10)))
    harness.clock.advance(minutes=10)
    with pytest.raises(Conflict, match=r"is past\. Propose it with another one"):
        await decided(harness, change)
