"""Deny, withdraw, stop: who may, when, and what is kept of it."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.change import Change
from bot.domain.change_state import AWAITING, OPEN, TRANSITIONS, UNDER_WAY, Event, State
from bot.domain.roles import Role
from bot.errors import Conflict, NotAllowed, UnknownChange
from bot.ports import MessageKind, Transaction
from bot.service.changes import decide
from tests.builders import ADMIN, APPROVER, CUSTOMER, REQUESTER, a_change, a_grant, a_subject
from tests.service.harness import STRANGER, ServiceHarness, actor, many, users

DENIABLE = [state for state in State if Event.DENY in TRANSITIONS.get(state, {})]
WITHDRAWABLE = sorted(AWAITING | {State.APPROVED})


async def put(harness: ServiceHarness, **over: Any) -> Change:
    change = a_change(**over)
    await harness.put(change)
    return change


@pytest.mark.parametrize("state", DENIABLE)
@pytest.mark.parametrize("user", [APPROVER, ADMIN])
async def test_an_approver_denies_and_the_requester_sees_why(
    harness: ServiceHarness, state: State, user: str
) -> None:
    change = await put(harness, state=state)
    done = await decide.deny(harness.ctx, actor(user), change.id, "Not during the audit")

    assert (done.state, done.decided_by, done.finished_at) == (
        State.DENIED,
        user,
        harness.clock.at,
    )
    assert done.decision_reason == "Not during the audit"
    assert (await harness.details("change.denied"))[0]["reason"] == "Not during the audit"
    outcome = await harness.message(MessageKind.OUTCOME, done)
    assert outcome
    assert outcome.wanted == done.revision
    await harness.executor.run()
    assert harness.api.sent == []


@pytest.mark.parametrize("state", [one for one in State if one not in DENIABLE])
async def test_what_cannot_be_denied_any_more_is_a_conflict(
    harness: ServiceHarness, state: State
) -> None:
    change = await put(harness, state=state)
    with pytest.raises(Conflict):
        await decide.may_deny(harness.ctx, actor(APPROVER), change.id)
    with pytest.raises(Conflict):
        await decide.deny(harness.ctx, actor(APPROVER), change.id, "no")
    assert await harness.change(change.id) == change


@pytest.mark.parametrize("user", [REQUESTER, STRANGER])
async def test_only_an_approver_is_asked_for_a_reason_and_denies(
    harness: ServiceHarness, user: str
) -> None:
    change = await put(harness)
    for attempt in (
        decide.may_deny(harness.ctx, actor(user), change.id),
        decide.deny(harness.ctx, actor(user), change.id, "no"),
    ):
        with pytest.raises(NotAllowed, match="needs the role approver"):
            await attempt
    assert await harness.trail(change.id) == ["refused", "refused"]


async def test_an_approver_may_be_asked_for_a_reason(harness: ServiceHarness) -> None:
    change = await put(harness)
    await decide.may_deny(harness.ctx, actor(APPROVER), change.id)
    assert await harness.change(change.id) == change
    assert await harness.trail() == []


@pytest.mark.parametrize("state", WITHDRAWABLE)
@pytest.mark.parametrize("user", [REQUESTER, ADMIN])
async def test_the_requester_or_an_admin_withdraws_what_has_not_started(
    harness: ServiceHarness, state: State, user: str
) -> None:
    change = await put(harness, state=state)
    done = await decide.cancel(harness.ctx, actor(user), change.id)
    assert (done.state, done.decided_by, done.decision_reason) == (State.CANCELLED, user, "")
    assert await harness.trail(change.id) == ["change.cancelled"]
    card = await harness.message(MessageKind.CARD, done)
    assert card
    assert card.wanted == done.revision


@pytest.mark.parametrize("state", [one for one in State if one not in WITHDRAWABLE])
async def test_what_has_started_or_ended_is_not_withdrawn(
    harness: ServiceHarness, state: State
) -> None:
    change = await put(harness, state=state)
    with pytest.raises(Conflict):
        await decide.cancel(harness.ctx, actor(), change.id)
    assert await harness.change(change.id) == change


@pytest.mark.parametrize(
    ("user", "words"),
    [
        (APPROVER, "Only the requester or an admin withdraws it. Press Deny to refuse it."),
        (STRANGER, "needs the role admin"),
        ("U0OTHEROPERATOR", "needs the role admin"),
    ],
)
async def test_nobody_else_withdraws(harness: ServiceHarness, user: str, words: str) -> None:
    await harness.grant(a_grant("U0OTHEROPERATOR", Role.OPERATOR))
    change = await put(harness)
    with pytest.raises(NotAllowed, match=words):
        await decide.cancel(harness.ctx, actor(user), change.id)
    assert await harness.trail(change.id) == ["refused"]


async def test_a_requester_without_his_row_withdraws_no_more(harness: ServiceHarness) -> None:
    change = await put(harness)
    await harness.store.write(
        lambda tx: tx.remove_grant(a_subject(REQUESTER), Role.OPERATOR, CUSTOMER)
    )
    with pytest.raises(NotAllowed, match="needs the role operator"):
        await decide.cancel(harness.ctx, actor(), change.id)


@pytest.mark.parametrize("user", [REQUESTER, ADMIN, "U0OTHEROPERATOR"])
async def test_whoever_may_propose_stops_what_runs(harness: ServiceHarness, user: str) -> None:
    await harness.grant(a_grant("U0OTHEROPERATOR", Role.OPERATOR))
    harness.api.add(CUSTOMER, *many(10).addresses)
    change = await harness.released(many(10))
    harness.api.gate.clear()
    await harness.executor.sweep()
    await harness.api.until_sent(8)

    asked = await decide.stop(harness.ctx, actor(user), change.id)
    assert (asked.state, asked.stopped_by) == (State.EXECUTING, user)
    with pytest.raises(Conflict, match="nothing to stop"):
        await decide.stop(harness.ctx, actor(), change.id)

    harness.api.gate.set()
    await harness.executor.settle()
    assert await harness.state(change.id) is State.PARTIAL
    assert "change.stop_asked" in await harness.trail(change.id)


@pytest.mark.parametrize("state", [one for one in State if one is not State.EXECUTING])
async def test_only_what_executes_can_be_stopped(harness: ServiceHarness, state: State) -> None:
    change = await put(harness, state=state, scope=users("a"))
    with pytest.raises(Conflict, match=f"is {state.replace('_', ' ')}: nothing to stop"):
        await decide.stop(harness.ctx, actor(), change.id)


async def test_who_may_approve_may_stop_and_who_may_neither_may_not(
    harness: ServiceHarness,
) -> None:
    change = await put(harness, state=State.EXECUTING, scope=users("a"))
    with pytest.raises(NotAllowed, match="needs the role operator"):
        await decide.stop(harness.ctx, actor(STRANGER), change.id)
    assert (await decide.stop(harness.ctx, actor(APPROVER), change.id)).stopped_by == APPROVER


@pytest.mark.parametrize("state", sorted(OPEN - UNDER_WAY))
async def test_past_its_deadline_a_change_can_only_expire(
    harness: ServiceHarness, state: State
) -> None:
    change = await put(harness, state=state)
    harness.clock.at = change.deadline
    with pytest.raises(Conflict, match="has expired"):
        await decide.cancel(harness.ctx, actor(), change.id)


async def test_a_change_that_is_gone_from_the_database_is_told(harness: ServiceHarness) -> None:
    """A restore of an older backup, while the card is still there."""

    def remove(tx: Transaction) -> None:
        tx._run("DELETE FROM changes WHERE id = 'C-7K3MX'")  # type: ignore[attr-defined]  # not a use case

    change = await put(harness)
    harness.rewritten = True
    harness.store.meanwhile = [remove]
    with pytest.raises(UnknownChange, match="There is no change C-7K3MX here"):
        await decide.cancel(harness.ctx, actor(), change.id)
