"""Named users: sent a few at a time, saved as they are answered, stopped when asked."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.change import Change
from bot.domain.change_state import State
from bot.domain.outcome import UserStatus
from bot.errors import Refused
from bot.ports import MessageKind
from bot.service.changes import decide
from tests.builders import CUSTOMER, REQUESTER
from tests.fakes import ACCEPTED_IN_VAIN, Answer, refusal
from tests.service.harness import ServiceHarness, actor, many, users

ACCEPTED, APPLIED = UserStatus.ACCEPTED, UserStatus.APPLIED
FAILED, NOT_SENT = UserStatus.FAILED, UserStatus.NOT_SENT


async def hanging(harness: ServiceHarness, number: int, after: int, **user: Any) -> Change:
    """Return a change of so many users whose calls hang as soon as ``after`` users are answered."""
    harness.api.add(CUSTOMER, *many(number).addresses, **user)
    change = await harness.released(many(number))

    def close(_: str) -> None:
        if len(harness.api.sent) > after:
            harness.api.gate.clear()

    harness.api.on_write = close
    await harness.executor.sweep()
    await harness.api.until_sent(min(after + 8, number))
    return await harness.change(change.id)


async def finish(harness: ServiceHarness, change: Change) -> Change:
    harness.api.on_write = lambda _: None
    harness.api.gate.set()
    await harness.executor.settle()
    return await harness.change(change.id)


@pytest.mark.parametrize(("on", "verb"), [(True, "PUT"), (False, "DELETE")])
async def test_each_user_is_sent_once_and_read_back(
    harness: ServiceHarness, on: bool, verb: str
) -> None:
    harness.api.add(CUSTOMER, *users("a", "b").addresses, failover=not on)
    harness.api.add(CUSTOMER, *users("c").addresses, failover=not on, activation=False)

    done = await harness.executed(users("a", "b", "c"), on=on)

    assert done.state is State.APPLIED
    assert harness.api.sent == [f"{verb} /44444/{one}@example.com/failover" for one in "abc"]
    told = done.outcome
    assert told
    assert (told.affected, told.in_state, told.total, told.failed) == (3, 3, 3, 0)
    assert (told.sentence, told.not_activated, told.read_back_at) == (
        "",
        int(on) or None,
        harness.clock.at,
    )
    assert (done.done, told.api_id) == (3, "R-3")
    rows = await harness.look(lambda tx: tx.user_outcomes(done.id))
    assert [(row.api_id, row.api_timestamp) for row in rows] == [
        (f"R-{n}", f"2026-03-14T03:10:0{n}Z") for n in (1, 2, 3)
    ]


@pytest.mark.parametrize(("number", "at_once"), [(3, 3), (8, 8), (20, 8)])
async def test_no_more_than_eight_are_under_way(
    harness: ServiceHarness, number: int, at_once: int
) -> None:
    harness.api.add(CUSTOMER, *many(number).addresses)
    done = await harness.executed(many(number))
    assert (done.state, done.done) == (State.APPLIED, number)
    assert harness.api.most_at_once == at_once


async def test_what_is_answered_is_saved_while_the_rest_is_under_way(
    harness: ServiceHarness,
) -> None:
    change = await hanging(harness, 20, after=8)

    assert (change.state, change.done) == (State.EXECUTING, 8)
    assert await harness.statuses(change.id) == {f"u{n:03}": ACCEPTED for n in range(8)}

    done = await finish(harness, change)
    assert (done.state, done.done) == (State.APPLIED, 20)


@pytest.mark.parametrize(("seconds", "shown"), [(0.4, True), (0.3, False)])
async def test_progress_is_shown_every_three_seconds(
    harness: ServiceHarness, seconds: float, shown: bool
) -> None:
    """Eight writes take so many seconds each; then the second batch hangs."""
    harness.api.add(CUSTOMER, *many(24).addresses)
    change = await harness.released(many(24))
    rung = 0

    def pass_time(_: str) -> None:
        nonlocal rung
        harness.clock.advance(seconds=seconds)
        if len(harness.api.sent) == 16:
            rung = harness.rung["publisher"]
        if len(harness.api.sent) > 16:
            harness.api.gate.clear()

    harness.api.on_write = pass_time
    await harness.executor.sweep()
    await harness.api.until_sent(24)

    current = await harness.change(change.id)
    card = await harness.message(MessageKind.CARD, current)
    assert card
    assert current.done == (16 if shown else 8)  # written only to be shown
    assert card.wanted == current.revision
    assert (harness.rung["publisher"] > rung) is shown


async def test_stop_sends_no_further_users_and_leaves_what_was_sent(
    harness: ServiceHarness,
) -> None:
    change = await hanging(harness, 20, after=8)
    await decide.stop(harness.ctx, actor(), change.id)
    done = await finish(harness, change)

    assert (done.state, done.stopped_by, done.done) == (State.PARTIAL, REQUESTER, 16)
    assert len(harness.api.sent) == 16
    rows = await harness.look(lambda tx: tx.user_outcomes(change.id, status=NOT_SENT))
    assert [row.address for row in rows] == list(many(4, 16).addresses)
    assert {row.reason for row in rows} == {"stopped before it was sent"}
    assert done.outcome
    assert (done.outcome.in_state, done.outcome.failed) == (16, 4)
    assert (await harness.trail(change.id))[-2:] == ["change.stop_asked", "change.partial"]


async def test_stop_during_the_last_users_changes_nothing(harness: ServiceHarness) -> None:
    change = await hanging(harness, 5, after=0)
    await decide.stop(harness.ctx, actor(), change.id)
    assert (await finish(harness, change)).state is State.APPLIED


async def test_stop_after_nothing_but_refusals_is_failed(harness: ServiceHarness) -> None:
    change = await hanging(harness, 10, after=0)
    harness.api.answers = [refusal("Forbidden")] * 8
    await decide.stop(harness.ctx, actor(), change.id)
    done = await finish(harness, change)
    assert done.state is State.FAILED
    assert set((await harness.statuses(change.id)).values()) == {FAILED, NOT_SENT}


@pytest.mark.parametrize(
    ("answers", "reason", "api_id"), [([refusal("Not Found", 404)], "Not Found", "E-1")]
)
async def test_users_that_fail_make_it_partial_and_are_listed_with_the_reason(
    harness: ServiceHarness, answers: list[Answer], reason: str, api_id: str | None
) -> None:
    harness.api.answers_to = {"b@example.com": list(answers)}
    done = await harness.executed(users("a", "b", "c"))

    assert done.state is State.PARTIAL
    assert await harness.statuses(done.id) == {"a": APPLIED, "b": FAILED, "c": APPLIED}
    (row,) = await harness.look(lambda tx: tx.user_outcomes(done.id, status=FAILED))
    assert (row.address, row.reason, row.api_id) == ("b@example.com", reason, api_id)
    assert done.outcome
    assert (done.outcome.in_state, done.outcome.total, done.outcome.failed) == (2, 3, 1)
    assert (await harness.details("change.partial"))[0]["failed"] == 1
    assert await harness.message(MessageKind.OUTCOME, done)


async def test_when_all_are_refused_it_failed_and_nothing_is_read_back(
    harness: ServiceHarness,
) -> None:
    harness.api.answers = [refusal("Forbidden")] * 3
    change = await harness.released(users("a", "b", "c"))
    harness.api.asked.clear()
    await harness.executor.run()

    done = await harness.change(change.id)
    assert done.state is State.FAILED
    assert harness.api.asked == []
    assert done.outcome
    assert (done.outcome.sentence, done.outcome.failed, done.outcome.affected) == (
        "Forbidden",
        3,
        0,
    )


@pytest.mark.parametrize("in_vain", [["b"], ["a", "b", "c"]])
async def test_accepted_but_not_seen_is_no_failure_of_these_users(
    harness: ServiceHarness, in_vain: list[str]
) -> None:
    harness.api.answers_to = {f"{one}@example.com": [ACCEPTED_IN_VAIN] for one in in_vain}
    done = await harness.executed(users("a", "b", "c"))

    assert done.state is State.ACCEPTED
    assert harness.clock.slept == [0.2, 0.4]
    rows = await harness.look(lambda tx: tx.user_outcomes(done.id, status=ACCEPTED))
    assert [row.address[0] for row in rows] == in_vain
    assert {row.reason for row in rows} == {"accepted, not seen yet: not on"}
    assert done.outcome
    assert (done.outcome.failed, done.outcome.in_state) == (0, 3 - len(in_vain))
    assert len(harness.api.sent) == 3


async def test_a_user_who_is_gone_at_the_read_back_failed_with_the_words_of_the_api(
    harness: ServiceHarness,
) -> None:
    change = await harness.released(users("a", "b"))
    harness.api.unreadable_users = {"b@example.com": Refused("Not Found", status=404)}
    await harness.executor.run()

    (row,) = await harness.look(lambda tx: tx.user_outcomes(change.id, status=FAILED))
    assert (row.address, row.reason) == ("b@example.com", "Not Found")
    assert await harness.state(change.id) is State.PARTIAL
