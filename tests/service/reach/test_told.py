"""Who is told of a change that waits for an approval, in which order, and once."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta
from typing import Any

import pytest

from bot.domain.change import Change
from bot.domain.change_state import State
from bot.domain.deadline import Deadline
from bot.domain.notify import DEFAULT, Circle, QuietHours, Step
from bot.domain.page import PageState
from bot.domain.roles import Role
from bot.domain.scope import Flag
from bot.ports import MessageKind, Person, Transaction, message_key
from bot.service.changes import decide
from bot.service.changes.stale_preview import ask_again
from bot.service.people_told import remind_key
from bot.service.reach.looking import looking
from bot.service.reach.remind import on_deadline
from tests.builders import (
    ADMIN,
    APPROVER,
    CUSTOMER,
    NOW,
    REQUESTER,
    a_grant,
    a_policy_rule,
    a_subject,
)
from tests.service.harness import SECOND, ServiceHarness, actor, users

MINUTE = timedelta(minutes=1)
CANONICAL = "W0SECOND"


async def told(harness: ServiceHarness, change: Change) -> list[str]:
    """Who was told, in the order in which the card names them."""
    rows = await harness.look(lambda tx: tx.recipients(change.id))
    return [one.person for one in sorted(rows, key=lambda one: (one.circle, one.told_at))]


async def keys(harness: ServiceHarness, change: Change, kind: MessageKind) -> set[str]:
    """What is enqueued of this kind, without the id of the change."""
    begin = f"{kind}:{change.id}:"
    found = await harness.look(lambda tx: tx.message_keys(change.id))
    return {one.removeprefix(begin) for one in found if one.startswith(begin)}


async def due(harness: ServiceHarness, change: Change) -> timedelta | None:
    """After how long the next people are told or reminded."""
    found = await harness.look(lambda tx: tx.deadline(remind_key(change.id)))
    return found.due_at - change.created_at if found else None


async def fire(harness: ServiceHarness, change: Change) -> None:
    """Do what the deadline of the change asks for, as the leader does, at the time of the clock."""
    deadline = await harness.look(lambda tx: tx.deadline(remind_key(change.id)))
    assert deadline is not None
    await do(harness, deadline)


async def do(harness: ServiceHarness, deadline: Deadline) -> None:
    step = await on_deadline(harness.ctx, deadline)

    def once(tx: Transaction) -> None:
        if tx.deadline(deadline.key) == deadline:
            tx.remove_deadline(deadline.key)
            step(tx)

    await harness.store.write(once)


async def at(harness: ServiceHarness, change: Change, minutes: int) -> None:
    """Fire the deadline, which is due so many minutes after the proposal."""
    assert await due(harness, change) == minutes * MINUTE
    harness.clock.at = change.created_at + minutes * MINUTE
    await fire(harness, change)


async def pages(harness: ServiceHarness, change: Change) -> dict[str, PageState]:
    rows = await harness.look(lambda tx: tx.pages(change.id))
    return {one.pager: one.wanted for one in rows}


async def put_rule(harness: ServiceHarness, **over: Any) -> None:
    """Write the customer's rule: the default, with other fields."""
    rule = replace(DEFAULT, customer=CUSTOMER, set_by="root@jump1", set_at=NOW, **over)
    await harness.store.write(lambda tx: tx.put_notify_rule(rule))


async def revoke(harness: ServiceHarness, *people: str) -> None:
    def step(tx: Transaction) -> None:
        for one in people:
            assert tx.remove_grant(a_subject(one), Role.APPROVER, CUSTOMER)

    await harness.store.write(step)


async def approve(harness: ServiceHarness, change: Change) -> None:
    await decide.approve(harness.ctx, actor(APPROVER), change.id, change.preview_revision)


async def test_who_may_approve_is_told_and_the_active_ones_are_named_first(
    harness: ServiceHarness,
) -> None:
    harness.directory.active = {SECOND}
    change = await harness.propose()
    assert await told(harness, change) == [SECOND, APPROVER]
    assert await keys(harness, change, MessageKind.DIRECT) == {SECOND, APPROVER}
    assert await due(harness, change) == 5 * MINUTE


async def test_nobody_is_told_of_what_the_requester_confirms(harness: ServiceHarness) -> None:
    change = await harness.propose(users("a"))
    assert change.state is State.AWAITING_CONFIRMATION
    assert await told(harness, change) == []
    assert await due(harness, change) is None


