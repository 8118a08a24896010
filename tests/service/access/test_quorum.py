"""What the policy asks for counts as it is now: at the proposal, at the decision and at the execution."""

from __future__ import annotations

import asyncio

import pytest

from bot.domain.change import Approval, Change, State
from bot.domain.commands import Actor
from bot.errors import Conflict
from bot.ports import MessageKind
from bot.service.access import administer
from bot.service.changes import decide
from bot.slack.views.changes.card import card
from tests.builders import APPROVER, CUSTOMER, NOW, REQUESTER, a_policy_rule
from tests.service.service_setup import SECOND, House, actor, approved, many, users


async def rule(house: House, approvals: int, **over: object) -> None:
    """Set it as the terminal does, with its entry in the trail."""
    who = Actor("operator@jump1", None, terminal="operator@jump1")
    await administer.set_policy(house.ctx, who, a_policy_rule(approvals=approvals, **over))


async def proposed(house: House, number: int) -> list[Change]:
    """So many proposals of ten users each, counted, and not confirmed yet."""
    house.api.add(CUSTOMER, *many(200).addresses)
    return [await house.previewed(many(10, start=10 * one)) for one in range(number)]


async def confirmed(house: House, change: Change) -> Change:
    return await decide.confirm(house.ctx, actor(), change.id, change.preview_revision)


# --- 50 users an hour, by their execution ---


async def test_what_was_proposed_long_ago_counts_when_it_is_executed(house: House) -> None:
    """Proposed at 0:00, executed at 0:28; 50 more at 1:01 made it 100 users within 33 minutes."""
    early = await proposed(house, 5)
    house.clock.advance(minutes=28)
    for one in early:
        await confirmed(house, one)
    await house.executor.run()
    assert {await house.state(one.id) for one in early} == {State.APPLIED}
    house.clock.advance(minutes=33)
    late = await house.previewed(many(10, start=100))
    assert (late.state, late.approvals_needed) == (State.AWAITING_APPROVAL, 1)
    assert late.policy == "default: 60 users within the hour, more than 50"


async def test_an_hour_after_their_execution_they_count_no_more(house: House) -> None:
    for one in await proposed(house, 5):
        await confirmed(house, one)
    await house.executor.run()
    house.clock.advance(minutes=60, seconds=1)
    assert (await house.previewed(many(10, start=100))).state is State.AWAITING_CONFIRMATION


async def test_what_others_approved_meanwhile_counts_at_the_confirmation(house: House) -> None:
    [mine] = await proposed(house, 1)
    big = await house.previewed(many(41, start=100))
    await decide.approve(house.ctx, actor(APPROVER), big.id, big.preview_revision)
    with pytest.raises(Conflict, match="51 users within the hour"):
        await confirmed(house, mine)
    after = await house.change(mine.id)
    assert (after.state, after.approvals_needed) == (State.AWAITING_APPROVAL, 1)
    assert "change.confirmed" not in await house.trail(mine.id)
    assert (await house.trail(mine.id))[-1] == "change.asked_again"
    assert await house.message(MessageKind.OUTCOME, after) is not None
    told = str(card(after, "Acme GmbH", ())[1])
    assert "Approvals by others: 0 of 1" in told
    assert "51 users within the hour" in told

    after = await decide.approve(house.ctx, actor(APPROVER), after.id, after.preview_revision)
    await house.executor.run()
    assert await house.state(after.id) is State.APPLIED


async def test_what_ran_between_the_confirmation_and_the_execution_counts(house: House) -> None:
    [mine] = await proposed(house, 1)
    await confirmed(house, mine)
    sent = approved("C-00001", many(41, start=100), state=State.APPLIED, started_at=NOW)
    await house.put(sent)
    assert await house.claim() == []
    after = await house.change(mine.id)
    assert (after.state, after.approvals_needed) == (State.AWAITING_APPROVAL, 1)
    assert after.asked_again == (
        "Approvals by others needed now: 1, given: 0 "
        "(default: 51 users within the hour, more than 50)."
    )


async def test_of_two_that_are_confirmed_at_once_one_waits_for_another_person(house: House) -> None:
    first, second = await proposed(house, 2)
    await house.put(approved("C-00001", many(31, start=100), state=State.APPLIED, started_at=NOW))
    told = await asyncio.gather(
        confirmed(house, first), confirmed(house, second), return_exceptions=True
    )
    assert [type(one) for one in told].count(Conflict) == 1
    states = sorted([await house.state(one.id) for one in (first, second)])
    assert states == [State.APPROVED, State.AWAITING_APPROVAL]


