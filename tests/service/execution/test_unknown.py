"""An ambiguous answer is never called failed: it is read back, repeated a few times, or handed over."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.change import Change
from bot.domain.change_state import State
from bot.domain.roles import Role
from bot.errors import Ambiguous, ContinuityError, NotSent, Refused
from bot.ports import MessageKind
from bot.service.changes import decide
from tests.builders import CUSTOMER, NOW, REQUESTER, a_subject
from tests.fakes import Answer, ambiguous, not_sent, refusal
from tests.service.harness import ServiceHarness, actor


async def unknown(harness: ServiceHarness, *, landed: bool) -> Change:
    """Return a change after one ambiguous answer."""
    harness.api.answers = [ambiguous(landed=landed)]
    change = await harness.executed()
    assert change.state is State.UNKNOWN
    return change


async def later(harness: ServiceHarness, change: Change, **by: float) -> Change:
    harness.clock.advance(**by)
    await harness.executor.run()
    return await harness.change(change.id)


async def test_it_says_when_the_next_look_is_and_is_not_over(harness: ServiceHarness) -> None:
    change = await unknown(harness, landed=True)

    assert (change.ambiguous_at, change.next_look_at) == (NOW, NOW + timedelta(seconds=2))
    assert (change.attempts, change.looks, change.finished_at) == (1, 0, None)
    assert change.outcome
    assert change.outcome.sentence == "The continuity API did not answer in time."
    assert (await harness.trail(change.id))[-1] == "change.unknown"
    assert await harness.message(MessageKind.OUTCOME, change) is None
    asked = len(harness.api.asked)
    await later(harness, change, seconds=1.9)
    assert len(harness.api.asked) == asked


async def test_read_back_as_wanted_is_applied_without_another_request(
    harness: ServiceHarness,
) -> None:
    change = await unknown(harness, landed=True)
    done = await later(harness, change, seconds=2)

    assert done.state is State.APPLIED
    assert len(harness.api.sent) == 1
    assert done.next_look_at is None
    assert done.outcome
    assert (done.outcome.in_state, done.outcome.sentence) == (3, "")
    assert await harness.message(MessageKind.OUTCOME, done)


async def test_read_back_otherwise_is_sent_again_at_once(harness: ServiceHarness) -> None:
    change = await unknown(harness, landed=False)
    done = await later(harness, change, seconds=2)

    assert (done.state, done.attempts) == (State.APPLIED, 2)
    assert len(harness.api.sent) == 2
    assert (await harness.trail(change.id))[-4:] == [
        "change.executing",
        "change.unknown",
        "change.executing",
        "change.applied",
    ]


async def test_after_three_attempts_a_person_is_needed(harness: ServiceHarness) -> None:
    harness.api.answers = [ambiguous(landed=False)] * 9
    change = await harness.executed()
    for _ in range(2):
        change = await later(harness, change, seconds=2)
        assert change.state is State.UNKNOWN
    change = await later(harness, change, seconds=2)

    assert (change.state, change.attempts) == (State.NEEDS_OPERATOR, 3)
    assert len(harness.api.sent) == 3
    assert change.finished_at == harness.clock.at
    assert change.outcome
    assert (change.outcome.in_state, change.outcome.total) == (0, 3)
    assert (await harness.trail(change.id))[-1] == "change.needs_operator"
    assert await harness.message(MessageKind.OUTCOME, change)


@pytest.mark.parametrize("error", [Ambiguous("no"), NotSent("no"), Refused("no", status=403)])
async def test_without_an_answer_it_looks_less_and_less_often_then_hands_over(
    harness: ServiceHarness, error: ContinuityError
) -> None:
    change = await unknown(harness, landed=True)
    harness.api.unreadable = error
    waits = []
    while change.state is State.UNKNOWN:
        assert change.next_look_at
        waits.append((change.next_look_at - harness.clock.at).total_seconds())
        change = await later(harness, change, seconds=waits[-1])

    assert waits == [2, 4, 8, 16, 32, 60]
    assert change.state is State.NEEDS_OPERATOR
    assert change.outcome
    assert change.outcome.sentence == "Not read back: no"
    assert len(harness.api.sent) == 1
    assert change.ambiguous_at == NOW  # a look is no new answer to the request
    assert await harness.message(MessageKind.OUTCOME, change)


async def test_an_answer_after_some_silence_settles_it(harness: ServiceHarness) -> None:
    change = await unknown(harness, landed=True)
    harness.api.unreadable = Ambiguous("no")
    change = await later(harness, change, seconds=2)
    assert (change.state, change.looks) == (State.UNKNOWN, 1)
    harness.api.unreadable = None
    assert (await later(harness, change, seconds=4)).state is State.APPLIED


async def test_each_attempt_has_its_looks_anew(harness: ServiceHarness) -> None:
    harness.api.answers = [ambiguous(landed=False)] * 2
    change = await harness.executed()
    harness.api.unreadable = Ambiguous("no")
    change = await later(harness, change, seconds=2)
    assert change.looks == 1
    harness.api.unreadable = None
    change = await later(harness, change, seconds=4)
    assert (change.state, change.attempts, change.looks) == (State.UNKNOWN, 2, 0)


@pytest.mark.parametrize("answer", [refusal(), not_sent()])
async def test_a_no_does_not_settle_what_an_attempt_before_may_still_do(
    harness: ServiceHarness, answer: Answer
) -> None:
    change = await unknown(harness, landed=False)
    harness.api.answers = [answer] * 9
    for _ in range(2):
        change = await later(harness, change, seconds=2)
        assert change.state is State.UNKNOWN
    change = await later(harness, change, seconds=2)
    assert change.state is State.NEEDS_OPERATOR


async def test_after_the_quiet_period_an_attempt_can_fail_like_the_first(
    harness: ServiceHarness,
) -> None:
    change = await unknown(harness, landed=False)
    harness.api.answers = [refusal()]
    assert (await later(harness, change, seconds=60)).state is State.FAILED


async def test_what_does_not_leave_after_an_ambiguous_attempt_is_not_called_unsent(
    harness: ServiceHarness,
) -> None:
    change = await unknown(harness, landed=False)
    harness.api.answers = [not_sent()] * 3
    change = await later(harness, change, seconds=60)
    assert (change.state, change.attempts) == (State.APPROVED, 1)
    assert change.outcome
    assert change.outcome.sentence == (
        "The continuity API is not reached. This attempt was not sent; one before it was not answered."
    )
    assert (await later(harness, change, seconds=5)).state is State.APPLIED


async def test_whom_the_api_does_not_know_nothing_can_have_reached(harness: ServiceHarness) -> None:
    change = await unknown(harness, landed=False)
    harness.api.answers = [refusal("Not Found", 404)]
    assert (await later(harness, change, seconds=2)).state is State.FAILED


async def test_a_right_lost_meanwhile_leaves_it_to_a_person(harness: ServiceHarness) -> None:
    change = await unknown(harness, landed=False)
    await harness.store.write(
        lambda tx: tx.remove_grant(a_subject(REQUESTER), Role.OPERATOR, CUSTOMER)
    )
    change = await later(harness, change, seconds=2)

    assert change.state is State.NEEDS_OPERATOR
    assert REQUESTER in change.decision_reason
    assert len(harness.api.sent) == 1
    assert (await harness.trail(change.id))[-1] == "change.needs_operator"
    assert await harness.message(MessageKind.OUTCOME, change)


async def test_an_old_wish_is_not_sent_again(harness: ServiceHarness) -> None:
    """The bot was down; by now somebody may have put it back by another way."""
    change = await unknown(harness, landed=False)
    harness.clock.at = change.deadline
    change = await later(harness, change)
    assert change.state is State.NEEDS_OPERATOR
    assert len(harness.api.sent) == 1


async def test_an_old_wish_that_took_effect_is_applied_all_the_same(
    harness: ServiceHarness,
) -> None:
    change = await unknown(harness, landed=True)
    assert (await later(harness, change, days=1)).state is State.APPLIED


async def test_what_was_asked_to_stop_is_not_sent_again(harness: ServiceHarness) -> None:
    change = await harness.released()
    harness.api.answers = [ambiguous(landed=False)]
    harness.api.on_write = lambda _: harness.api.gate.clear()
    await harness.executor.sweep()
    await harness.api.until_sent(1)
    await decide.stop(harness.ctx, actor(), change.id)
    harness.api.gate.set()
    await harness.executor.settle()

    change = await later(harness, change, seconds=2)
    assert (change.state, change.stopped_by) == (State.NEEDS_OPERATOR, REQUESTER)
    assert len(harness.api.sent) == 1