async def test_neither_the_requester_nor_whom_slack_bars_is_told(harness: ServiceHarness) -> None:
    await harness.grant(a_grant(REQUESTER, Role.APPROVER))
    harness.directory.people[SECOND] = Person(SECOND, "gone", "the account is deactivated")
    change = await harness.propose()
    assert await told(harness, change) == [APPROVER]


GUEST = "guests may not"


async def test_who_is_a_guest_by_now_is_neither_told_nor_reminded(harness: ServiceHarness) -> None:
    change = await harness.propose()
    harness.directory.people |= {one: Person(one, one, GUEST) for one in (SECOND, ADMIN)}
    for minutes in (5, 15):
        await at(harness, change, minutes)
    reminded = await keys(harness, change, MessageKind.NOTICE)
    assert reminded == {f"remind-5:{APPROVER}", f"remind-15:{APPROVER}"}
    assert await told(harness, change) == [APPROVER, SECOND]  # before they were a guest


async def test_where_slack_does_not_answer_its_answer_of_the_last_day_counts(
    harness: ServiceHarness,
) -> None:
    harness.directory.told_before = {SECOND: Person(SECOND, "second", GUEST)}
    harness.directory.unknown = {APPROVER, SECOND}
    assert await told(harness, await harness.propose()) == [APPROVER]


async def test_beyond_those_who_are_asked_about_slacks_earlier_answer_counts(
    harness: ServiceHarness,
) -> None:
    many = [f"U0MANY{number:02}" for number in range(30)]
    await harness.grant(*(a_grant(one, Role.APPROVER) for one in many))
    before = {one: Person(one, one, GUEST) for one in many[:10]}
    harness.directory.told_before = before
    harness.directory.people |= before | {many[20]: Person(many[20], "late", GUEST)}
    reached = await told(harness, await harness.propose())
    assert [one for one in many if one not in reached] == [*many[:10], many[20]]


async def test_a_person_with_two_ids_is_told_once(harness: ServiceHarness) -> None:
    """Slack answers to both with one of them."""
    await harness.grant(a_grant(CANONICAL, Role.APPROVER))
    both = Person(CANONICAL, "second", others=frozenset({SECOND}))
    harness.directory.people |= {SECOND: both, CANONICAL: both}
    change = await harness.propose()
    assert await told(harness, change) == [APPROVER, CANONICAL]
    for minutes in (5, 15):
        await at(harness, change, minutes)
    assert await told(harness, change) == [APPROVER, CANONICAL, ADMIN]


async def test_the_requester_under_another_id_is_not_told(harness: ServiceHarness) -> None:
    await harness.grant(a_grant("W0OPERATOR", Role.APPROVER))
    harness.directory.people["W0OPERATOR"] = Person(REQUESTER, "operator")
    assert await told(harness, await harness.propose()) == [APPROVER, SECOND]


async def test_without_an_answer_of_slack_the_role_rows_decide(harness: ServiceHarness) -> None:
    harness.directory.unknown = {APPROVER, SECOND}
    assert await told(harness, await harness.propose()) == [APPROVER, SECOND]


async def test_where_the_admins_alone_approve_they_are_told_at_once(
    harness: ServiceHarness,
) -> None:
    await revoke(harness, APPROVER, SECOND)
    change = await harness.propose()
    assert await told(harness, change) == [ADMIN]


async def test_reminders_go_to_those_who_have_not_looked_and_then_the_admins_are_told(
    harness: ServiceHarness,
) -> None:
    change = await harness.propose()
    await at(harness, change, 5)
    everybody = {f"remind-5:{one}" for one in (APPROVER, SECOND)}
    assert await keys(harness, change, MessageKind.NOTICE) == everybody
    await harness.store.write(lambda tx: tx.mark_looked(change.id, [SECOND], harness.clock.now()))
    await at(harness, change, 15)
    later = everybody | {f"remind-15:{APPROVER}"}
    assert await keys(harness, change, MessageKind.NOTICE) == later
    assert await told(harness, change) == [APPROVER, SECOND, ADMIN]
    assert ADMIN in await keys(harness, change, MessageKind.DIRECT)
    assert (await harness.change(change.id)).revision > change.revision  # the card names them
    await at(harness, change, 25)
    last = later | {f"remind-25:{one}" for one in (APPROVER, ADMIN)}
    assert await keys(harness, change, MessageKind.NOTICE) == last
    assert await due(harness, change) is None


