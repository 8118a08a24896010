"""What a step leaves behind: in the change, in the trail and in the channel; nothing more than that."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.change import Change
from bot.domain.change_state import State
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
from tests.service.harness import SECOND, ServiceHarness, actor, approved, users

OPEN_QUESTION = a_finished_change(state=State.NEEDS_OPERATOR, settled_by=None, terminal=None)
FIRST = NOW + timedelta(hours=1)


async def outcomes(harness: ServiceHarness, change: Change) -> list[int]:
    """The revisions of which the channel is told in a message of its own."""
    keys = [f"outcome:{change.id}:{one}" for one in range(1, change.revision + 1)]
    rows = await harness.look(lambda tx: [tx.message(key) for key in keys])
    return [row.wanted for row in rows if row]


# --- what ends, and what does not ---


async def test_what_ends_nothing_is_no_message_of_its_own(harness: ServiceHarness) -> None:
    """The card shows it."""
    await harness.policy(a_policy_rule())
    change = await harness.previewed()
    await decide.approve(harness.ctx, actor(APPROVER), change.id, 1)
    after = await decide.approve(harness.ctx, actor(SECOND), change.id, 1)
    after = await decide.cancel(harness.ctx, actor(), after.id)
    assert after.state is State.CANCELLED
    assert await outcomes(harness, after) == []


async def test_what_is_taken_back_after_one_attempt_is_told(harness: ServiceHarness) -> None:
    await harness.put(approved("C-00001", attempts=1))
    after = await decide.cancel(harness.ctx, actor(), "C-00001")
    assert await outcomes(harness, after) == [after.revision]


# --- a conclusion by hand ---


@pytest.mark.parametrize(
    ("conclude", "kind"),
    [(resolve.mark_applied, "change.marked_applied"), (resolve.give_up, "change.given_up")],
)
async def test_a_conclusion_keeps_what_was_read_back_and_tells_when_and_why(
    harness: ServiceHarness, conclude: Callable[..., Awaitable[Change]], kind: str
) -> None:
    await harness.put(OPEN_QUESTION)
    harness.clock.at = FIRST
    after = await conclude(harness.ctx, actor(), OPEN_QUESTION.id, "seen")
    assert (after.outcome, after.finished_at) == (OPEN_QUESTION.outcome, FIRST)
    [detail] = await harness.details(kind)
    assert detail["reason"] == "seen"


async def test_a_conclusion_of_what_was_never_read_back_has_an_empty_outcome(
    harness: ServiceHarness,
) -> None:
    await harness.put(replace(OPEN_QUESTION, outcome=None))
    after = await resolve.give_up(harness.ctx, actor(), OPEN_QUESTION.id, "nobody knows")
    assert after.outcome == Outcome()


async def test_tried_again_it_is_as_if_it_had_not_ended(harness: ServiceHarness) -> None:
    await harness.put(OPEN_QUESTION)
    after = await resolve.retry(harness.ctx, actor(), OPEN_QUESTION.id, "again")
    assert (after.outcome, after.finished_at, after.stopped_by) == (None, None, None)


async def test_a_look_that_settles_it_tells_when_and_what_was_seen(harness: ServiceHarness) -> None:
    harness.api.add(CUSTOMER, *users("a", "b", "c").addresses, failover=True)
    await harness.put(OPEN_QUESTION)
    harness.clock.at = FIRST
    after = await resolve.read_back_again(harness.ctx, actor(), OPEN_QUESTION.id)
    assert (after.state, after.finished_at) == (State.APPLIED, FIRST)
    [detail] = await harness.details("change.applied")
    assert detail["read_back"] == [3, 3]


async def test_a_look_that_does_not_settle_it_tells_what_was_seen(harness: ServiceHarness) -> None:
    await harness.put(OPEN_QUESTION)
    await resolve.read_back_again(harness.ctx, actor(), OPEN_QUESTION.id)
    [detail] = await harness.details("change.read_back")
    assert detail["read_back"] == [0, 3]


async def test_a_look_at_what_ended_says_how(harness: ServiceHarness) -> None:
    await harness.put(replace(OPEN_QUESTION, state=State.APPLIED))
    with pytest.raises(Conflict, match="C-7K3MX is applied already"):
        await resolve.read_back_again(harness.ctx, actor(), OPEN_QUESTION.id)


async def test_a_look_that_comes_after_a_conclusion_is_a_conflict_and_recorded(
    harness: ServiceHarness,
) -> None:
    await harness.put(OPEN_QUESTION)
    harness.api.gate.clear()
    looking = asyncio.create_task(resolve.read_back_again(harness.ctx, actor(), OPEN_QUESTION.id))
    async with asyncio.timeout(30):
        while not harness.api.under_way:  # noqa: ASYNC110  # it tells nobody that it is asked
            await asyncio.sleep(0)
    await resolve.give_up(harness.ctx, actor(), OPEN_QUESTION.id, "nobody knows")
    harness.api.gate.set()
    with pytest.raises(Conflict, match="C-7K3MX was concluded meanwhile; look at its card"):
        await looking
    [entry] = [one.record for one in await harness.look(lambda tx: tx.entries(limit=1))]
    assert (entry.kind, entry.actor, entry.actor_name) == (
        "refused",
        REQUESTER,
        f"name of {REQUESTER}",
    )
    assert (entry.customer, entry.change_id) == (CUSTOMER, OPEN_QUESTION.id)


# --- the claim ---


async def claimed(harness: ServiceHarness, change: Change) -> Change | None:
    await harness.put(change)
    return await harness.store.write(lambda tx: start_approved(tx, harness.ctx, change.id, None))


@pytest.mark.parametrize("state", [one for one in State if one is not State.APPROVED])
async def test_what_was_decided_otherwise_meanwhile_is_not_begun(
    harness: ServiceHarness, state: State
) -> None:
    assert await claimed(harness, approved("C-00001", state=state)) is None


async def test_what_is_past_its_deadline_is_not_begun(harness: ServiceHarness) -> None:
    assert await claimed(harness, approved("C-00001", deadline=harness.clock.now())) is None


async def test_what_begins_waits_for_nothing_any_more(harness: ServiceHarness) -> None:
    waiting = approved("C-00001", waits_for="C-00000", waits_until=NOW)
    taken = await claimed(harness, waiting)
    assert taken is not None
    assert (taken.waits_for, taken.waits_until) == (None, None)


async def test_what_is_left_to_a_person_is_not_looked_at_any_more_and_says_why(
    harness: ServiceHarness,
) -> None:
    await harness.store.write(
        lambda tx: tx.remove_grant(a_subject(REQUESTER), Role.OPERATOR, CUSTOMER)
    )
    assert await claimed(harness, approved("C-00001", attempts=1, next_look_at=NOW)) is None
    left = await harness.change("C-00001")
    assert (left.state, left.next_look_at) == (State.NEEDS_OPERATOR, None)
    [detail] = await harness.details("change.needs_operator")
    assert str(detail["why"]).startswith(f"Not executed: {REQUESTER} lost the right meanwhile.")


@pytest.mark.parametrize("state", [State.EXECUTING, State.APPROVED])
async def test_what_runs_or_waits_for_another_customer_holds_nothing_up(
    harness: ServiceHarness, state: State
) -> None:
    other = approved("C-00001", customer=OTHER_CUSTOMER, state=state)
    await harness.put(other, approved("C-00002", decided_at=FIRST))
    harness.held = {"C-00001"}
    assert await harness.claim() == ["C-00002"]


async def test_who_waits_out_a_quiet_period_is_told_its_end(harness: ServiceHarness) -> None:
    lost = approved("C-00001", on=False, state=State.NEEDS_OPERATOR, ambiguous_at=NOW)
    await harness.put(lost, approved("C-00002"))
    assert await harness.claim() == []
    waiting = await harness.change("C-00002")
    assert (waiting.waits_for, waiting.waits_until) == ("C-00001", NOW + timedelta(seconds=60))


async def test_what_was_interrupted_says_so(harness: ServiceHarness) -> None:
    await harness.put(approved("C-00001", state=State.EXECUTING))
    await harness.work()
    assert await harness.details("change.lost") == [
        {"why": "The bot stopped while this was being sent. What came of it is read back."}
    ]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (InvalidInput("That group has no name."), "Not executed: That group has no name."),
        (RuntimeError("a bug"), "Not executed: its request cannot be built."),
    ],
)
async def test_what_has_no_request_is_stopped_and_says_why(
    harness: ServiceHarness, logs: list[MutableMapping[str, Any]], error: Exception, words: str
) -> None:
    def describe(*_: object) -> str:
        raise error

    harness.api.describe = describe  # type: ignore[assignment,method-assign]
    assert await claimed(harness, approved("C-00001")) is None
    stopped = await harness.change("C-00001")
    assert (stopped.state, stopped.decision_reason) == (State.CANCELLED, words)
    [entry] = [one for one in logs if one["event"] == "claim.no_request"]
    assert (entry["change"], entry["why"]) == ("C-00001", str(error))


# --- asked again ---


async def test_asked_again_it_is_undecided_waits_for_nothing_and_says_why(
    harness: ServiceHarness,
) -> None:
    seen = Preview(NOW, total=100, already=0)
    old = approved(
        "C-00001", preview=seen, preview_revision=1, waits_for="C-00000", waits_until=NOW
    )
    await harness.put(old)
    now = replace(seen, total=200)
    await harness.store.write(lambda tx: start_approved(tx, harness.ctx, old.id, now))
    asked = await harness.change(old.id)
    assert (asked.decided_at, asked.waits_for, asked.waits_until) == (None, None, None)
    [detail] = await harness.details("change.asked_again")
    assert detail["why"] == asked.asked_again == "100 users when it was decided, 200 now."


async def stale(harness: ServiceHarness, change: Change, *others: Change) -> str:
    await harness.put(*others)

    def query(tx: Transaction) -> str:
        return why_stale(tx, harness.ctx, change, None)

    return await harness.look(query)


async def test_half_an_hour_after_the_decision_it_still_holds(harness: ServiceHarness) -> None:
    change = a_change(preview=Preview(NOW), decided_at=NOW)
    harness.clock.at = NOW + timedelta(minutes=30)
    assert await stale(harness, change) == ""
    harness.clock.advance(microseconds=1)
    assert "more than half an hour ago" in await stale(harness, change)


@pytest.mark.parametrize(("total", "already"), [(None, 3), (9, None), (None, None)])
async def test_numbers_that_were_not_known_are_not_told(
    harness: ServiceHarness, total: int | None, already: int | None
) -> None:
    change = a_change(preview=Preview(NOW, total=total, already=already))
    other = a_change(id="C-00002", state=State.APPLIED, begun_at=FIRST)
    assert (await stale(harness, change, other)).endswith("has run meanwhile.")


async def test_what_ran_for_other_users_makes_nothing_stale(harness: ServiceHarness) -> None:
    change = a_change(preview=Preview(NOW), scope=users("a"))
    other = a_change(id="C-00002", state=State.APPLIED, begun_at=FIRST, scope=users("b"))
    assert await stale(harness, change, other) == ""
