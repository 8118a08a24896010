"""What the policy asks for counts as it is now: at the proposal, at the decision and at the execution."""

from __future__ import annotations

import asyncio

import pytest

from bot.domain.actor import Actor
from bot.domain.change import Approval, Change
from bot.domain.change_state import State
from bot.errors import Conflict
from bot.ports import MessageKind
from bot.service.access import administer
from bot.service.changes import decide
from bot.slack.views.changes.card import card
from tests.builders import APPROVER, CUSTOMER, NOW, REQUESTER, a_policy_rule
from tests.service.harness import SECOND, ServiceHarness, actor, approved, many, users


async def rule(harness: ServiceHarness, approvals: int, **over: object) -> None:
    """Set it as the terminal does, with its entry in the trail."""
    who = Actor("operator@jump1", None, terminal="operator@jump1")
    await administer.set_policy(harness.ctx, who, a_policy_rule(approvals=approvals, **over))


async def proposed(harness: ServiceHarness, number: int) -> list[Change]:
    """So many proposals of ten users each, counted, and not confirmed yet."""
    harness.api.add(CUSTOMER, *many(200).addresses)
    return [await harness.previewed(many(10, start=10 * one)) for one in range(number)]


async def confirmed(harness: ServiceHarness, change: Change) -> Change:
    return await decide.confirm(harness.ctx, actor(), change.id, change.preview_revision)


# --- 50 users an hour, by their execution ---


async def test_what_was_proposed_long_ago_counts_when_it_is_executed(
    harness: ServiceHarness,
) -> None:
    """Proposed at 0:00, executed at 0:28; 50 more at 1:01 made it 100 users within 33 minutes."""
    early = await proposed(harness, 5)
    harness.clock.advance(minutes=28)
    for one in early:
        await confirmed(harness, one)
    await harness.executor.run()
    assert {await harness.state(one.id) for one in early} == {State.APPLIED}
    harness.clock.advance(minutes=33)
    late = await harness.previewed(many(10, start=100))
    assert (late.state, late.approvals_needed) == (State.AWAITING_APPROVAL, 1)
    assert late.policy == "default: 60 users within the hour, more than 50"


async def test_an_hour_after_their_execution_they_count_no_more(harness: ServiceHarness) -> None:
    for one in await proposed(harness, 5):
        await confirmed(harness, one)
    await harness.executor.run()
    harness.clock.advance(minutes=60, seconds=1)
    assert (await harness.previewed(many(10, start=100))).state is State.AWAITING_CONFIRMATION


async def test_what_others_approved_meanwhile_counts_at_the_confirmation(
    harness: ServiceHarness,
) -> None:
    [mine] = await proposed(harness, 1)
    big = await harness.previewed(many(41, start=100))
    await decide.approve(harness.ctx, actor(APPROVER), big.id, big.preview_revision)
    with pytest.raises(Conflict, match="51 users within the hour"):
        await confirmed(harness, mine)
    after = await harness.change(mine.id)
    assert (after.state, after.approvals_needed) == (State.AWAITING_APPROVAL, 1)
    assert "change.confirmed" not in await harness.trail(mine.id)
    assert (await harness.trail(mine.id))[-1] == "change.asked_again"
    assert await harness.message(MessageKind.OUTCOME, after) is not None
    told = str(card(after, "Acme GmbH", ())[1])
    assert "Approvals by others: 0 of 1" in told
    assert "51 users within the hour" in told

    after = await decide.approve(harness.ctx, actor(APPROVER), after.id, after.preview_revision)
    await harness.executor.run()
    assert await harness.state(after.id) is State.APPLIED


async def test_what_ran_between_the_confirmation_and_the_execution_counts(
    harness: ServiceHarness,
) -> None:
    [mine] = await proposed(harness, 1)
    await confirmed(harness, mine)
    sent = approved("C-00001", many(41, start=100), state=State.APPLIED, started_at=NOW)
    await harness.put(sent)
    assert await harness.claim() == []
    after = await harness.change(mine.id)
    assert (after.state, after.approvals_needed) == (State.AWAITING_APPROVAL, 1)
    assert after.asked_again == (
        "Approvals by others needed now: 1, given: 0 "
        "(default: 51 users within the hour, more than 50)."
    )


async def test_of_two_that_are_confirmed_at_once_one_waits_for_another_person(
    harness: ServiceHarness,
) -> None:
    first, second = await proposed(harness, 2)
    await harness.put(approved("C-00001", many(31, start=100), state=State.APPLIED, started_at=NOW))
    told = await asyncio.gather(
        confirmed(harness, first), confirmed(harness, second), return_exceptions=True
    )
    assert [type(one) for one in told].count(Conflict) == 1
    states = sorted([await harness.state(one.id) for one in (first, second)])
    assert states == [State.APPROVED, State.AWAITING_APPROVAL]