async def test_whoever_gave_their_approval_is_not_reminded(harness: ServiceHarness) -> None:
    await harness.policy(a_policy_rule())
    change = await harness.previewed()
    await approve(harness, change)
    await at(harness, change, 5)
    assert await keys(harness, change, MessageKind.NOTICE) == {f"remind-5:{SECOND}"}


async def test_whoever_lost_the_right_is_not_reminded(harness: ServiceHarness) -> None:
    change = await harness.propose()
    await revoke(harness, SECOND)
    await at(harness, change, 5)
    assert await keys(harness, change, MessageKind.NOTICE) == {f"remind-5:{APPROVER}"}


async def test_after_a_pause_of_the_bot_the_last_reminder_alone_is_sent(
    harness: ServiceHarness,
) -> None:
    change = await harness.propose()
    harness.clock.advance(minutes=16)
    await fire(harness, change)
    assert await keys(harness, change, MessageKind.NOTICE) == {
        f"remind-15:{one}" for one in (APPROVER, SECOND)
    }
    assert await due(harness, change) == 25 * MINUTE


@pytest.mark.parametrize("hours", [1, -1])
async def test_after_a_clock_step_of_an_hour_nobody_is_told_twice(
    harness: ServiceHarness, hours: int
) -> None:
    change = await harness.propose()
    await at(harness, change, 5)
    seen = await harness.look(lambda tx: tx.message_keys(change.id))
    harness.clock.advance(hours=hours)
    left = await harness.look(lambda tx: tx.due_deadlines(harness.clock.now()))
    for deadline in left:  # of a change that is over by now
        await do(harness, deadline)
    harness.clock.advance(hours=-hours)
    assert await harness.look(lambda tx: tx.message_keys(change.id)) == seen


async def test_two_leaders_fire_a_deadline_once(harness: ServiceHarness) -> None:
    """The second one finds it gone: its step does nothing."""
    change = await harness.propose()
    deadline = await harness.look(lambda tx: tx.deadline(remind_key(change.id)))
    assert deadline is not None
    harness.clock.advance(minutes=5)
    steps = [await on_deadline(harness.ctx, deadline) for _ in range(2)]
    await do(harness, deadline)
    rows = await harness.look(lambda tx: tx.recipients(change.id))
    await do(harness, deadline)
    assert await harness.look(lambda tx: tx.recipients(change.id)) == rows
    assert len(steps) == 2
    assert await due(harness, change) == 15 * MINUTE


@pytest.mark.parametrize("end", ["approved", "withdrawn", "expired"])
async def test_the_reminders_end_with_the_decision(harness: ServiceHarness, end: str) -> None:
    change = await harness.previewed()
    deadline = await harness.look(lambda tx: tx.deadline(remind_key(change.id)))
    assert deadline is not None
    if end == "approved":
        await approve(harness, change)
    elif end == "withdrawn":
        await decide.cancel(harness.ctx, actor(), change.id)
    else:
        harness.clock.advance(minutes=31)
        await harness.work()
    assert await due(harness, change) is None
    await do(harness, deadline)
    assert await keys(harness, change, MessageKind.NOTICE) == (
        {f"ended-{(await harness.change(change.id)).revision}:{REQUESTER}"}
        if end == "expired"
        else set()
    )


async def test_they_begin_anew_where_a_change_goes_back_to_its_approvers(
    harness: ServiceHarness,
) -> None:
    change = await harness.previewed()
    await approve(harness, change)
    await harness.store.write(lambda tx: tx.mark_looked(change.id, [SECOND], harness.clock.now()))
    harness.clock.advance(minutes=10)
    asked_at = harness.clock.now()

    def step(tx: Transaction) -> None:
        current = tx.change(change.id)
        assert current is not None
        ask_again(tx, harness.ctx, current, "Other numbers.")

    await harness.store.write(step)
    await fire(harness, change)
    number = int(asked_at.timestamp())
    assert await keys(harness, change, MessageKind.NOTICE) == {
        f"again-{number}:{one}" for one in (APPROVER, SECOND)
    }
    rows = await harness.look(lambda tx: tx.recipients(change.id))
    assert [one.looked_at for one in rows] == [None, None]
    harness.clock.advance(minutes=5)
    await fire(harness, change)
    reminders = {f"remind-5-{number}:{one}" for one in (APPROVER, SECOND)}
    assert reminders <= await keys(harness, change, MessageKind.NOTICE)


