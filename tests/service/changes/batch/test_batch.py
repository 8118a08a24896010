"""A batch: proposed at once, decided at once, executed four at a time, told once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.batch import MAX_COUNTED_MEMBERS
from bot.domain.change import Change
from bot.domain.change_state import State
from bot.domain.limits import MAX_BATCH_CUSTOMERS
from bot.domain.roles import Role
from bot.errors import Conflict, InvalidInput, NotAllowed
from bot.ports import Transaction
from bot.service.changes import decide, resolve
from bot.service.changes.batch.propose import propose_batch
from bot.service.changes.preview import preview
from bot.service.changes.propose import propose
from bot.service.changes.propose_again import propose_again, propose_back
from bot.service.changes.schedule import next_work
from bot.service.changes.stale_preview import ask_again
from bot.slack.outbox.message_rendering import render
from bot.slack.views.mrkdwn import blocks_as_text
from tests.builders import APPROVER, CHANNEL, CUSTOMER, REQUESTER, a_grant, a_policy_rule
from tests.fakes import ACCEPTED, Answer, ambiguous, refusal
from tests.fixtures import raw_database
from tests.fixtures.databases import database_in
from tests.service.changes.batch.conftest import CUSTOMERS, Batches
from tests.service.harness import SECOND, STRANGER, ServiceHarness, actor, request, users


async def approve(harness: ServiceHarness, batch: Change, user: str = APPROVER) -> Change:
    return await decide.approve(harness.ctx, actor(user), batch.id, batch.preview_revision)


async def rendered(harness: ServiceHarness, key: str) -> str:
    def query(tx: Transaction) -> str:
        row = tx.message(key)
        assert row is not None
        view = render(tx, row, harness.clock.now())
        return f"{view.text} {view.blocks}"

    return await harness.look(query)


async def keys(harness: ServiceHarness, *changes: Change) -> list[str]:
    def query(tx: Transaction) -> list[str]:
        return sorted(key for one in changes for key in tx.message_keys(one.id))

    return await harness.look(query)


async def test_each_customer_has_a_change_of_its_own_and_all_have_one_card(
    harness: ServiceHarness, batches: Batches
) -> None:
    batch = await batches.previewed()
    members = await batches.members(batch.id)
    assert [one.customer for one in members] == [*CUSTOMERS]
    assert {one.batch for one in members} == {members[0].id} == {batch.id}
    assert (batch.customer, batch.state) == ("6 customers", State.AWAITING_APPROVAL)
    assert batch.preview is not None
    assert batch.preview.total == 3 + 5 * 2
    assert [one.preview.total for one in members if one.preview] == [3, 2, 2, 2, 2, 2]
    posted = [key for key in await keys(harness, *members) if not key.startswith("direct")]
    assert posted == [f"card:{batch.id}"]
    entries = await harness.details("change.proposed")
    assert [one["batch"] for one in entries] == [batch.id] * 6


async def test_the_card_is_posted_when_all_are_counted_or_after_a_second(
    harness: ServiceHarness, batches: Batches
) -> None:
    def due(tx: Transaction) -> list[str]:
        found = tx.due_messages(harness.clock.now(), channel=CHANNEL)
        return [one.key for one in found if one.key.startswith("card")]

    batch = await batches.propose()
    first, *others = await batches.members(batch.id)
    await preview(harness.ctx, first)
    assert await harness.look(due) == []
    for one in others:
        await preview(harness.ctx, one)
    assert await harness.look(due) == [f"card:{batch.id}"]


async def test_one_approval_decides_all_and_each_has_its_entry(
    harness: ServiceHarness, batches: Batches
) -> None:
    batch = await batches.previewed()
    after = await approve(harness, batch)
    assert after.state is State.APPROVED
    assert set((await batches.states(batch.id)).values()) == {"approved"}
    entries = [one for one in await harness.entries() if one.record.kind == "change.approved"]
    assert [one.record.customer for one in entries] == [*CUSTOMERS]
    assert all(
        f"approver {one.record.customer}" in str(one.record.detail["rows"]) for one in entries
    )
    await harness.executor.run()
    assert set((await batches.states(batch.id)).values()) == {"applied"}
    assert (await batches.whole(batch.id)).state is State.APPLIED


async def test_four_at_most_are_sent_at_a_time(harness: ServiceHarness, batches: Batches) -> None:
    await approve(harness, await batches.previewed())
    assert len(await harness.claim()) == 4
    assert await harness.claim() == []


async def test_some_at_most_are_counted_at_a_time_and_other_changes_do_not_wait(
    harness: ServiceHarness, batches: Batches
) -> None:
    more = [str(70_000 + number) for number in range(MAX_COUNTED_MEMBERS)]
    for customer in more:
        await batches.add(customer)
    batch = await batches.propose(*CUSTOMERS, *more)
    other, _ = await propose(harness.ctx, actor(), request(scope=users("a")))
    first, *others = await batches.members(batch.id)

    def due(tx: Transaction) -> list[str]:
        return [one.id for one in next_work(tx, harness.ctx, {first.id}, 9).to_preview]

    some = [one.id for one in others[: MAX_COUNTED_MEMBERS - 1]]
    assert await harness.store.write(due) == [*some, other.id]
    await harness.executor.run()
    assert all(one.preview for one in await batches.members(batch.id))


async def test_a_failure_of_one_does_not_stop_the_others(
    harness: ServiceHarness, batches: Batches
) -> None:
    harness.api.answers = [refusal("Forbidden"), ambiguous(landed=True), *[ACCEPTED] * 4]
    batch = await batches.previewed()
    await approve(harness, batch)
    await harness.executor.run()
    harness.clock.advance(seconds=5)
    await harness.executor.run()
    states = list((await batches.states(batch.id)).values())
    assert sorted(states) == ["applied"] * 5 + ["failed"]
    assert (await batches.whole(batch.id)).state is State.PARTIAL
    outcomes = [key for key in await keys(harness, batch) if key.startswith("outcome")]
    assert len(outcomes) == 1
    assert len(harness.api.sent) == 6


async def test_what_failed_is_proposed_again_as_a_batch_of_its_own(
    harness: ServiceHarness, batches: Batches
) -> None:
    harness.api.answers = [refusal("No"), ACCEPTED, refusal("No"), *[ACCEPTED] * 3]
    batch = await batches.previewed()
    await approve(harness, batch)
    await harness.executor.run()
    failed = [one for one in await batches.members(batch.id) if one.state is State.FAILED]
    harness.clock.advance(seconds=1)
    again, new = await propose_again(harness.ctx, actor(), batch.id)
    members = await batches.members(again.id)
    assert new
    assert again.id != batch.id
    assert [one.customer for one in members] == [one.customer for one in failed]
    with pytest.raises(Conflict, match="nothing that can be proposed again"):
        await propose_again(harness.ctx, actor(), batch.id)


async def test_the_way_back_is_for_those_that_it_reached(
    harness: ServiceHarness, batches: Batches
) -> None:
    harness.api.answers = [refusal("No"), *[ACCEPTED] * 5]
    batch = await batches.previewed()
    await approve(harness, batch)
    await harness.executor.run()
    reached = [
        one.customer for one in await batches.members(batch.id) if one.state is State.APPLIED
    ]
    back, _ = await propose_back(harness.ctx, actor(), batch.id)
    members = await batches.members(back.id)
    assert [one.customer for one in members] == reached
    assert all(one.action.title == "FAILOVER OFF" for one in members)


async def test_customers_without_the_right_are_left_out_and_named(
    harness: ServiceHarness, batches: Batches
) -> None:
    await harness.grant(a_grant(CHANNEL, Role.INCIDENT, customer="60606"))
    batch = await batches.propose(CUSTOMER, "60606", "10101")
    members = await batches.members(batch.id)
    assert [one.customer for one in members] == [CUSTOMER, "10101"]
    (told,) = members[0].remarks
    assert told.startswith("Left out: 60606. You may not propose for customer 60606")
    assert members[1].remarks == ()


async def test_without_the_right_for_any_nothing_is_proposed(
    harness: ServiceHarness, batches: Batches
) -> None:
    requests = [request(customer=one) for one in (CUSTOMER, "10101")]
    with pytest.raises(NotAllowed, match="You may not propose for customer 44444"):
        await propose_batch(harness.ctx, actor(STRANGER), requests)
    assert await harness.details("change.proposed") == []


async def test_a_customer_with_an_open_change_is_left_out(
    harness: ServiceHarness, batches: Batches
) -> None:
    single = await harness.propose()
    batch = await batches.propose(CUSTOMER, "10101", "20202")
    members = await batches.members(batch.id)
    assert [one.customer for one in members] == ["10101", "20202"]
    assert members[0].remarks == (f"Left out: 44444. {single.id} asks for the same already.",)


async def test_the_same_command_again_is_the_same_batch(
    harness: ServiceHarness, batches: Batches
) -> None:
    batch = await batches.previewed()
    requests = [request(customer=one) for one in CUSTOMERS]
    again, new = await propose_batch(harness.ctx, actor(), requests)
    assert (again.id, new) == (batch.id, False)
    assert len(await harness.details("change.proposed")) == len(CUSTOMERS)


async def test_more_than_a_card_shows_is_refused(harness: ServiceHarness, batches: Batches) -> None:
    requests = [request(customer=str(10000 + n)) for n in range(MAX_BATCH_CUSTOMERS + 1)]
    with pytest.raises(InvalidInput, match=f"one card is for {MAX_BATCH_CUSTOMERS} at most"):
        await propose_batch(harness.ctx, actor(), requests)
    assert await harness.details("change.proposed") == []


async def test_a_drill_is_not_decided_with_what_is_none(
    harness: ServiceHarness, batches: Batches
) -> None:
    ctx = replace(harness.ctx, is_drill=lambda customer: customer == "10101")
    requests = [request(customer=one) for one in (CUSTOMER, "10101")]
    with pytest.raises(InvalidInput, match="10101 is for drills and the others are not"):
        await propose_batch(ctx, actor(), requests)


async def test_an_approver_of_some_is_refused_and_told_of_which_not(
    harness: ServiceHarness, batches: Batches
) -> None:
    some = "U0SOME"
    await harness.grant(
        a_grant(some, Role.APPROVER), a_grant(some, Role.APPROVER, customer="10101")
    )
    batch = await batches.previewed()
    with pytest.raises(NotAllowed) as caught:
        await approve(harness, batch, some)
    assert (
        "You may not approve for 4 of the 6 customers here: 55555DE, 20202, 30303, 40404. "
        "One decision is for all of them."
    ) in str(caught.value)
    assert set((await batches.states(batch.id)).values()) == {"awaiting_approval"}


async def test_the_strictest_policy_of_one_counts_for_all(
    harness: ServiceHarness, batches: Batches
) -> None:
    await harness.policy(a_policy_rule(customer="10101"))
    batch = await batches.previewed()
    assert batch.approvals_needed == 2
    assert (await approve(harness, batch)).state is State.AWAITING_APPROVAL
    after = await approve(harness, await batches.whole(batch.id), SECOND)
    assert after.state is State.APPROVED
    await harness.executor.run()
    assert set((await batches.states(batch.id)).values()) == {"applied"}


async def test_a_policy_that_became_stricter_for_one_asks_more_of_all(
    harness: ServiceHarness, batches: Batches
) -> None:
    batch = await batches.previewed()
    await harness.policy(a_policy_rule(customer="20202"))
    assert (await approve(harness, batch)).state is State.AWAITING_APPROVAL
    assert {one.approvals_needed for one in await batches.members(batch.id)} == {2}


async def test_the_requester_confirms_where_no_customer_needs_an_approval(
    harness: ServiceHarness, batches: Batches
) -> None:
    await harness.policy(a_policy_rule(customer="*", approvals=0))
    batch = await batches.previewed()
    assert batch.state is State.AWAITING_CONFIRMATION
    after = await decide.confirm(harness.ctx, actor(), batch.id, batch.preview_revision)
    assert after.state is State.APPROVED


async def test_nobody_approves_their_own(harness: ServiceHarness, batches: Batches) -> None:
    await harness.grant(*(a_grant(REQUESTER, Role.APPROVER, customer=one) for one in CUSTOMERS))
    with pytest.raises(NotAllowed, match="Nobody approves their own change"):
        await approve(harness, await batches.previewed(), REQUESTER)


async def test_a_card_that_was_counted_anew_decides_nothing(
    harness: ServiceHarness, batches: Batches
) -> None:
    batch = await batches.previewed()
    with pytest.raises(Conflict, match="has changed"):
        await decide.approve(harness.ctx, actor(APPROVER), batch.id, batch.preview_revision - 1)


async def test_one_of_them_alone_is_not_approved(harness: ServiceHarness, batches: Batches) -> None:
    batch = await batches.previewed()
    second = (await batches.members(batch.id))[1]
    with pytest.raises(Conflict, match=f"{second.id} is decided with others: decide {batch.id}"):
        await approve(harness, second)


@pytest.mark.parametrize("how", ["deny", "withdraw", "expire"])
async def test_denied_withdrawn_and_expired_are_all_of_them(
    harness: ServiceHarness, batches: Batches, how: str
) -> None:
    batch = await batches.previewed()
    if how == "deny":
        await decide.deny(harness.ctx, actor(APPROVER), batch.id, "not now")
    elif how == "withdraw":
        await decide.cancel(harness.ctx, actor(), batch.id)
    else:
        harness.clock.advance(minutes=31)
        await harness.executor.run()
    state = {"deny": "denied", "withdraw": "cancelled", "expire": "expired"}[how]
    assert set((await batches.states(batch.id)).values()) == {state}
    outcomes = [key for key in await keys(harness, batch) if key.startswith("outcome")]
    assert len(outcomes) == (0 if how == "withdraw" else 1)
    assert harness.api.sent == []


async def test_where_nobody_may_for_all_the_card_says_what_helps(
    harness: ServiceHarness, batches: Batches
) -> None:
    await harness.grant(
        a_grant(REQUESTER, customer="60606"), a_grant(CHANNEL, Role.INCIDENT, customer="60606")
    )
    harness.api.add("60606", "a@example.com")
    batch = await batches.previewed(CUSTOMER, "60606")
    row = await harness.look(lambda tx: tx.message(f"card:{batch.id}"))
    assert row is not None
    card = await harness.look(lambda tx: render(tx, row, harness.clock.now()))
    told = blocks_as_text(card.blocks)
    assert "Nobody can approve for all 2 customers yet" in told
    assert "Propose them apart, or have the role granted for each of them" in told


async def test_one_of_them_is_left_out_before_the_decision(
    harness: ServiceHarness, batches: Batches
) -> None:
    batch = await batches.previewed()
    second = (await batches.members(batch.id))[1]
    await decide.cancel(harness.ctx, actor(), second.id)
    await approve(harness, await batches.whole(batch.id))
    await harness.executor.run()
    states = await batches.states(batch.id)
    assert states.pop(second.customer) == "cancelled"
    assert set(states.values()) == {"applied"}


async def test_stop_ends_those_that_have_not_begun(
    harness: ServiceHarness, batches: Batches
) -> None:
    batch = await batches.previewed()
    await approve(harness, batch)
    begun = await harness.claim()
    after = await decide.stop(harness.ctx, actor(APPROVER), batch.id)
    assert after.state is State.EXECUTING
    states = [one.state for one in await batches.members(batch.id)]
    assert states.count(State.EXECUTING) == len(begun) == 4
    assert states.count(State.CANCELLED) == 2
    with pytest.raises(Conflict):
        await decide.stop(harness.ctx, actor(APPROVER), batch.id)


async def test_stop_works_while_one_is_asked_again(
    harness: ServiceHarness, batches: Batches
) -> None:
    batch = await batches.previewed()
    await approve(harness, batch)
    begun = await harness.claim()

    def grown(tx: Transaction) -> None:
        waiting = next(one for one in tx.changes() if one.state is State.APPROVED)
        ask_again(tx, harness.ctx, waiting, "more users")

    await harness.store.write(grown)
    assert "Stop: 2 have not begun" in await rendered(harness, f"card:{batch.id}")
    await decide.stop(harness.ctx, actor(APPROVER), batch.id)
    states = [one.state for one in await batches.members(batch.id)]
    assert states.count(State.EXECUTING) == len(begun) == 4
    assert states.count(State.CANCELLED) == 2


async def test_where_the_first_row_cannot_be_read_the_others_are_told_each(
    tmp_path: Path, harness: ServiceHarness, batches: Batches
) -> None:
    harness.rewritten = True
    batch = await batches.previewed()
    first, *others = await batches.members(batch.id)
    await approve(harness, batch)
    raw_database.execute(
        database_in(tmp_path), "UPDATE changes SET body = '{}' WHERE id = ?", first.id
    )
    await harness.executor.run()
    for one in others:
        assert await harness.state(one.id) is State.APPLIED
        outcomes = [key for key in await keys(harness, one) if key.startswith("outcome")]
        assert len(outcomes) == 1
        assert one.customer in await rendered(harness, outcomes[0])


async def test_a_customer_with_nothing_to_do_is_told_on_the_card_and_the_others_go_on(
    harness: ServiceHarness, batches: Batches
) -> None:
    for user in harness.api.held[CUSTOMER].values():
        user.failover = True
    batch = await batches.previewed()  # the first one is the one that has nothing to do
    states = await batches.states(batch.id)
    assert states.pop(CUSTOMER) == "cancelled"
    assert set(states.values()) == {"awaiting_approval"}
    assert (batch.customer, batch.state) == ("5 customers", State.AWAITING_APPROVAL)
    card = await harness.look(lambda tx: tx.message(f"card:{batch.id}"))
    assert card is not None
    assert not card.removed
    await approve(harness, batch)
    await harness.executor.run()
    assert (await batches.whole(batch.id)).state is State.APPLIED


async def test_what_changed_for_one_is_decided_again_and_the_others_go_on(
    harness: ServiceHarness, batches: Batches
) -> None:
    batch = await batches.previewed()
    await approve(harness, batch)
    harness.api.add("10101", *users(*map(str, range(40))).addresses)
    await harness.executor.run()
    states = await batches.states(batch.id)
    assert states.pop("10101") == "awaiting_approval"
    assert set(states.values()) == {"applied"}
    whole = await batches.whole(batch.id)
    assert whole.state is State.AWAITING_APPROVAL
    await approve(harness, whole)
    await harness.executor.run()
    assert set((await batches.states(batch.id)).values()) == {"applied"}


async def test_people_who_may_for_all_are_told_of_the_batch_alone(
    harness: ServiceHarness, batches: Batches
) -> None:
    some = "U0SOME"
    await harness.grant(a_grant(some, Role.APPROVER))
    batch = await batches.previewed()
    members = await batches.members(batch.id)
    ids = [one.id for one in members]
    told = await harness.look(lambda tx: [tx.recipients(one) for one in ids])
    assert {one.person for one in told[0]} == {APPROVER, SECOND}
    assert not any(told[1:])
    due = await harness.look(lambda tx: tx.deadline(f"remind:{batch.id}"))
    assert due is not None
    await approve(harness, batch)
    assert await harness.look(lambda tx: tx.deadline(f"remind:{batch.id}")) is None


@pytest.mark.parametrize("first", [True, False])  # whichever of the two is sent first
async def test_one_that_needs_a_person_is_concluded_by_itself(
    harness: ServiceHarness, batches: Batches, first: bool
) -> None:
    batch = await batches.previewed(CUSTOMER, "10101")
    unseen = [Answer(effect=False), ACCEPTED]
    harness.api.answers = unseen if first else unseen[::-1]
    await approve(harness, batch)
    for _ in range(40):
        await harness.executor.run()
        harness.clock.advance(minutes=1)
    (left,) = [one for one in await batches.members(batch.id) if one.state is State.NEEDS_OPERATOR]
    assert f"card:{left.id}" in await keys(harness, left)
    assert (await batches.whole(batch.id)).state is State.NEEDS_OPERATOR
    await resolve.mark_applied(harness.ctx, actor(), left.id, "seen in the console")
    assert (await batches.whole(batch.id)).state is State.APPLIED
