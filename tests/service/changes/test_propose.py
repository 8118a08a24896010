"""A proposal: allowed, not there already, with the approvals that the policy asks for."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.change import Change
from bot.domain.change_state import OPEN, State
from bot.domain.policy import MAX_APPROVALS
from bot.domain.roles import Role
from bot.domain.scope import Everyone, Flag, Scope
from bot.errors import NotAllowed
from bot.ports import Channel, MessageKind
from bot.service.changes.propose import propose
from tests.builders import (
    ADMIN,
    CHANNEL,
    CUSTOMER,
    NOW,
    OTHER_CUSTOMER,
    REQUESTER,
    a_change,
    a_grant,
    a_policy_rule,
    a_record,
)
from tests.service.harness import ServiceHarness, actor, groups, many, request, users

HALF_AN_HOUR = timedelta(minutes=30)
FINAL = [state for state in State if state not in OPEN]


async def test_a_proposal_is_a_change_with_its_card_in_the_outbox(harness: ServiceHarness) -> None:
    change, new = await propose(harness.ctx, actor(), request())

    assert new
    assert await harness.change(change.id) == change
    assert (change.requester, change.channel, change.reason) == (
        REQUESTER,
        CHANNEL,
        "Exchange down",
    )
    assert (change.created_at, change.deadline) == (NOW, NOW + HALF_AN_HOUR)
    assert (change.revision, change.preview, change.terminal) == (1, None, None)
    for kind, there in ((MessageKind.CARD, 1), (MessageKind.TIMELINE, 1), (MessageKind.OUTCOME, 0)):
        assert bool(await harness.message(kind, change)) == bool(there)
    assert harness.rung == {"executor": 1, "publisher": 1}
    assert harness.api.asked == harness.api.sent == []


async def test_the_card_waits_a_second_for_the_count_and_no_longer(
    harness: ServiceHarness,
) -> None:
    """A phone shows the text of the post, and of no update."""
    change, _ = await propose(harness.ctx, actor(), request())

    async def due_after(seconds: float) -> list[str]:
        now = NOW + timedelta(seconds=seconds)
        return [one.key for one in await harness.look(lambda tx: tx.due_messages(now))]

    assert await due_after(0.9) == []
    assert await due_after(1) == [f"card:{change.id}"]
    await harness.executor.run()
    assert await due_after(0) == [f"card:{change.id}"]


async def test_a_proposal_is_recorded_so_that_it_can_be_read_in_a_year(
    harness: ServiceHarness,
) -> None:
    await harness.store.write(lambda tx: tx.name_customer(CUSTOMER, "Acme GmbH"))
    change, _ = await propose(harness.ctx, actor(), request(groups("emea", "south west")))

    (entry,) = await harness.entries()
    record = entry.record
    assert (record.kind, record.actor, record.actor_name) == (
        "change.proposed",
        REQUESTER,
        f"name of {REQUESTER}",
    )
    assert (record.customer, record.change_id, record.channel) == (CUSTOMER, change.id, CHANNEL)
    assert record.detail == {
        "command": 'failover on 44444 --group emea --group "south west"',
        "customer_name": "Acme GmbH",
        "channel_name": "name-of-c0incident",
        "reason": "Exchange down",
        "rows": f"{REQUESTER} operator 44444 granted by {ADMIN}; "
        f"{CHANNEL} incident 44444 granted by {ADMIN}",
        "policy": "default: one approval by somebody else",
        "approvals_needed": 1,
    }


async def test_where_the_bot_is_not_in_the_channel_nobody_could_read_the_card(
    harness: ServiceHarness,
) -> None:
    harness.directory.places[CHANNEL] = Channel(
        CHANNEL, "incident", shared_outside=False, bot_is_member=False
    )
    with pytest.raises(NotAllowed, match="Invite me with /invite"):
        await propose(harness.ctx, actor(), request())
    assert await harness.trail() == ["refused"]
    assert await harness.look(lambda tx: tx.changes()) == []


@pytest.mark.parametrize("user", [REQUESTER, ADMIN])
async def test_the_same_wish_twice_is_the_same_change(harness: ServiceHarness, user: str) -> None:
    first, _ = await propose(harness.ctx, actor(), request())
    again, new = await propose(harness.ctx, actor(user), request(reason="told twice"))
    assert (again, new) == (first, False)
    assert await harness.trail() == ["change.proposed"]


@pytest.mark.parametrize("state", sorted(OPEN))
async def test_the_same_wish_is_found_whatever_it_waits_for(
    harness: ServiceHarness, state: State
) -> None:
    await harness.put(a_change(state=state))
    again, new = await propose(harness.ctx, actor(), request())
    assert (again.id, new) == ("C-7K3MX", False)


@pytest.mark.parametrize("state", FINAL)
async def test_what_has_ended_is_proposed_anew(harness: ServiceHarness, state: State) -> None:
    await harness.put(a_change(state=state))
    again, new = await propose(harness.ctx, actor(), request())
    assert new
    assert again.id != "C-7K3MX"


@pytest.mark.parametrize("over", [{"on": False}, {"flag": Flag.ACCESS}, {"scope": users("a")}])
async def test_another_wish_is_another_change(
    harness: ServiceHarness, over: dict[str, Any]
) -> None:
    await harness.put(a_change())
    _, new = await propose(harness.ctx, actor(), request(**over))
    assert new


async def test_the_wish_for_another_customer_is_another_change(harness: ServiceHarness) -> None:
    await harness.put(a_change(customer=OTHER_CUSTOMER))
    _, new = await propose(harness.ctx, actor(), request())
    assert new


@pytest.mark.parametrize("state", sorted(OPEN))
async def test_one_that_is_about_to_expire_is_proposed_anew(
    harness: ServiceHarness, state: State
) -> None:
    """The executor has not come round yet; what has started does not expire."""
    await harness.put(a_change(state=state))
    harness.clock.at = NOW + HALF_AN_HOUR
    _, new = await propose(harness.ctx, actor(), request())
    assert new is (state not in (State.EXECUTING, State.ACCEPTED, State.UNKNOWN))


async def test_an_id_that_is_taken_is_not_given_twice(harness: ServiceHarness) -> None:
    await harness.put(a_change(id="C-00001", state=State.APPLIED))
    given = iter(["C-00001", "C-00002"])
    change, _ = await propose(replace(harness.ctx, new_id=lambda: next(given)), actor(), request())
    assert change.id == "C-00002"


async def test_an_id_that_the_trail_alone_knows_is_not_given(harness: ServiceHarness) -> None:
    """Its row was deleted by hand: the old entries would contradict the new change."""
    await harness.store.write(lambda tx: tx.record(a_record(change_id="C-00001")))
    harness.rewritten = True
    given = iter(["C-00001", "C-00002"])
    change, _ = await propose(replace(harness.ctx, new_id=lambda: next(given)), actor(), request())
    assert change.id == "C-00002"


@pytest.mark.parametrize(
    ("scope", "approvals"),
    [
        (Everyone(), 1),
        (groups("emea"), 1),
        (users("a"), 0),
        (many(10), 0),
        (many(11), 1),
    ],
)
async def test_a_few_named_users_are_confirmed_and_the_rest_is_approved(
    harness: ServiceHarness, scope: Scope, approvals: int
) -> None:
    change, _ = await propose(harness.ctx, actor(), request(scope))
    assert change.approvals_needed == approvals
    awaiting = State.AWAITING_APPROVAL if approvals else State.AWAITING_CONFIRMATION
    assert change.state is awaiting
    assert change.policy.startswith("default: ")


def before(number: int, **over: Any) -> Change:
    """Return an earlier change of so many users by the same requester."""
    fields: dict[str, Any] = {"id": "C-BEFOR", "scope": many(number, 100), "state": State.APPLIED}
    fields["started_at"] = NOW
    return a_change(**(fields | over))


@pytest.mark.parametrize(
    ("earlier", "approvals"),
    [
        (before(45), 0),
        (before(46), 1),
        (before(46, state=State.PARTIAL), 1),
        (before(46, state=State.AWAITING_APPROVAL, started_at=None), 1),
        (before(46, state=State.APPROVED, started_at=None), 1),
        (before(46, state=State.DENIED, started_at=None), 0),
        (before(46, state=State.CANCELLED, started_at=None), 0),
        (before(46, state=State.CANCELLED), 1),  # an attempt was made before
        (before(46, state=State.EXPIRED, started_at=None), 0),
        (before(46, requester="U0OTHER"), 0),
        (before(46, created_at=NOW - timedelta(hours=9)), 1),  # by its execution
        (before(46, started_at=NOW - timedelta(hours=1)), 1),
        (before(46, started_at=NOW - timedelta(hours=1, microseconds=1)), 0),
        (before(46, scope=Everyone()), 0),  # of named users the hour is counted
    ],
)
async def test_after_fifty_users_within_the_hour_somebody_else_approves(
    harness: ServiceHarness, earlier: Change, approvals: int
) -> None:
    await harness.put(earlier)
    change, _ = await propose(harness.ctx, actor(), request(many(5)))
    assert change.approvals_needed == approvals
    if approvals:
        assert change.policy == "default: 51 users within the hour, more than 50"


@pytest.mark.parametrize("approvals", [0, 1, 2, MAX_APPROVALS])
@pytest.mark.parametrize("scope", [Everyone(), users("a")])
async def test_the_policy_table_overrides(
    harness: ServiceHarness, scope: Scope, approvals: int
) -> None:
    await harness.policy(a_policy_rule(approvals=approvals))
    change, _ = await propose(harness.ctx, actor(), request(scope))
    assert change.approvals_needed == approvals
    assert (change.state is State.AWAITING_CONFIRMATION) is (approvals == 0)
    assert change.policy == (
        f"policy 44444 * *: {approvals}, set by operator@jump1 on {NOW:%Y-%m-%d}"
    )


async def test_a_change_proposed_before_keeps_its_policy_until_it_is_decided_on(
    harness: ServiceHarness,
) -> None:
    change, _ = await propose(harness.ctx, actor(), request())
    await harness.policy(a_policy_rule(approvals=3))
    assert (await harness.change(change.id)).approvals_needed == 1


async def test_an_admin_proposes_too(harness: ServiceHarness) -> None:
    await harness.grant(a_grant("U0OTHERADMIN", Role.ADMIN))
    _, new = await propose(harness.ctx, actor("U0OTHERADMIN"), request())
    assert new