async def test_of_a_change_that_is_stopped_at_its_first_count_nobody_is_told(
    harness: ServiceHarness,
) -> None:
    """Its direct messages are removed together with its card."""
    harness.api.held.pop(CUSTOMER)
    change = await harness.propose()
    await harness.executor.run()
    assert (await harness.change(change.id)).is_pointless
    key = message_key(MessageKind.DIRECT, change.id, person=APPROVER)
    row = await harness.look(lambda tx: tx.message(key))
    assert row is not None
    assert row.removed
    assert await keys(harness, change, MessageKind.NOTICE) == set()


async def test_the_rule_of_the_customer_says_whom_and_when(harness: ServiceHarness) -> None:
    steps = (Step(2 * MINUTE, Circle.ADMINS), Step(4 * MINUTE, Circle.APPROVERS))
    await put_rule(harness, steps=steps, reminders=())
    change = await harness.propose()
    assert await told(harness, change) == []
    await at(harness, change, 2)
    assert await told(harness, change) == [ADMIN]
    await at(harness, change, 4)
    assert await told(harness, change) == [ADMIN, APPROVER, SECOND]
    assert await due(harness, change) is None


async def test_in_quiet_hours_the_pager_alone_is_told_and_people_when_they_are_over(
    harness: ServiceHarness,
) -> None:
    until = (harness.clock.now() + 10 * MINUTE).time()
    await put_rule(harness, quiet=QuietHours(time(22), until, "UTC"))
    harness.ctx = replace(harness.ctx, pagers=("pagerduty",))
    change = await harness.propose()
    assert await told(harness, change) == []
    assert await pages(harness, change) == {"pagerduty": PageState.TRIGGERED}
    await at(harness, change, 5)
    assert await keys(harness, change, MessageKind.NOTICE) == set()
    await at(harness, change, 15)
    assert await told(harness, change) == [APPROVER, SECOND, ADMIN]


async def test_where_no_pager_takes_the_page_people_are_told_in_quiet_hours(
    harness: ServiceHarness,
) -> None:
    await put_rule(harness, quiet=QuietHours(time(0), time(23, 59), "UTC"))
    harness.ctx = replace(harness.ctx, pagers=("pagerduty", "webhook"))
    change = await harness.propose()

    async def failed(pager: str, error: str) -> None:
        def step(tx: Transaction) -> None:
            row = next(one for one in tx.pages(change.id) if one.pager == pager)
            tx.save_page(replace(row, error=error))

        await harness.store.write(step)

    await failed("pagerduty", "It cannot be reached.")
    await at(harness, change, 5)
    assert await told(harness, change) == []
    await failed("webhook", "It answered 500.")
    await at(harness, change, 15)
    assert await told(harness, change) == [APPROVER, SECOND, ADMIN]


async def test_quiet_hours_do_not_count_where_no_pager_is_configured(
    harness: ServiceHarness,
) -> None:
    await put_rule(harness, quiet=QuietHours(time(0), time(23, 59), "UTC"))
    change = await harness.propose()
    assert await told(harness, change) == [APPROVER, SECOND]
    assert await pages(harness, change) == {}


async def test_pages_are_acknowledged_by_a_look_or_a_decision_and_resolved_at_the_end(
    harness: ServiceHarness,
) -> None:
    harness.ctx = replace(harness.ctx, pagers=("pagerduty",))
    change = await harness.previewed()
    await looking(harness.ctx, actor(APPROVER), change.id)
    assert await pages(harness, change) == {"pagerduty": PageState.ACKNOWLEDGED}
    other = await harness.previewed(on=False, flag=Flag.ACCESS)
    await approve(harness, other)
    assert await pages(harness, other) == {"pagerduty": PageState.ACKNOWLEDGED}
    await decide.deny(harness.ctx, actor(APPROVER), change.id, "no")
    assert await pages(harness, change) == {"pagerduty": PageState.RESOLVED}
