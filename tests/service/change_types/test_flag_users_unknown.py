"""Named users with an ambiguous answer: looked up one by one, and only the others are sent again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.domain.change import Change
from bot.domain.change_state import State
from bot.domain.limits import MAX_TYPED_USERS
from bot.domain.outcome import UserStatus
from bot.domain.scope import EVERY_USER, Filters
from bot.errors import Ambiguous, Refused
from bot.ports import UserState
from bot.service.change_types.attempt import read_state
from bot.service.changes import decide
from tests.builders import CUSTOMER, a_change
from tests.fakes import ACCEPTED_IN_VAIN, ambiguous, refusal
from tests.service.harness import ServiceHarness, actor, many, users

APPLIED, FAILED = UserStatus.APPLIED, UserStatus.FAILED
UNKNOWN, NOT_SENT = UserStatus.UNKNOWN, UserStatus.NOT_SENT


async def later(harness: ServiceHarness, change: Change, seconds: float = 2) -> Change:
    harness.clock.advance(seconds=seconds)
    await harness.executor.run()
    return await harness.change(change.id)


async def unknown(harness: ServiceHarness, **answers: object) -> Change:
    """Return a change of a, b and c with these answers, e.g. ``b=ambiguous(landed=True)``."""
    harness.api.answers_to = {f"{one}@example.com": [given] for one, given in answers.items()}  # type: ignore[list-item]  # Answers by name
    change = await harness.executed(users("a", "b", "c"))
    assert change.state is State.UNKNOWN
    return change


async def test_one_ambiguous_answer_makes_the_change_unknown(harness: ServiceHarness) -> None:
    change = await unknown(harness, b=ambiguous(landed=True), c=refusal("Forbidden"))

    taken = UserStatus.ACCEPTED  # not read back yet
    assert await harness.statuses(change.id) == {"a": taken, "b": UNKNOWN, "c": FAILED}
    assert change.outcome
    assert change.outcome.sentence == "For some users the answer was ambiguous."
    assert change.outcome.affected == 1
    assert change.ambiguous_at == harness.clock.at


async def test_found_as_wanted_is_applied_without_another_request(harness: ServiceHarness) -> None:
    change = await unknown(harness, b=ambiguous(landed=True))
    done = await later(harness, change)

    assert done.state is State.APPLIED
    assert len(harness.api.sent) == 3
    assert await harness.statuses(change.id) == {"a": APPLIED, "b": APPLIED, "c": APPLIED}
    assert done.outcome
    assert (done.outcome.in_state, done.outcome.failed, done.outcome.sentence) == (3, 0, "")


async def test_found_as_wanted_beside_refused_users_is_partial(harness: ServiceHarness) -> None:
    change = await unknown(harness, b=ambiguous(landed=True), c=refusal("Forbidden"))
    done = await later(harness, change)

    assert (done.state, done.attempts) == (State.PARTIAL, 1)
    assert await harness.statuses(change.id) == {"a": APPLIED, "b": APPLIED, "c": FAILED}
    assert done.outcome
    assert (done.outcome.in_state, done.outcome.failed) == (2, 1)
    assert done.outcome.sentence == "Not for every user."


async def test_found_otherwise_is_sent_again_to_those_alone_who_are_not_set(
    harness: ServiceHarness,
) -> None:
    change = await unknown(harness, b=ambiguous(landed=False))
    harness.api.sent.clear()
    done = await later(harness, change)

    assert harness.api.sent == ["PUT /44444/b@example.com/failover"]
    assert (done.state, done.attempts, done.done) == (State.APPLIED, 2, 3)


async def test_the_next_attempt_leaves_refused_users_alone(harness: ServiceHarness) -> None:
    change = await unknown(harness, b=ambiguous(landed=False), c=refusal("Forbidden"))
    harness.api.sent.clear()
    done = await later(harness, change)
    assert harness.api.sent == ["PUT /44444/b@example.com/failover"]
    assert done.state is State.PARTIAL
    assert await harness.statuses(change.id) == {"a": APPLIED, "b": APPLIED, "c": FAILED}


async def test_accepted_and_not_seen_beside_an_ambiguous_one_is_not_sent_again(
    harness: ServiceHarness,
) -> None:
    change = await unknown(harness, a=ACCEPTED_IN_VAIN, b=ambiguous(landed=True))
    harness.api.sent.clear()
    done = await later(harness, change)
    assert (harness.api.sent, done.state) == ([], State.ACCEPTED)
    harness.api.held[CUSTOMER]["a@example.com"].failover = True
    assert (await later(harness, change)).state is State.APPLIED


async def test_after_three_attempts_a_person_is_needed_and_sees_whom_it_is_about(
    harness: ServiceHarness,
) -> None:
    harness.api.answers_to = {"b@example.com": [ambiguous(landed=False)] * 9}
    change = await harness.executed(users("a", "b", "c"))
    while change.state is State.UNKNOWN:
        change = await later(harness, change)

    assert (change.state, change.attempts) == (State.NEEDS_OPERATOR, 3)
    assert harness.api.sent.count("PUT /44444/b@example.com/failover") == 3
    assert harness.api.sent.count("PUT /44444/a@example.com/failover") == 1
    (row,) = await harness.look(lambda tx: tx.user_outcomes(change.id, status=UNKNOWN))
    assert (row.address, row.reason) == ("b@example.com", "read back: not on")
    assert change.outcome
    assert (change.outcome.in_state, change.outcome.failed) == (2, 1)


async def test_where_no_answer_comes_at_all_the_others_wait_until_it_was_looked(
    harness: ServiceHarness,
) -> None:
    """Each may wait a minute for a silent API: five thousand users would hold up others for hours."""
    scope = many(40)
    harness.api.add(CUSTOMER, *scope.addresses)
    harness.api.answers = [ambiguous(landed=False)] * 16
    change = await harness.executed(scope)
    assert (change.state, len(harness.api.sent)) == (State.UNKNOWN, 16)

    done = await later(harness, change)
    assert (done.state, len(harness.api.sent)) == (State.APPLIED, 16 + 40)


async def test_a_list_that_drips_is_no_answer(
    harness: ServiceHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_state, "MAX_LIST_SECONDS", 0.05)
    scope = many(MAX_TYPED_USERS + 1)

    async def dripping(customer: str, _: Filters = EVERY_USER) -> AsyncIterator[UserState]:
        await asyncio.Event().wait()
        yield UserState("x@example.com", None, None, None)

    harness.api.users = dripping  # type: ignore[method-assign, assignment]
    with pytest.raises(Ambiguous, match="did not list the users in time"):
        await asyncio.wait_for(
            read_state.users(harness.ctx, a_change(scope=scope), scope.addresses), 5
        )


async def test_without_an_answer_nothing_is_concluded(harness: ServiceHarness) -> None:
    change = await unknown(harness, b=ambiguous(landed=True))
    harness.api.unreadable_users = {"b@example.com": Ambiguous("no answer")}
    change = await later(harness, change)
    assert (change.state, change.looks) == (State.UNKNOWN, 1)
    assert change.outcome
    assert change.outcome.sentence == "Not read back: no answer"
    assert len(harness.api.sent) == 3

    harness.api.unreadable_users = {}
    assert (await later(harness, change, seconds=4)).state is State.APPLIED


async def test_receipts_that_cannot_be_read_back_are_accepted(harness: ServiceHarness) -> None:
    change = await harness.released(users("a", "b"))
    harness.api.unreadable = Ambiguous("no answer")
    await harness.executor.run()

    taken = await harness.change(change.id)
    assert taken.state is State.ACCEPTED
    assert taken.outcome
    assert (taken.outcome.api_id, taken.outcome.affected) == ("R-2", 2)
    harness.api.unreadable = None
    done = await later(harness, change)
    assert done.state is State.APPLIED
    assert len(harness.api.sent) == 2


@pytest.mark.parametrize("landed", [True, False])
async def test_a_look_that_is_refused_tells_nothing_so_nothing_is_sent_again_or_called_failed(
    harness: ServiceHarness, landed: bool
) -> None:
    change = await unknown(harness, b=ambiguous(landed=landed))
    harness.api.unreadable_users = {"b@example.com": Refused("Forbidden", status=403)}
    change = await later(harness, change)
    assert (change.state, change.looks, len(harness.api.sent)) == (State.UNKNOWN, 1, 3)
    assert change.outcome
    assert change.outcome.sentence == "Not read back: Forbidden"


async def test_a_receipt_whose_read_back_is_refused_is_not_called_failed(
    harness: ServiceHarness,
) -> None:
    change = await harness.released(users("a", "b"))
    harness.api.unreadable_users = {"b@example.com": Refused("Forbidden", status=403)}
    await harness.executor.run()
    assert await harness.state(change.id) is State.ACCEPTED
    harness.api.unreadable_users = {}
    assert (await later(harness, change)).state is State.APPLIED
    assert len(harness.api.sent) == 2


async def test_a_no_for_a_user_does_not_settle_what_an_attempt_before_may_still_do(
    harness: ServiceHarness,
) -> None:
    change = await unknown(harness, b=ambiguous(landed=False))
    harness.api.answers_to = {"b@example.com": [refusal("Forbidden")] * 9}
    change = await later(harness, change)
    assert change.state is State.UNKNOWN
    assert (await harness.statuses(change.id))["b"] is UNKNOWN


async def test_a_user_who_cannot_be_looked_up_is_not_taken_for_applied(
    harness: ServiceHarness,
) -> None:
    change = await unknown(harness, b=ambiguous(landed=True))
    harness.api.unreadable_users = {"b@example.com": Refused("Not Found", status=404)}
    harness.api.answers_to = {"b@example.com": [refusal("Not Found", 404)]}
    done = await later(harness, change)
    assert done.state is State.PARTIAL
    assert await harness.statuses(change.id) == {"a": APPLIED, "b": FAILED, "c": APPLIED}


@pytest.mark.parametrize(
    ("landed", "state"), [(True, State.PARTIAL), (False, State.NEEDS_OPERATOR)]
)
async def test_stopped_with_an_ambiguous_answer_is_looked_up_and_not_sent_again(
    harness: ServiceHarness, landed: bool, state: State
) -> None:
    harness.api.add("44444", *many(10).addresses)
    change = await harness.released(many(10))
    harness.api.answers_to = {"u000@example.com": [ambiguous(landed=landed)]}
    harness.api.gate.clear()
    await harness.executor.sweep()
    await harness.api.until_sent(8)
    await decide.stop(harness.ctx, actor(), change.id)
    harness.api.gate.set()
    await harness.executor.settle()
    assert await harness.state(change.id) is State.UNKNOWN

    done = await later(harness, change)
    assert done.state is state
    assert len(harness.api.sent) == 8
    rows = await harness.statuses(change.id)
    assert rows["u000"] is (APPLIED if landed else UNKNOWN)
    assert rows["u008"] is rows["u009"] is NOT_SENT
