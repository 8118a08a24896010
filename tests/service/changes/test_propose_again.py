"""Proposing again what expired or failed: a new proposal, of named users for the rest alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.domain.actions import EditUser, ImportUsers, SetFlag
from bot.domain.change_state import MAY_BE_REPEATED, State
from bot.domain.mail_user import FieldChange
from bot.domain.outcome import UserOutcome, UserStatus
from bot.domain.preview import Preview
from bot.domain.roles import Role
from bot.domain.scope import Everyone, Flag, Scope
from bot.errors import Conflict, NotAllowed, UnknownChange
from bot.service.changes.propose_again import propose_access, propose_again, propose_back
from tests.builders import CHANNEL, CUSTOMER, NOW, a_change, a_grant
from tests.fakes import refusal
from tests.service.harness import STRANGER, ServiceHarness, actor, groups, users


@pytest.mark.parametrize("state", sorted(MAY_BE_REPEATED))
@pytest.mark.parametrize("scope", [Everyone(), groups("emea"), users("a", "b")])
async def test_what_expired_or_failed_is_proposed_again_as_it_was(
    harness: ServiceHarness, state: State, scope: Scope
) -> None:
    await harness.put(a_change(state=state, scope=scope, flag=Flag.ACCESS, on=False))
    again, new = await propose_again(harness.ctx, actor(), "C-7K3MX")
    assert new
    assert (again.action, again.customer) == (SetFlag(Flag.ACCESS, on=False), CUSTOMER)
    assert (again.scope, again.reason, again.channel) == (scope, "Exchange down", CHANNEL)
    assert again.preview is None


@pytest.mark.parametrize("state", [one for one in State if one not in MAY_BE_REPEATED])
async def test_what_is_open_or_done_is_not(harness: ServiceHarness, state: State) -> None:
    await harness.put(a_change(state=state))
    with pytest.raises(Conflict, match=rf"C-7K3MX is {state.replace('_', ' ')}: there is nothing"):
        await propose_again(harness.ctx, actor(), "C-7K3MX")


async def test_of_named_users_those_alone_for_whom_it_did_not_work(harness: ServiceHarness) -> None:
    await harness.put(a_change(state=State.PARTIAL, scope=users("a", "b", "c", "d", "e")))
    rows = [
        UserOutcome("a@example.com", UserStatus.APPLIED),
        UserOutcome("b@example.com", UserStatus.FAILED, "Forbidden"),
        UserOutcome("c@example.com", UserStatus.NOT_SENT),
        UserOutcome("d@example.com", UserStatus.UNKNOWN),
    ]
    await harness.store.write(lambda tx: tx.put_user_outcomes("C-7K3MX", rows))
    again, _ = await propose_again(harness.ctx, actor(), "C-7K3MX")
    assert again.scope == users("b", "c", "d", "e")


async def test_after_a_partial_outcome_the_rest_goes_the_whole_way_again(
    harness: ServiceHarness,
) -> None:
    harness.api.answers_to = {"b@example.com": [refusal("Forbidden")]}
    done = await harness.executed(users("a", "b", "c"))
    assert done.state is State.PARTIAL

    again, _ = await propose_again(harness.ctx, actor(), done.id)
    assert again.scope == users("b")
    assert again.state is State.AWAITING_CONFIRMATION


async def test_it_is_a_proposal_by_whoever_asks_and_needs_his_rights(
    harness: ServiceHarness,
) -> None:
    await harness.put(a_change(state=State.FAILED))
    with pytest.raises(NotAllowed, match="needs the role operator"):
        await propose_again(harness.ctx, actor(STRANGER), "C-7K3MX")

    await harness.grant(a_grant(STRANGER, Role.OPERATOR))
    again, _ = await propose_again(harness.ctx, actor(STRANGER), "C-7K3MX")
    assert again.requester == STRANGER


async def test_pressed_twice_it_is_one_proposal(harness: ServiceHarness) -> None:
    await harness.put(a_change(state=State.EXPIRED))
    first, _ = await propose_again(harness.ctx, actor(), "C-7K3MX")
    assert await propose_again(harness.ctx, actor(), "C-7K3MX") == (first, False)


async def test_a_forged_id_or_another_channels_change_is_refused_and_recorded(
    harness: ServiceHarness,
) -> None:
    await harness.put(a_change(state=State.FAILED, channel="C0ELSEWHERE"))
    with pytest.raises(UnknownChange):
        await propose_again(harness.ctx, actor(), "C-NONE0")
    with pytest.raises(NotAllowed):
        await propose_again(harness.ctx, actor(), "C-7K3MX")
    assert await harness.trail() == ["refused", "refused"]


@pytest.mark.parametrize("scope", [Everyone(), groups("emea"), users("a", "b")])
async def test_access_for_the_users_of_a_failover_is_proposed_by_whoever_asks(
    harness: ServiceHarness, scope: Scope
) -> None:
    await harness.put(a_change(state=State.APPLIED, scope=scope))
    with pytest.raises(NotAllowed, match="needs the role operator"):
        await propose_access(harness.ctx, actor(STRANGER), "C-7K3MX")
    await harness.grant(a_grant(STRANGER, Role.OPERATOR))
    change, new = await propose_access(harness.ctx, actor(STRANGER), "C-7K3MX")
    assert new
    assert (change.requester, change.customer) == (STRANGER, CUSTOMER)
    assert (change.action, change.scope) == (SetFlag(Flag.ACCESS, on=True), scope)
    assert (change.reason, change.channel) == ("Exchange down", CHANNEL)
    assert await propose_access(harness.ctx, actor(), "C-7K3MX") == (change, False)


@pytest.mark.parametrize("over", [{"on": False}, {"flag": Flag.ACCESS}])
async def test_access_is_not_proposed_after_another_change(
    harness: ServiceHarness, over: dict[str, Any]
) -> None:
    """The value of the button was forged."""
    await harness.put(a_change(state=State.APPLIED, **over))
    with pytest.raises(Conflict, match="C-7K3MX moved nobody"):
        await propose_access(harness.ctx, actor(), "C-7K3MX")


@pytest.mark.parametrize("on", [True, False])
@pytest.mark.parametrize("scope", [Everyone(), groups("emea"), users("a", "b")])
async def test_the_opposite_is_proposed_for_the_same_users_by_whoever_asks(
    harness: ServiceHarness, scope: Scope, on: bool
) -> None:
    await harness.put(a_change(state=State.APPLIED, scope=scope, on=on))
    with pytest.raises(NotAllowed, match="needs the role operator"):
        await propose_back(harness.ctx, actor(STRANGER), "C-7K3MX")
    await harness.grant(a_grant(STRANGER, Role.OPERATOR))
    back, new = await propose_back(harness.ctx, actor(STRANGER), "C-7K3MX")
    assert new
    assert (back.action, back.scope) == (SetFlag(Flag.FAILOVER, on=not on), scope)
    assert (back.requester, back.reason) == (STRANGER, "Takes back C-7K3MX")
    assert back.remarks == ()
    assert await propose_back(harness.ctx, actor(), "C-7K3MX") == (back, False)


async def test_its_card_says_whom_it_reaches_besides(harness: ServiceHarness) -> None:
    some = Preview(NOW, total=1284, already=12)
    await harness.put(a_change(state=State.APPLIED, preview=some))
    back, _ = await propose_back(harness.ctx, actor(), "C-7K3MX")
    assert back.remarks == ("It also reaches the 12 users who were on before C-7K3MX.",)


async def test_of_named_users_those_alone_are_taken_back_whom_it_may_have_reached(
    harness: ServiceHarness,
) -> None:
    await harness.put(a_change(state=State.PARTIAL, scope=users("a", "b", "c", "d")))
    rows = [
        UserOutcome("a@example.com", UserStatus.APPLIED),
        UserOutcome("b@example.com", UserStatus.FAILED, "Forbidden"),
        UserOutcome("c@example.com", UserStatus.NOT_SENT),
        UserOutcome("d@example.com", UserStatus.UNKNOWN),
    ]
    await harness.store.write(lambda tx: tx.put_user_outcomes("C-7K3MX", rows))
    back, _ = await propose_back(harness.ctx, actor(), "C-7K3MX")
    assert back.scope == users("a", "d")


async def test_an_edit_is_taken_back_with_the_values_from_before(harness: ServiceHarness) -> None:
    edit = EditUser((FieldChange("displayName", "Jo", "Jo B"),))
    await harness.put(a_change(state=State.APPLIED, action=edit, scope=users("a")))
    back, _ = await propose_back(harness.ctx, actor(), "C-7K3MX")
    assert back.action == EditUser((FieldChange("displayName", "Jo B", "Jo"),))


@pytest.mark.parametrize(
    ("over", "words"),
    [
        ({"state": State.AWAITING_APPROVAL}, "is awaiting approval: there is nothing to take back"),
        ({"state": State.DENIED}, "is denied: there is nothing to take back"),
        ({"state": State.APPLIED, "action": ImportUsers("users.csv")}, "cannot be taken back"),
        (
            {"state": State.APPLIED, "action": EditUser((FieldChange("displayName", None, "J"),))},
            "cannot be taken back",
        ),
    ],
)
async def test_what_had_no_effect_or_has_no_opposite_is_not_taken_back(
    harness: ServiceHarness, over: dict[str, Any], words: str
) -> None:
    """The value of the button was forged."""
    await harness.put(a_change(scope=users("a"), **over))
    with pytest.raises(Conflict, match=words):
        await propose_back(harness.ctx, actor(), "C-7K3MX")
    assert await harness.trail() == ["refused"]


async def test_it_is_not_proposed_again_once_the_opposite_was_applied(
    harness: ServiceHarness,
) -> None:
    await harness.put(
        a_change(state=State.FAILED, finished_at=NOW),
        a_change(id="C-00001", on=False, state=State.APPLIED, finished_at=NOW + timedelta(hours=1)),
    )
    with pytest.raises(Conflict, match="C-00001 FAILOVER OFF was applied after C-7K3MX"):
        await propose_again(harness.ctx, actor(), "C-7K3MX")