async def test_of_two_that_begin_at_once_one_is_asked_again(house: House) -> None:
    """As if each had been confirmed before the other one was."""
    await house.put(approved("C-00001", many(31, start=100), state=State.APPLIED, started_at=NOW))
    confirmed_both = [approved(f"C-1000{one}", many(10, start=10 * one)) for one in (1, 2)]
    await house.put(*confirmed_both)
    assert await house.claim() == ["C-10001"]
    assert await house.state("C-10002") is State.AWAITING_APPROVAL


async def test_their_other_changes_count_by_either_id(house: House) -> None:
    [mine] = await proposed(house, 1)
    await house.store.write(lambda tx: tx.add_ids(REQUESTER, ["W0OPERATOR"]))
    sent = {"state": State.APPLIED, "started_at": NOW, "requester": "W0OPERATOR"}
    await house.put(approved("C-00001", many(41, start=100), **sent))
    with pytest.raises(Conflict, match="51 users within the hour"):
        await confirmed(house, mine)


# --- a policy that became stricter ---


async def test_a_stricter_policy_reaches_what_waits_for_its_confirmation(house: House) -> None:
    change = await house.previewed(users("a"))
    await rule(house, 2)
    with pytest.raises(Conflict, match=f"{change.id} is not confirmed: others have to approve it"):
        await confirmed(house, change)
    after = await house.change(change.id)
    assert (after.state, after.approvals_needed) == (State.AWAITING_APPROVAL, 2)
    assert "by policy 44444 * *: 2" in str(card(after, "", ())[1]).lower()
    for person in (APPROVER, SECOND):
        await decide.approve(house.ctx, actor(person), change.id, change.preview_revision)
    await house.executor.run()
    assert await house.state(change.id) is State.APPLIED


async def test_a_stricter_policy_reaches_what_waits_for_its_approval(house: House) -> None:
    change = await house.previewed()
    await rule(house, 2)
    after = await decide.approve(house.ctx, actor(APPROVER), change.id, change.preview_revision)
    assert (after.state, after.approvals_needed) == (State.AWAITING_APPROVAL, 2)
    assert "Approvals by others: 1 of 2" in str(card(after, "", ())[1])
    assert await house.details("change.more_asked") == [
        {"why": "", "approvals_needed": 2, "policy": after.policy}
    ]
    after = await decide.approve(house.ctx, actor(SECOND), change.id, change.preview_revision)
    assert after.state is State.APPROVED


async def test_a_stricter_policy_reaches_what_is_approved_and_has_not_begun(house: House) -> None:
    change = await house.released()
    await rule(house, 2)
    await house.executor.run()
    after = await house.change(change.id)
    assert (after.state, after.approvals_needed) == (State.AWAITING_APPROVAL, 2)
    assert (after.approvals, after.asked_before) == ((), (APPROVER,))
    assert "needed now: 2, given: 1 (policy 44444 * *: 2" in after.asked_again
    assert house.api.sent == []


async def test_a_stricter_policy_stops_what_would_be_sent_again(house: House) -> None:
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
    await house.put(lost)
    await rule(house, 2)
    await house.executor.run()
    after = await house.change("C-00001")
    assert after.state is State.NEEDS_OPERATOR
    assert "Approvals by others needed now: 2, given: 1" in after.decision_reason
    assert house.api.sent == []


async def test_a_laxer_policy_lowers_no_open_change(house: House) -> None:
    await rule(house, 2)
    change = await house.previewed()
    await rule(house, 0)
    after = await decide.approve(house.ctx, actor(APPROVER), change.id, change.preview_revision)
    assert (after.state, after.approvals_needed) == (State.AWAITING_APPROVAL, 2)
    await decide.approve(house.ctx, actor(SECOND), change.id, change.preview_revision)
    await house.executor.run()
    assert await house.state(change.id) is State.APPLIED


async def test_a_rule_for_something_else_asks_again_for_nothing(house: House) -> None:
    change = await house.released()
    await rule(house, 5, customer="55555DE")
    await house.executor.run()
    assert await house.state(change.id) is State.APPLIED
