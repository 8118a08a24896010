"""What a step leaves behind: in the change, in the trail and in the channel; nothing more than that."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.change import Change, State
from bot.domain.outcome import Outcome
from bot.domain.preview import Preview
from bot.domain.roles import Role
from bot.errors import Conflict, InvalidInput
from bot.ports import Transaction
from bot.service.changes import decide, resolve
from bot.service.changes.stale_preview import why_stale
from bot.service.changes.start_attempt import start_approved
from tests.builders import (
    APPROVER,
    CUSTOMER,
    NOW,
    OTHER_CUSTOMER,
    REQUESTER,
    a_change,
    a_finished_change,
    a_policy_rule,
    a_subject,
)
from tests.service.service_setup import SECOND, House, actor, approved, users

OPEN_QUESTION = a_finished_change(state=State.NEEDS_OPERATOR, settled_by=None, terminal=None)
FIRST = NOW + timedelta(hours=1)


async def outcomes(house: House, change: Change) -> list[int]:
    """The revisions of which the channel is told in a message of its own."""
    keys = [f"outcome:{change.id}:{one}" for one in range(1, change.revision + 1)]
    rows = await house.look(lambda tx: [tx.message(key) for key in keys])
    return [row.wanted for row in rows if row]


# --- what ends, and what does not ---


async def test_what_ends_nothing_is_no_message_of_its_own(house: House) -> None:
    """The card shows it."""
    await house.policy(a_policy_rule())
    change = await house.previewed()
    await decide.approve(house.ctx, actor(APPROVER), change.id, 1)
    after = await decide.approve(house.ctx, actor(SECOND), change.id, 1)
    after = await decide.cancel(house.ctx, actor(), after.id)
    assert after.state is State.CANCELLED
    assert await outcomes(house, after) == []


async def test_what_is_taken_back_after_one_attempt_is_told(house: House) -> None:
    await house.put(approved("C-00001", attempts=1))
    after = await decide.cancel(house.ctx, actor(), "C-00001")
    assert await outcomes(house, after) == [after.revision]


# --- a conclusion by hand ---


@pytest.mark.parametrize(
    ("conclude", "kind"),
    [(resolve.mark_applied, "change.marked_applied"), (resolve.give_up, "change.given_up")],
)
async def test_a_conclusion_keeps_what_was_read_back_and_tells_when_and_why(
    house: House, conclude: Callable[..., Awaitable[Change]], kind: str
) -> None:
    await house.put(OPEN_QUESTION)
    house.clock.at = FIRST
    after = await conclude(house.ctx, actor(), OPEN_QUESTION.id, "seen")
    assert (after.outcome, after.finished_at) == (OPEN_QUESTION.outcome, FIRST)
    [detail] = await house.details(kind)
    assert detail["reason"] == "seen"


async def test_a_conclusion_of_what_was_never_read_back_has_an_empty_outcome(house: House) -> None:
    await house.put(replace(OPEN_QUESTION, outcome=None))
    after = await resolve.give_up(house.ctx, actor(), OPEN_QUESTION.id, "nobody knows")
    assert after.outcome == Outcome()


async def test_tried_again_it_is_as_if_it_had_not_ended(house: House) -> None:
    await house.put(OPEN_QUESTION)
    after = await resolve.retry(house.ctx, actor(), OPEN_QUESTION.id, "again")
    assert (after.outcome, after.finished_at, after.stopped_by) == (None, None, None)


async def test_a_look_that_settles_it_tells_when_and_what_was_seen(house: House) -> None:
    house.api.add(CUSTOMER, *users("a", "b", "c").addresses, failover=True)
    await house.put(OPEN_QUESTION)
    house.clock.at = FIRST
    after = await resolve.read_back_again(house.ctx, actor(), OPEN_QUESTION.id)
    assert (after.state, after.finished_at) == (State.APPLIED, FIRST)
    [detail] = await house.details("change.applied")
    assert detail["read_back"] == [3, 3]


async def test_a_look_that_does_not_settle_it_tells_what_was_seen(house: House) -> None:
    await house.put(OPEN_QUESTION)
    await resolve.read_back_again(house.ctx, actor(), OPEN_QUESTION.id)
    [detail] = await house.details("change.read_back")
    assert detail["read_back"] == [0, 3]


async def test_a_look_at_what_ended_says_how(house: House) -> None:
    await house.put(replace(OPEN_QUESTION, state=State.APPLIED))
    with pytest.raises(Conflict, match="C-7K3MX is applied already"):
        await resolve.read_back_again(house.ctx, actor(), OPEN_QUESTION.id)


async def test_a_look_that_comes_after_a_conclusion_is_a_conflict_and_recorded(
    house: House,
) -> None:
    await house.put(OPEN_QUESTION)
    house.api.gate.clear()
    looking = asyncio.create_task(resolve.read_back_again(house.ctx, actor(), OPEN_QUESTION.id))
    async with asyncio.timeout(30):
        while not house.api.under_way:  # noqa: ASYNC110  # it tells nobody that it is asked
            await asyncio.sleep(0)
    await resolve.give_up(house.ctx, actor(), OPEN_QUESTION.id, "nobody knows")
    house.api.gate.set()
    with pytest.raises(Conflict, match="C-7K3MX was concluded meanwhile; look at its card"):
        await looking
    [entry] = [one.record for one in await house.look(lambda tx: tx.entries(limit=1))]
    assert (entry.kind, entry.actor, entry.actor_name) == (
        "refused",
        REQUESTER,
        f"name of {REQUESTER}",
    )
    assert (entry.customer, entry.change_id) == (CUSTOMER, OPEN_QUESTION.id)


# --- the claim ---


async def claimed(house: House, change: Change) -> Change | None:
    await house.put(change)
    return await house.store.write(lambda tx: start_approved(tx, house.ctx, change.id, None))


@pytest.mark.parametrize("state", [one for one in State if one is not State.APPROVED])
async def test_what_was_decided_otherwise_meanwhile_is_not_begun(
    house: House, state: State
) -> None:
    assert await claimed(house, approved("C-00001", state=state)) is None


async def test_what_is_past_its_deadline_is_not_begun(house: House) -> None:
    assert await claimed(house, approved("C-00001", deadline=house.clock.now())) is None


async def test_what_begins_waits_for_nothing_any_more(house: House) -> None:
    waiting = approved("C-00001", waits_for="C-00000", waits_until=NOW)
    taken = await claimed(house, waiting)
    assert taken is not None
    assert (taken.waits_for, taken.waits_until) == (None, None)


async def test_what_is_left_to_a_person_is_not_looked_at_any_more_and_says_why(
    house: House,
) -> None:
    await house.store.write(
        lambda tx: tx.remove_grant(a_subject(REQUESTER), Role.OPERATOR, CUSTOMER)
    )
    assert await claimed(house, approved("C-00001", attempts=1, next_look_at=NOW)) is None
    left = await house.change("C-00001")
    assert (left.state, left.next_look_at) == (State.NEEDS_OPERATOR, None)
    [detail] = await house.details("change.needs_operator")
    assert str(detail["why"]).startswith(f"Not executed: {REQUESTER} lost the right meanwhile.")


@pytest.mark.parametrize("state", [State.EXECUTING, State.APPROVED])
async def test_what_runs_or_waits_for_another_customer_holds_nothing_up(
    house: House, state: State
) -> None:
    other = approved("C-00001", customer=OTHER_CUSTOMER, state=state)
    await house.put(other, approved("C-00002", decided_at=FIRST))
    house.held = {"C-00001"}
    assert await house.claim() == ["C-00002"]


async def test_who_waits_out_a_quiet_period_is_told_its_end(house: House) -> None:
    lost = approved("C-00001", on=False, state=State.NEEDS_OPERATOR, ambiguous_at=NOW)
    await house.put(lost, approved("C-00002"))
    assert await house.claim() == []
    waiting = await house.change("C-00002")
    assert (waiting.waits_for, waiting.waits_until) == ("C-00001", NOW + timedelta(seconds=60))


async def test_what_was_interrupted_says_so(house: House) -> None:
    await house.put(approved("C-00001", state=State.EXECUTING))
    await house.work()
    assert await house.details("change.lost") == [{"why": "the bot was interrupted meanwhile"}]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (InvalidInput("That group has no name."), "Not executed: That group has no name."),
        (RuntimeError("a bug"), "Not executed: its request cannot be built."),
    ],
)
async def test_what_has_no_request_is_stopped_and_says_why(
    house: House, logs: list[MutableMapping[str, Any]], error: Exception, words: str
) -> None:
    def describe(*_: object) -> str:
        raise error

    house.api.describe = describe  # type: ignore[assignment,method-assign]
    assert await claimed(house, approved("C-00001")) is None
    stopped = await house.change("C-00001")
    assert (stopped.state, stopped.decision_reason) == (State.CANCELLED, words)
    [entry] = [one for one in logs if one["event"] == "claim.no_request"]
    assert (entry["change"], entry["why"]) == ("C-00001", str(error))


# --- asked again ---


async def test_asked_again_it_is_undecided_waits_for_nothing_and_says_why(house: House) -> None:
    seen = Preview(NOW, total=100, already=0)
    old = approved(
        "C-00001", preview=seen, preview_revision=1, waits_for="C-00000", waits_until=NOW
    )
    await house.put(old)
    now = replace(seen, total=200)
    await house.store.write(lambda tx: start_approved(tx, house.ctx, old.id, now))
    asked = await house.change(old.id)
    assert (asked.decided_at, asked.waits_for, asked.waits_until) == (None, None, None)
    [detail] = await house.details("change.asked_again")
    assert detail["why"] == asked.asked_again == "100 users when it was decided, 200 now."


async def stale(house: House, change: Change, *others: Change) -> str:
    await house.put(*others)

    def query(tx: Transaction) -> str:
        return why_stale(tx, house.ctx, change, None)

    return await house.look(query)


async def test_half_an_hour_after_the_decision_it_still_holds(house: House) -> None:
    change = a_change(preview=Preview(NOW), decided_at=NOW)
    house.clock.at = NOW + timedelta(minutes=30)
    assert await stale(house, change) == ""
    house.clock.advance(microseconds=1)
    assert "more than half an hour ago" in await stale(house, change)


@pytest.mark.parametrize(("total", "already"), [(None, 3), (9, None), (None, None)])
async def test_numbers_that_were_not_known_are_not_told(
    house: House, total: int | None, already: int | None
) -> None:
    change = a_change(preview=Preview(NOW, total=total, already=already))
    other = a_change(id="C-00002", state=State.APPLIED, begun_at=FIRST)
    assert (await stale(house, change, other)).endswith("has run meanwhile.")


async def test_what_ran_for_other_users_makes_nothing_stale(house: House) -> None:
    change = a_change(preview=Preview(NOW), scope=users("a"))
    other = a_change(id="C-00002", state=State.APPLIED, begun_at=FIRST, scope=users("b"))
    assert await stale(house, change, other) == ""
