"""One attempt for everyone or for groups: sent once, read back, concluded."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from bot.domain.change import Change
from bot.domain.change_state import State
from bot.domain.outcome import Outcome
from bot.domain.scope import EVERY_USER, Everyone, Filters, Flag, Scope
from bot.errors import Ambiguous
from bot.ports import MessageKind
from bot.service.change_types.attempt.send import read_back
from tests.builders import APPROVER, CUSTOMER, NOW, a_change
from tests.fakes import ACCEPTED, ACCEPTED_IN_VAIN, Answer, not_sent, refusal
from tests.service.harness import ServiceHarness, groups, users


@pytest.mark.parametrize(
    ("scope", "over", "line", "affected"),
    [
        (Everyone(), {}, "PUT /44444/failover", 4),
        (Everyone(), {"on": False}, "DELETE /44444/failover", 4),
        (Everyone(), {"flag": Flag.ACCESS}, "PUT /44444/access", 4),
        (groups("emea"), {}, "PUT /44444/failover?group=emea", 2),
        (groups("emea", "apac"), {}, "PUT /44444/failover?group=emea,apac", 3),
    ],
)
async def test_a_change_is_sent_once_and_read_back(
    harness: ServiceHarness, scope: Scope, over: dict[str, Any], line: str, affected: int
) -> None:
    add = partial(harness.api.add, CUSTOMER, failover=not over.get("on", True), access=False)
    add(*users("a", "b").addresses, groups=frozenset({"emea"}))
    add(*users("c").addresses, groups=frozenset({"apac"}))
    add(*users("d").addresses)

    done = await harness.executed(scope, **over)

    assert done.state is State.APPLIED
    assert harness.api.sent == [line]
    told = done.outcome
    assert told
    assert (told.affected, told.in_state, told.total) == (affected, affected, affected)
    assert (told.api_id, told.api_timestamp) == ("R-1", "2026-03-14T03:10:01Z")
    assert (told.read_back_at, told.sentence) == (NOW, "")


async def test_the_story_of_a_change_is_in_the_audit_trail(harness: ServiceHarness) -> None:
    harness.api.add(CUSTOMER, *users("z").addresses, activation=False)
    done = await harness.executed()

    assert await harness.trail(done.id) == [
        "change.proposed",
        "change.previewed",
        "change.approved",
        "change.executing",
        "change.applied",
    ]
    assert (await harness.details("change.executing"))[0]["requests"] == ["PUT /44444/failover"]
    assert await harness.details("change.applied") == [
        {
            "api_id": "R-1",
            "api_timestamp": "2026-03-14T03:10:01Z",
            "affected": 4,
            "read_back": [4, 4],
            "failed": 0,
            "sentence": "",
            "cannot_read": 1,
        }
    ]
    assert done.outcome
    assert done.outcome.not_activated == 1
    outcome = await harness.message(MessageKind.OUTCOME, done)
    assert outcome
    assert outcome.wanted == done.revision
    assert done.decided_by == APPROVER


async def test_a_refusal_is_a_failure_and_is_not_repeated(harness: ServiceHarness) -> None:
    harness.api.answers = [refusal("Forbidden")]
    done = await harness.executed()

    assert (done.state, len(harness.api.sent)) == (State.FAILED, 1)
    assert done.outcome
    assert (done.outcome.sentence, done.outcome.api_id) == ("Forbidden", "E-1")
    assert done.outcome.api_timestamp == "2026-03-14T03:09:00Z"
    assert done.outcome.read_back_at is None
    assert done.ambiguous_at is None
    assert await harness.message(MessageKind.OUTCOME, done)


@pytest.mark.parametrize(
    ("answers", "slept", "state"),
    [
        ([not_sent(), ACCEPTED], [0.5], State.APPLIED),
        ([not_sent(), not_sent(), ACCEPTED], [0.5, 1.0], State.APPLIED),
        ([not_sent(), not_sent(), not_sent()], [0.5, 1.0], State.APPROVED),
        ([not_sent(7.0), not_sent(0.0), ACCEPTED], [7.0, 0.0], State.APPLIED),
        ([not_sent(), refusal()], [0.5], State.FAILED),
    ],
)
async def test_what_did_not_leave_is_sent_again_three_times_at_most(
    harness: ServiceHarness, answers: list[Answer], slept: list[float], state: State
) -> None:
    harness.api.answers = list(answers)
    done = await harness.executed()
    assert done.state is state
    assert harness.clock.slept == slept
    assert harness.api.sent == ["PUT /44444/failover"] * len(answers)


@pytest.mark.parametrize(
    ("asked", "slept", "state"), [(60.0, [60.0], State.APPLIED), (61.0, [], State.APPROVED)]
)
async def test_the_api_is_never_asked_sooner_than_it_wants(
    harness: ServiceHarness, asked: float, slept: list[float], state: State
) -> None:
    """A minute is waited for; longer is told, since people wait, and tried no sooner."""
    harness.api.answers = [not_sent(asked), ACCEPTED]
    done = await harness.executed()
    assert (done.state, harness.clock.slept) == (state, slept)
    if state is State.APPROVED:
        assert done.next_try_at == NOW + timedelta(seconds=asked)


async def test_accepted_but_not_seen_is_told_so_after_a_few_looks(harness: ServiceHarness) -> None:
    harness.api.answers = [ACCEPTED_IN_VAIN]
    done = await harness.executed()

    assert done.state is State.ACCEPTED
    assert harness.clock.slept == [0.2, 0.4]
    assert done.outcome
    assert (done.outcome.in_state, done.outcome.total) == (0, 3)
    assert (done.outcome.api_id, done.outcome.affected) == ("R-1", 3)
    assert done.next_look_at == NOW + timedelta(seconds=2)
    assert len(harness.api.sent) == 1


async def test_an_effect_that_comes_late_is_waited_for(harness: ServiceHarness) -> None:
    harness.api.answers = [ACCEPTED_IN_VAIN]
    harness.clock.on_sleep = lambda _: harness.api.add(CUSTOMER, "a@example.com", failover=True)
    harness.api.held[CUSTOMER] = {}
    harness.api.add(CUSTOMER, "a@example.com")

    done = await harness.executed()

    assert done.state is State.APPLIED
    assert harness.clock.slept == [0.2]


async def test_accepted_but_not_readable_is_accepted_and_keeps_the_receipt(
    harness: ServiceHarness,
) -> None:
    change = await harness.released()
    harness.api.on_write = lambda _: _blind(harness)
    await harness.executor.run()

    taken = await harness.change(change.id)
    assert taken.state is State.ACCEPTED
    assert taken.outcome
    assert taken.outcome.api_id == "R-1"
    assert taken.outcome.sentence == "Not read back: no answer"

    harness.api.unreadable = None
    done = await _later(harness, change, seconds=2)
    assert done.state is State.APPLIED
    assert done.outcome
    assert (done.outcome.api_id, done.outcome.affected, done.outcome.sentence) == ("R-1", 3, "")
    assert len(harness.api.sent) == 1


def _blind(harness: ServiceHarness) -> None:
    harness.api.unreadable = Ambiguous("no answer")


async def _later(harness: ServiceHarness, change: Change, **by: float) -> Change:
    harness.clock.advance(**by)
    await harness.executor.run()
    return await harness.change(change.id)


async def locked_out(harness: ServiceHarness, scope: Scope) -> tuple[int | None, ...]:
    """Move these users; return who cannot read: access off, not activated, and either of the two."""
    add = partial(harness.api.add, CUSTOMER, groups=frozenset({"emea"}))
    add(*users("d", "e").addresses, access=False)
    add(*users("f").addresses, access=False, activation=False)
    add(*users("g", "h", "i").addresses, activation=False)
    done = await harness.executed(scope)
    assert done.outcome
    return done.outcome.access_off, done.outcome.not_activated, done.outcome.cannot_read


@pytest.mark.parametrize(
    ("scope", "numbers"),
    [
        (Everyone(), (3, 4, 6)),
        (groups("emea"), (3, 4, 6)),
        (users("a", "d", "f", "g"), (2, 2, 3)),
    ],
)
async def test_after_a_failover_it_is_counted_who_cannot_read_their_mail(
    harness: ServiceHarness, scope: Scope, numbers: tuple[int, ...]
) -> None:
    """Whoever has both is counted once."""
    assert await locked_out(harness, scope) == numbers


@pytest.mark.parametrize("answer", [Ambiguous("No answer."), 99])
async def test_where_the_last_count_is_not_told_or_impossible_the_others_are(
    harness: ServiceHarness, answer: Ambiguous | int
) -> None:
    real = harness.api.count

    async def count(customer: str, filters: Filters = EVERY_USER) -> int:
        if (filters.access, filters.activation) != (False, False):
            return await real(customer, filters)
        if isinstance(answer, int):
            return answer
        raise answer

    harness.api.count = count  # type: ignore[method-assign]  # one count differs
    assert await locked_out(harness, Everyone()) == (3, 4, None)


async def test_of_a_failover_that_is_seen_for_some_those_are_counted_alone(
    harness: ServiceHarness,
) -> None:
    """The others still read their mail where they always did."""
    harness.api.add(CUSTOMER, *users("d").addresses, failover=True, access=False)
    harness.api.add(CUSTOMER, *users("e").addresses, access=False)
    change = a_change(outcome=Outcome())
    told = (await read_back(harness.ctx, change)).outcome
    assert (told.in_state, told.access_off, told.cannot_read) == (1, 1, 1)
