"""Confirm and approve: who may, on which card, how often, until when."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.actor import Actor
from bot.domain.change import Change
from bot.domain.change_state import AWAITING, State
from bot.domain.preview import Preview
from bot.domain.roles import Role
from bot.errors import Conflict, NotAllowed
from bot.ports import MessageKind
from bot.service.changes import decide
from tests.builders import (
    ADMIN,
    APPROVER,
    CHANNEL,
    CUSTOMER,
    NOW,
    REQUESTER,
    a_change,
    a_grant,
    a_policy_rule,
)
from tests.service.harness import SECOND, STRANGER, ServiceHarness, actor, users

HALF_AN_HOUR = timedelta(minutes=30)


async def approve(harness: ServiceHarness, change: Change, user: str = APPROVER) -> Change:
    return await decide.approve(harness.ctx, actor(user), change.id, change.preview_revision)


async def confirm(harness: ServiceHarness, change: Change, user: str = REQUESTER) -> Change:
    return await decide.confirm(harness.ctx, actor(user), change.id, change.preview_revision)


async def waiting(harness: ServiceHarness, **over: object) -> Change:
    """Write a change that has its preview and waits for one approval."""
    seen = Preview(NOW, total=3, already=0, access_off=1, not_activated=2)
    change = a_change(preview=seen, preview_revision=2, **over)
    await harness.put(change)
    return change


async def test_the_requester_confirms_where_no_approval_is_needed(harness: ServiceHarness) -> None:
    change = await harness.previewed(users("a"))
    harness.clock.advance(minutes=29)
    done = await confirm(harness, change)

    assert (done.state, done.decided_by, done.decided_at) == (
        State.APPROVED,
        REQUESTER,
        harness.clock.at,
    )
    assert done.deadline == harness.clock.at + HALF_AN_HOUR  # it must start within this
    assert done.approvals == ()
    (entry,) = await harness.details("change.confirmed")
    assert entry["rows"].startswith(f"{REQUESTER} operator {CUSTOMER} granted by")


@pytest.mark.parametrize("user", [APPROVER, ADMIN, STRANGER])
async def test_nobody_else_confirms(harness: ServiceHarness, user: str) -> None:
    change = await harness.previewed(users("a"))
    with pytest.raises(NotAllowed, match="Only the requester confirms this change"):
        await confirm(harness, change, user)
    assert await harness.change(change.id) == change
    assert (await harness.trail(change.id))[-1] == "refused"


async def test_confirming_does_not_stand_for_an_approval(harness: ServiceHarness) -> None:
    change = await harness.previewed()
    with pytest.raises(Conflict):
        await confirm(harness, change)
    assert await harness.state(change.id) is State.AWAITING_APPROVAL


async def test_approving_does_not_stand_for_the_confirmation(harness: ServiceHarness) -> None:
    change = await harness.previewed(users("a"))
    with pytest.raises(Conflict):
        await approve(harness, change)
    assert await harness.state(change.id) is State.AWAITING_CONFIRMATION


@pytest.mark.parametrize("user", [APPROVER, ADMIN])
async def test_somebody_else_approves(harness: ServiceHarness, user: str) -> None:
    change = await waiting(harness)
    harness.clock.advance(minutes=5)
    done = await approve(harness, change, user)

    assert (done.state, done.decided_by) == (State.APPROVED, user)
    assert done.deadline == harness.clock.at + HALF_AN_HOUR
    (given,) = done.approvals
    assert (given.approver, given.at, given.preview_revision) == (user, harness.clock.at, 2)
    role = "admin" if user == ADMIN else "approver"
    assert given.evidence.startswith(f"{user} {role} {CUSTOMER} granted by {ADMIN}; {CHANNEL}")
    assert harness.rung == {"executor": 1, "publisher": 1}


async def test_an_approval_is_recorded_with_what_the_approver_saw(harness: ServiceHarness) -> None:
    change = await waiting(harness)
    await approve(harness, change)
    (entry,) = await harness.entries(change_id=change.id)
    assert (entry.record.kind, entry.record.actor, entry.record.actor_name) == (
        "change.approved",
        APPROVER,
        f"name of {APPROVER}",
    )
    detail = entry.record.detail
    assert detail["preview"] == {
        "total": 3,
        "already": 0,
        "access_off": 1,
        "not_activated": 2,
        "problem": "",
    }
    assert (detail["preview_revision"], detail["given"]) == (2, "typed")


async def test_an_approval_from_the_terminal_says_so(harness: ServiceHarness) -> None:
    change = await waiting(harness)
    who = Actor(APPROVER, None, terminal="approver@jump1")
    await decide.approve(harness.ctx, who, change.id, 2)
    (entry,) = await harness.entries(change_id=change.id)
    assert (entry.record.actor, entry.record.detail["given"]) == ("approver@jump1", "terminal")
    assert entry.record.detail["on_behalf_of"] == APPROVER
    (given,) = (await harness.change(change.id)).approvals
    assert (given.approver, given.via) == (APPROVER, "said at the terminal approver@jump1")


async def test_who_is_said_to_have_approved_is_told_directly_and_who_clicked_is_not(
    harness: ServiceHarness,
) -> None:
    change = await waiting(harness, approvals_needed=2)
    await approve(harness, change, SECOND)
    await decide.approve(harness.ctx, Actor(APPROVER, None, terminal="ops@jump1"), change.id, 2)
    due = await harness.look(lambda tx: tx.due_messages(harness.clock.now()))
    told = [one for one in due if one.kind is MessageKind.ASSERTED]
    assert [(one.key, one.channel) for one in told] == [
        (f"asserted:{change.id}:{person}", person) for person in (APPROVER, REQUESTER, ADMIN)
    ]


@pytest.mark.parametrize("role", [Role.APPROVER, Role.ADMIN])
async def test_nobody_approves_his_own_change_whatever_his_role(
    harness: ServiceHarness, role: Role
) -> None:
    await harness.grant(a_grant(REQUESTER, role))
    change = await waiting(harness)
    with pytest.raises(NotAllowed, match="Who can approve it: <@U0ADMIN>") as caught:
        await approve(harness, change, REQUESTER)
    assert REQUESTER not in str(caught.value)
    assert (await harness.change(change.id)).approvals == ()
    assert await harness.refusals() == ["Nobody approves their own change."]


@pytest.mark.parametrize("user", [STRANGER, "U0OTHEROPERATOR"])
async def test_who_is_not_entitled_gets_the_reason_and_the_card_stays(
    harness: ServiceHarness, user: str
) -> None:
    await harness.grant(a_grant("U0OTHEROPERATOR", Role.OPERATOR))
    change = await waiting(harness)
    with pytest.raises(NotAllowed, match="needs the role approver or admin"):
        await approve(harness, change, user)
    assert await harness.change(change.id) == change
    assert await harness.message(MessageKind.CARD, change) is None
    assert (await harness.trail(change.id)) == ["refused"]


async def test_the_quorum_counts_different_people(harness: ServiceHarness) -> None:
    await harness.policy(a_policy_rule(approvals=2))
    change = await harness.previewed()

    first = await approve(harness, change)
    assert (first.state, len(first.approvals)) == (State.AWAITING_APPROVAL, 1)
    assert first.deadline == change.deadline
    with pytest.raises(Conflict, match="You have approved this already"):
        await approve(harness, change)

    second = await approve(harness, change, SECOND)
    assert second.state is State.APPROVED
    assert [given.approver for given in second.approvals] == [APPROVER, SECOND]
    assert (await harness.trail(change.id)).count("change.approved") == 2


@pytest.mark.parametrize("state", [one for one in State if one not in AWAITING])
async def test_a_second_click_is_told_and_does_nothing_twice(
    harness: ServiceHarness, state: State
) -> None:
    change = await waiting(harness, state=state)
    with pytest.raises(Conflict, match=f"is {state.replace('_', ' ')} already. Nothing was done"):
        await approve(harness, change)
    with pytest.raises(Conflict, match="already"):
        await confirm(harness, change)
    assert await harness.change(change.id) == change
    assert await harness.trail(change.id) == ["refused", "refused"]


@pytest.mark.parametrize("revision", [-1, 0, 1, 3])
async def test_another_preview_than_the_one_on_the_card_decides_nothing(
    harness: ServiceHarness, revision: int
) -> None:
    change = await waiting(harness)
    with pytest.raises(Conflict, match="The card of C-7K3MX has changed"):
        await decide.approve(harness.ctx, actor(APPROVER), change.id, revision)


async def test_without_a_preview_nothing_is_decided(harness: ServiceHarness) -> None:
    change = await harness.propose()
    with pytest.raises(Conflict, match="has changed"):
        await approve(harness, change)


async def test_a_preview_without_numbers_can_be_decided_on(harness: ServiceHarness) -> None:
    await harness.put(a_change(preview=Preview(NOW, problem="No answer."), preview_revision=1))
    assert (await approve(harness, await harness.change("C-7K3MX"))).state is State.APPROVED


async def test_past_the_deadline_nothing_is_decided(harness: ServiceHarness) -> None:
    change = await waiting(harness)
    harness.clock.at = change.deadline
    with pytest.raises(Conflict, match="C-7K3MX has expired"):
        await approve(harness, change)
    harness.clock.at = change.deadline - timedelta(microseconds=1)
    assert (await approve(harness, change)).state is State.APPROVED