async def test_of_two_that_begin_at_once_one_is_asked_again(harness: ServiceHarness) -> None:
    """As if each had been confirmed before the other one was."""
    await harness.put(approved("C-00001", many(31, start=100), state=State.APPLIED, started_at=NOW))
    confirmed_both = [approved(f"C-1000{one}", many(10, start=10 * one)) for one in (1, 2)]
    await harness.put(*confirmed_both)
    assert await harness.claim() == ["C-10001"]
    assert await harness.state("C-10002") is State.AWAITING_APPROVAL


async def test_their_other_changes_count_by_either_id(harness: ServiceHarness) -> None:
    [mine] = await proposed(harness, 1)
    await harness.store.write(lambda tx: tx.add_ids(REQUESTER, ["W0OPERATOR"]))
    sent = {"state": State.APPLIED, "started_at": NOW, "requester": "W0OPERATOR"}
    await harness.put(approved("C-00001", many(41, start=100), **sent))
    with pytest.raises(Conflict, match="51 users within the hour"):
        await confirmed(harness, mine)


# --- a policy that became stricter ---


async def test_a_stricter_policy_reaches_what_waits_for_its_confirmation(
    harness: ServiceHarness,
) -> None:
    change = await harness.previewed(users("a"))
    await rule(harness, 2)
    with pytest.raises(Conflict, match=f"{change.id} is not confirmed: others have to approve it"):
        await confirmed(harness, change)
    after = await harness.change(change.id)
    assert (after.state, after.approvals_needed) == (State.AWAITING_APPROVAL, 2)
    assert "by policy 44444 * *: 2" in str(card(after, "", ())[1]).lower()
    for person in (APPROVER, SECOND):
        await decide.approve(harness.ctx, actor(person), change.id, change.preview_revision)
    await harness.executor.run()
    assert await harness.state(change.id) is State.APPLIED


async def test_a_stricter_policy_reaches_what_waits_for_its_approval(
    harness: ServiceHarness,
) -> None:
    change = await harness.previewed()
    await rule(harness, 2)
    after = await decide.approve(harness.ctx, actor(APPROVER), change.id, change.preview_revision)
    assert (after.state, after.approvals_needed) == (State.AWAITING_APPROVAL, 2)
    assert "Approvals by others: 1 of 2" in str(card(after, "", ())[1])
    assert await harness.details("change.more_asked") == [
        {"why": "", "approvals_needed": 2, "policy": after.policy}
    ]
    after = await decide.approve(harness.ctx, actor(SECOND), change.id, change.preview_revision)
    assert after.state is State.APPROVED


async def test_a_stricter_policy_reaches_what_is_approved_and_has_not_begun(
    harness: ServiceHarness,
) -> None:
    change = await harness.released()
    await rule(harness, 2)
    await harness.executor.run()
    after = await harness.change(change.id)
    assert (after.state, after.approvals_needed) == (State.AWAITING_APPROVAL, 2)
    assert (after.approvals, after.asked_before) == ((), (APPROVER,))
    assert "needed now: 2, given: 1 (policy 44444 * *: 2" in after.asked_again
    assert harness.api.sent == []


async def test_a_stricter_policy_stops_what_would_be_sent_again(harness: ServiceHarness) -> None:
    """A request is on its way that may have taken effect: a person decides."""
    lost = approved(
        "C-00001",
        state=State.UNKNOWN,
        attempts=1,
        begun_at=NOW,
        started_at=NOW,
        next_look_at=NOW,
        approvals_needed=1,
        approvals=(Approval(APPROVER, NOW, 1, ""),),
    )
    await harness.put(lost)
    await rule(harness, 2)
    await harness.executor.run()
    after = await harness.change("C-00001")
    assert after.state is State.NEEDS_OPERATOR
    assert "Approvals by others needed now: 2, given: 1" in after.decision_reason
    assert harness.api.sent == []


async def test_a_laxer_policy_lowers_no_open_change(harness: ServiceHarness) -> None:
    await rule(harness, 2)
    change = await harness.previewed()
    await rule(harness, 0)
    after = await decide.approve(harness.ctx, actor(APPROVER), change.id, change.preview_revision)
    assert (after.state, after.approvals_needed) == (State.AWAITING_APPROVAL, 2)
    await decide.approve(harness.ctx, actor(SECOND), change.id, change.preview_revision)
    await harness.executor.run()
    assert await harness.state(change.id) is State.APPLIED


async def test_a_rule_for_something_else_asks_again_for_nothing(harness: ServiceHarness) -> None:
    change = await harness.released()
    await rule(harness, 5, customer="55555DE")
    await harness.executor.run()
    assert await harness.state(change.id) is State.APPLIED
