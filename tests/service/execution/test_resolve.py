"""What reading back did not settle is concluded by a person, with a reason, in the audit trail."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from bot.domain.actor import Actor
from bot.domain.change import Change
from bot.domain.change_state import State
from bot.domain.roles import Role
from bot.domain.scope import EVERY_USER, Filters
from bot.errors import Ambiguous, Conflict, NotAllowed
from bot.ports import MessageKind
from bot.service.changes import decide, resolve
from bot.service.context import Context
from bot.slack.views.changes.card import card
from tests.builders import ADMIN, APPROVER, CUSTOMER, REQUESTER, a_grant, a_subject
from tests.fakes import ambiguous
from tests.service.harness import SECOND, STRANGER, ServiceHarness, actor, users

WHY = "looked in the portal"
Conclusion = Callable[[Context, Actor, str, str], Awaitable[Change]]
CONCLUSIONS: list[Conclusion] = [resolve.retry, resolve.mark_applied, resolve.give_up]


async def open_question(harness: ServiceHarness, **over: Any) -> Change:
    """Return a change whose three attempts were lost and that nobody could read back."""
    change = await harness.released(**over)
    harness.api.answers = [ambiguous(landed=False)] * 9
    for _ in range(8):
        await harness.executor.run()
        harness.clock.advance(seconds=61)
    harness.api.answers = []
    found = await harness.change(change.id)
    assert found.state is State.NEEDS_OPERATOR
    return found


async def test_reading_back_finds_that_it_took_effect_after_all(harness: ServiceHarness) -> None:
    change = await open_question(harness)
    for user in harness.api.held[CUSTOMER].values():
        user.failover = True
    sent = len(harness.api.sent)

    after = await resolve.read_back_again(harness.ctx, actor(), change.id)

    assert after.state is State.APPLIED
    assert after.outcome is not None
    assert (after.outcome.in_state, after.outcome.total) == (3, 3)
    assert len(harness.api.sent) == sent
    assert (await harness.trail(change.id))[-2:] == ["change.look_asked", "change.applied"]
    assert await harness.message(MessageKind.OUTCOME, after)


@pytest.mark.parametrize("answers", [True, False])
async def test_reading_back_that_settles_nothing_leaves_it_to_the_person(
    harness: ServiceHarness, answers: bool
) -> None:
    change = await open_question(harness)
    harness.api.unreadable = None if answers else Ambiguous("no answer")

    after = await resolve.read_back_again(harness.ctx, actor(), change.id)

    assert after.state is State.NEEDS_OPERATOR
    assert after.outcome is not None
    assert after.outcome.sentence == ("" if answers else "Not read back: no answer")
    assert (await harness.trail(change.id))[-1] == "change.read_back"


@pytest.mark.parametrize("person", [APPROVER, ADMIN, REQUESTER])
async def test_an_approver_may_read_back_since_nothing_is_sent(
    harness: ServiceHarness, person: str
) -> None:
    change = await open_question(harness)
    sent = len(harness.api.sent)
    await resolve.read_back_again(harness.ctx, actor(person), change.id)
    assert len(harness.api.sent) == sent


async def test_who_may_neither_approve_nor_propose_may_not_read_back(
    harness: ServiceHarness,
) -> None:
    change = await open_question(harness)
    await harness.grant(a_grant(STRANGER, Role.VIEWER))
    with pytest.raises(NotAllowed):
        await resolve.read_back_again(harness.ctx, actor(STRANGER), change.id)


async def test_two_looks_at_once_and_a_retry_meanwhile_do_not_meet(harness: ServiceHarness) -> None:
    """They write the same rows: what one compares half-way the other would take for the whole."""
    change = await open_question(harness)
    sent = len(harness.api.sent)
    harness.api.gate.clear()
    asked, count = asyncio.Event(), harness.api.count

    async def counted(customer: str, filters: Filters = EVERY_USER) -> int:
        asked.set()
        return await count(customer, filters)

    harness.api.count = counted  # type: ignore[method-assign]
    looking = asyncio.create_task(resolve.read_back_again(harness.ctx, actor(), change.id))
    await asked.wait()
    other = replace(harness.ctx, replica_id=lambda: "R-OTHER")
    with pytest.raises(Conflict, match="read back already"):
        await resolve.read_back_again(other, actor(), change.id)
    await resolve.retry(harness.ctx, actor(), change.id, WHY)
    await harness.executor.sweep()
    assert len(harness.api.sent) == sent
    harness.api.gate.set()
    with pytest.raises(Conflict, match="concluded meanwhile"):
        await looking
    assert await harness.look(lambda tx: tx.claimed_changes()) == set()
    await harness.executor.run()
    assert await harness.state(change.id) is State.APPLIED


async def test_named_users_are_read_back_one_by_one(harness: ServiceHarness) -> None:
    change = await open_question(harness, scope=users("a", "b"))
    harness.api.held[CUSTOMER]["a@example.com"].failover = True

    after = await resolve.read_back_again(harness.ctx, actor(), change.id)

    assert after.state is State.NEEDS_OPERATOR
    assert after.outcome is not None
    assert after.outcome.in_state == 1


async def test_trying_again_sends_it_once_more(harness: ServiceHarness) -> None:
    change = await open_question(harness)
    sent = len(harness.api.sent)

    await resolve.retry(harness.ctx, actor(), change.id, WHY)
    await harness.executor.run()

    after = await harness.change(change.id)
    assert (after.state, len(harness.api.sent)) == (State.APPLIED, sent + 1)
    assert after.decision_reason == f"Tried again: {WHY}"
    assert "change.retry_asked" in await harness.trail(change.id)


async def test_trying_again_in_vain_comes_back_to_the_person_after_one_attempt(
    harness: ServiceHarness,
) -> None:
    change = await open_question(harness)
    sent = len(harness.api.sent)
    harness.api.answers = [ambiguous(landed=False)] * 9
    await resolve.retry(harness.ctx, actor(), change.id, WHY)
    for _ in range(8):
        await harness.executor.run()
        harness.clock.advance(seconds=61)

    assert await harness.state(change.id) is State.NEEDS_OPERATOR
    assert len(harness.api.sent) == sent + 1


async def test_an_older_change_does_not_land_over_a_newer_one_by_trying_again(
    harness: ServiceHarness,
) -> None:
    change = await open_question(harness)
    harness.clock.advance(seconds=61)
    for user in harness.api.held[CUSTOMER].values():
        user.failover = True
    newer = await harness.executed(on=False)
    assert newer.state is State.APPLIED

    await resolve.retry(harness.ctx, actor(), change.id, WHY)
    await harness.executor.run()

    asked = await harness.change(change.id)
    assert asked.state is State.AWAITING_APPROVAL
    assert asked.asked_again.startswith(f"{newer.id} (FAILOVER OFF) has run meanwhile.")
    assert harness.api.sent[-1] == f"DELETE /{CUSTOMER}/failover"


async def test_the_way_back_is_not_held_up_once_the_quiet_period_is_over(
    harness: ServiceHarness,
) -> None:
    await open_question(harness)
    harness.clock.advance(seconds=61)
    for user in harness.api.held[CUSTOMER].values():
        user.failover = True
    assert (await harness.executed(on=False)).state is State.APPLIED


async def test_marked_as_applied_says_by_whom_and_why(harness: ServiceHarness) -> None:
    change = await open_question(harness)
    clicked = replace(actor(ADMIN), clicked=True)
    after = await resolve.mark_applied(harness.ctx, clicked, change.id, WHY)
    assert (after.state, after.settled_by, after.decision_reason) == (State.APPLIED, ADMIN, WHY)
    (entry,) = await harness.details("change.marked_applied")
    assert (entry["reason"], entry["given"]) == (WHY, "clicked")
    assert await harness.message(MessageKind.OUTCOME, after)


async def test_given_up_is_neither_applied_nor_failed(harness: ServiceHarness) -> None:
    change = await open_question(harness)
    after = await resolve.give_up(harness.ctx, actor(), change.id, WHY)
    assert (after.state, after.settled_by) == (State.GIVEN_UP, REQUESTER)
    assert await harness.message(MessageKind.OUTCOME, after)


@pytest.mark.parametrize("conclude", CONCLUSIONS)
@pytest.mark.parametrize("who", [APPROVER, SECOND, STRANGER])
async def test_who_may_not_propose_concludes_nothing(
    harness: ServiceHarness, conclude: Conclusion, who: str
) -> None:
    change = await open_question(harness)
    with pytest.raises(NotAllowed):
        await conclude(harness.ctx, actor(who), change.id, WHY)
    with pytest.raises(NotAllowed):
        await resolve.may_resolve(harness.ctx, actor(who), change.id)
    assert await harness.change(change.id) == change


@pytest.mark.parametrize("conclude", CONCLUSIONS)
async def test_only_a_change_that_needs_a_person_is_concluded_by_hand(
    harness: ServiceHarness, conclude: Conclusion
) -> None:
    change = await harness.executed()
    assert change.state is State.APPLIED
    with pytest.raises(Conflict):
        await conclude(harness.ctx, actor(), change.id, WHY)
    with pytest.raises(Conflict):
        await resolve.may_resolve(harness.ctx, actor(), change.id)
    with pytest.raises(Conflict):
        await resolve.read_back_again(harness.ctx, actor(), change.id)
    assert await harness.change(change.id) == change
    assert len(await harness.refusals()) == 3


async def test_a_running_change_is_not_marked_by_hand(harness: ServiceHarness) -> None:
    """Else its own end would find it concluded."""
    change = await harness.released()
    harness.api.on_write = lambda _: harness.api.gate.clear()
    await harness.executor.sweep()
    await harness.api.until_sent(1)
    with pytest.raises(Conflict):
        await resolve.mark_applied(harness.ctx, actor(), change.id, WHY)
    assert await harness.state(change.id) is State.EXECUTING


async def test_a_second_operator_of_the_customer_may_conclude(harness: ServiceHarness) -> None:
    change = await open_question(harness)
    await harness.grant(a_grant(SECOND, Role.OPERATOR))
    assert (await resolve.give_up(harness.ctx, actor(SECOND), change.id, WHY)).settled_by == SECOND


async def test_taken_back_after_an_attempt_it_is_told_and_does_not_say_that_nothing_was_sent(
    harness: ServiceHarness,
) -> None:
    change = await open_question(harness)
    waiting = await resolve.retry(harness.ctx, actor(), change.id, WHY)
    ended = await decide.cancel(harness.ctx, actor(), waiting.id)
    assert ended.state is State.CANCELLED
    assert await harness.message(MessageKind.OUTCOME, ended)
    shown = str(card(ended, ""))
    assert "No more was sent. Whether an earlier attempt took effect is not known." in shown
    assert "Nothing was sent" not in shown


async def test_an_old_decision_is_asked_again_before_it_is_sent_once_more(
    harness: ServiceHarness,
) -> None:
    """An operator alone gives it no new life: it had to start within half an hour."""
    change = await open_question(harness)
    sent = len(harness.api.sent)
    harness.clock.advance(minutes=31)
    await resolve.retry(harness.ctx, actor(), change.id, WHY)
    await harness.executor.run()
    asked = await harness.change(change.id)
    assert asked.state is State.AWAITING_APPROVAL
    assert asked.asked_again == "It was decided more than half an hour ago."
    assert len(harness.api.sent) == sent


async def test_tried_again_without_the_right_it_is_still_an_open_question(
    harness: ServiceHarness,
) -> None:
    change = await open_question(harness)
    await resolve.retry(harness.ctx, actor(ADMIN), change.id, WHY)
    await harness.store.write(
        lambda tx: tx.remove_grant(a_subject(REQUESTER), Role.OPERATOR, CUSTOMER)
    )
    await harness.executor.run()
    left = await harness.change(change.id)
    assert left.state is State.NEEDS_OPERATOR
    assert "lost the right meanwhile" in left.decision_reason


async def test_none_of_none_is_no_proof_that_it_took_effect(harness: ServiceHarness) -> None:
    change = await open_question(harness)
    harness.api.held[CUSTOMER].clear()
    assert (
        await resolve.read_back_again(harness.ctx, actor(), change.id)
    ).state is State.NEEDS_OPERATOR
