"""What should never happen, and must not lose a change nor hold up the others."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.domain.change_state import Event, State
from bot.domain.scope import Everyone, Flag, Groups, Scope
from bot.errors import Refused, StoreBusy
from bot.ports import Transaction
from tests.builders import CUSTOMER, NOW
from tests.fakes import Answer, FakeApi
from tests.service.harness import (
    ManualExecutor,
    ServiceHarness,
    approved,
    many,
    running_executor,
    users,
)

Target = Everyone | Groups | str
BUG = Answer(error=RuntimeError("a bug"), effect=False)


@pytest.mark.parametrize("scope", [None, users("a", "b", "c"), many(20)])
async def test_a_bug_while_sending_ends_in_the_hands_of_a_person(
    harness: ServiceHarness, scope: Scope | None
) -> None:
    """Whatever it was: it is read back, tried three times, and blocks nothing for good."""
    harness.api.add(CUSTOMER, *many(20).addresses)
    harness.api.answers = [BUG] * 99
    change = await harness.executed(scope)
    assert (change.state, change.attempts) == (State.NEEDS_OPERATOR, 3)
    assert harness.clock.slept == [1.0, 1.0, 1.0]


@pytest.mark.parametrize("scope", [None, users("a", "b", "c")])
async def test_a_bug_that_went_away_is_recovered_from(
    harness: ServiceHarness, scope: Scope | None
) -> None:
    harness.api.answers = [BUG]
    change = await harness.executed(scope)
    assert (change.state, change.attempts) == (State.APPLIED, 2)


async def test_a_bug_in_one_change_does_not_stop_the_others(harness: ServiceHarness) -> None:
    await harness.put(approved("C-00001", users("a")), approved("C-00002", users("b")))
    harness.api.answers_to = {"a@example.com": [BUG] * 9}
    await harness.executor.run()
    assert await harness.state("C-00001") is State.NEEDS_OPERATOR
    assert await harness.state("C-00002") is State.APPLIED


async def test_an_outcome_that_could_not_be_saved_is_found_by_reading_back(
    harness: ServiceHarness,
) -> None:
    await harness.put(approved("C-00001"))
    harness.api.on_write = lambda _: harness.store.errors.append(StoreBusy("held"))
    await harness.executor.sweep()
    await harness.executor.settle()
    assert await harness.state("C-00001") is State.EXECUTING

    harness.api.on_write = lambda _: None
    await harness.executor.run()
    assert await harness.state("C-00001") is State.APPLIED
    assert len(harness.api.sent) == 1


async def test_a_store_that_is_busy_at_a_look_costs_no_look(harness: ServiceHarness) -> None:
    await harness.put(approved("C-00001", users("a"), state=State.UNKNOWN, next_look_at=NOW))
    harness.api.add(CUSTOMER, "a@example.com", failover=True)
    await harness.executor.sweep()
    harness.store.errors = [StoreBusy("held")]
    await harness.executor.settle()
    assert (await harness.change("C-00001")).looks == 0
    await harness.executor.run()
    assert await harness.state("C-00001") is State.APPLIED


async def test_what_was_settled_meanwhile_is_not_settled_twice(harness: ServiceHarness) -> None:
    def settle(tx: Transaction) -> None:
        current = tx.change("C-00001")
        assert current
        tx.save_change(current.moved(Event.FAIL))

    harness.rewritten = True
    await harness.put(approved("C-00001"))
    harness.api.on_write = lambda _: harness.store.meanwhile.append(settle)
    await harness.executor.run()
    assert await harness.state("C-00001") is State.FAILED
    assert "change.applied" not in await harness.trail("C-00001")


@pytest.mark.parametrize("error", [StoreBusy("held"), RuntimeError("a bug")])
async def test_a_sweep_that_fails_is_followed_by_the_next(
    harness: ServiceHarness, error: Exception
) -> None:
    await harness.put(approved("C-00001"))
    harness.store.errors = [error]
    async with running_executor(harness) as (_, bell), asyncio.timeout(30):
        await harness.store.failed.wait()
        bell.set()
        await harness.api.until_sent(1)
    assert await harness.state("C-00001") is State.APPLIED


@pytest.mark.parametrize("scope", [None, users("a", "b")])
async def test_a_bug_while_reading_back_counts_as_silence(
    harness: ServiceHarness, scope: Scope | None
) -> None:
    """Looking for ever would hold up everything that overlaps."""
    change = await harness.released(scope)
    harness.api.unreadable = RuntimeError("a bug")
    for _ in range(13):  # the API accepted it: it is looked at for ten minutes
        await harness.executor.sweep()
        await harness.executor.settle()
        harness.clock.advance(minutes=1)
    done = await harness.change(change.id)
    assert done.state is State.NEEDS_OPERATOR
    assert len(harness.api.sent) == (2 if scope else 1)
    assert done.outcome
    assert "a bug" not in done.outcome.sentence


@pytest.mark.parametrize("error", [Refused("No such path."), RuntimeError("a bug")])
async def test_a_request_that_cannot_be_built_stops_its_change_alone(
    harness: ServiceHarness, error: Exception
) -> None:
    class Clumsy(FakeApi):
        def describe(self, customer: str, flag: Flag, on: bool, scope: Target) -> str:
            if scope == "a@example.com":
                raise error
            return super().describe(customer, flag, on, scope)

    api = Clumsy()
    api.held = harness.api.held
    executor = ManualExecutor(replace(harness.ctx, api=api))
    await harness.put(approved("C-00001", users("a")), approved("C-00002", users("b")))
    await executor.run()

    stopped = await harness.change("C-00001")
    assert (stopped.state, stopped.attempts) == (State.CANCELLED, 0)
    assert stopped.decision_reason.startswith("Not executed: ")
    assert "a bug" not in stopped.decision_reason
    assert await harness.state("C-00002") is State.APPLIED
