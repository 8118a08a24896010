"""One attempt for everyone or for groups: sent once, read back, concluded."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from bot.domain.change import Change, State
from bot.domain.scope import Everyone, Flag, Scope
from bot.errors import Ambiguous
from bot.ports import MessageKind
from tests.builders import APPROVER, CUSTOMER, NOW
from tests.fakes import ACCEPTED, ACCEPTED_IN_VAIN, Answer, not_sent, refusal
from tests.service.service_setup import House, groups, users


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
    house: House, scope: Scope, over: dict[str, Any], line: str, affected: int
) -> None:
    add = partial(house.api.add, CUSTOMER, failover=not over.get("on", True), access=False)
    add(*users("a", "b").addresses, groups=frozenset({"emea"}))
    add(*users("c").addresses, groups=frozenset({"apac"}))
    add(*users("d").addresses)

    done = await house.executed(scope, **over)

    assert done.state is State.APPLIED
    assert house.api.sent == [line]
    told = done.outcome
    assert told
    assert (told.affected, told.in_state, told.total) == (affected, affected, affected)
    assert (told.api_id, told.api_timestamp) == ("R-1", "2026-03-14T03:10:01Z")
    assert (told.read_back_at, told.sentence) == (NOW, "")


async def test_the_story_of_a_change_is_in_the_audit_trail(house: House) -> None:
    house.api.add(CUSTOMER, *users("z").addresses, activation=False)
    done = await house.executed()

    assert await house.trail(done.id) == [
        "change.proposed",
        "change.previewed",
        "change.approved",
        "change.executing",
        "change.applied",
    ]
    assert (await house.details("change.executing"))[0]["requests"] == ["PUT /44444/failover"]
    assert await house.details("change.applied") == [
        {
            "api_id": "R-1",
            "api_timestamp": "2026-03-14T03:10:01Z",
            "affected": 4,
            "read_back": [4, 4],
            "failed": 0,
            "sentence": "",
        }
    ]
    assert done.outcome
    assert done.outcome.not_activated == 1
    outcome = await house.message(MessageKind.OUTCOME, done)
    assert outcome
    assert outcome.wanted == done.revision
    assert done.decided_by == APPROVER


async def test_a_refusal_is_a_failure_and_is_not_repeated(house: House) -> None:
    house.api.answers = [refusal("Forbidden")]
    done = await house.executed()

    assert (done.state, len(house.api.sent)) == (State.FAILED, 1)
    assert done.outcome
    assert (done.outcome.sentence, done.outcome.api_id) == ("Forbidden", "E-1")
    assert done.outcome.api_timestamp == "2026-03-14T03:09:00Z"
    assert done.outcome.read_back_at is None
    assert done.ambiguous_at is None
    assert await house.message(MessageKind.OUTCOME, done)


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
    house: House, answers: list[Answer], slept: list[float], state: State
) -> None:
    house.api.answers = list(answers)
    done = await house.executed()
    assert done.state is state
    assert house.clock.slept == slept
    assert house.api.sent == ["PUT /44444/failover"] * len(answers)


@pytest.mark.parametrize(
    ("asked", "slept", "state"), [(60.0, [60.0], State.APPLIED), (61.0, [], State.APPROVED)]
)
async def test_the_api_is_never_asked_sooner_than_it_wants(
    house: House, asked: float, slept: list[float], state: State
) -> None:
    """A minute is waited for; longer is told, since people wait, and tried no sooner."""
    house.api.answers = [not_sent(asked), ACCEPTED]
    done = await house.executed()
    assert (done.state, house.clock.slept) == (state, slept)
    if state is State.APPROVED:
        assert done.next_try_at == NOW + timedelta(seconds=asked)


async def test_accepted_but_not_seen_is_told_so_after_a_few_looks(house: House) -> None:
    house.api.answers = [ACCEPTED_IN_VAIN]
    done = await house.executed()

    assert done.state is State.ACCEPTED
    assert house.clock.slept == [0.2, 0.4]
    assert done.outcome
    assert (done.outcome.in_state, done.outcome.total) == (0, 3)
    assert (done.outcome.api_id, done.outcome.affected) == ("R-1", 3)
    assert done.next_look_at == NOW + timedelta(seconds=2)
    assert len(house.api.sent) == 1


async def test_an_effect_that_comes_late_is_waited_for(house: House) -> None:
    house.api.answers = [ACCEPTED_IN_VAIN]
    house.clock.on_sleep = lambda _: house.api.add(CUSTOMER, "a@example.com", failover=True)
    house.api.held[CUSTOMER] = {}
    house.api.add(CUSTOMER, "a@example.com")

    done = await house.executed()

    assert done.state is State.APPLIED
    assert house.clock.slept == [0.2]


async def test_accepted_but_not_readable_is_accepted_and_keeps_the_receipt(house: House) -> None:
    change = await house.released()
    house.api.on_write = lambda _: _blind(house)
    await house.executor.run()

    taken = await house.change(change.id)
    assert taken.state is State.ACCEPTED
    assert taken.outcome
    assert taken.outcome.api_id == "R-1"
    assert taken.outcome.sentence == "Not read back: no answer"

    house.api.unreadable = None
    done = await _later(house, change, seconds=2)
    assert done.state is State.APPLIED
    assert done.outcome
    assert (done.outcome.api_id, done.outcome.affected, done.outcome.sentence) == ("R-1", 3, "")
    assert len(house.api.sent) == 1


def _blind(house: House) -> None:
    house.api.unreadable = Ambiguous("no answer")


async def _later(house: House, change: Change, **by: float) -> Change:
    house.clock.advance(**by)
    await house.executor.run()
    return await house.change(change.id)
