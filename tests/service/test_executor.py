"""The executor as a process: begins, ends, is interrupted, and survives what should not happen."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.domain.change import State
from bot.domain.scope import Everyone, Flag, Groups
from bot.errors import Refused, StoreBusy
from bot.service.context import Context
from bot.service.execute import Executor, finish
from tests.builders import CUSTOMER
from tests.fakes import Answer, FakeApi
from tests.service.house import HandExecutor, House, approved, many, users

Target = Everyone | Groups | str
BUG = Answer(error=RuntimeError("a bug"), effect=False)


def started(house: House) -> tuple[Executor, asyncio.Event]:
    """Return a running executor, and its bell, which the services ring."""
    bell = asyncio.Event()
    ctx: Context = replace(house.ctx, ring_executor=bell.set)
    executor = Executor(ctx, bell)
    executor.start()
    return executor, bell


async def test_it_works_from_the_start_until_it_is_stopped(house: House) -> None:
    await house.put(approved("C-00001"))
    executor, _ = started(house)
    await house.api.until_sent(1)
    await executor.stop(5)
    assert await house.state("C-00001") is State.APPLIED

    await house.put(approved("C-00002", on=False))
    await asyncio.sleep(0)
    assert await house.state("C-00002") is State.APPROVED


async def test_the_bell_wakes_it(house: House) -> None:
    executor, bell = started(house)
    async with asyncio.timeout(0.9):  # without a ring it looks after a second
        await house.put(approved("C-00001"))
        bell.set()
        await house.api.until_sent(1)
    await executor.stop(5)


async def test_it_looks_every_second_without_the_bell(house: House) -> None:
    """A terminal that writes in another process cannot ring."""
    executor, _ = started(house)
    await house.executor.sweep()
    await house.put(approved("C-00001"))
    async with asyncio.timeout(5):
        await house.api.until_sent(1)
    await executor.stop(5)


async def test_what_runs_has_some_time_to_end(house: House) -> None:
    await house.put(approved("C-00001"))
    house.api.gate.clear()
    executor, _ = started(house)
    await house.api.until_sent(1)
    stopping = asyncio.create_task(executor.stop(5))
    await asyncio.sleep(0)
    house.api.gate.set()
    await stopping
    assert await house.state("C-00001") is State.APPLIED


async def test_what_is_late_is_left_for_the_next_start_which_reads_it_back(house: House) -> None:
    await house.put(approved("C-00001"))
    house.api.gate.clear()
    executor, _ = started(house)
    await house.api.until_sent(1)
    await executor.stop(0.01)
    assert await house.state("C-00001") is State.EXECUTING

    house.api.gate.set()
    house.api.add(CUSTOMER, *users("a", "b", "c").addresses, failover=True)  # it took effect
    await house.executor.run()
    assert await house.state("C-00001") is State.APPLIED
    assert len(house.api.sent) == 1
    assert (await house.trail("C-00001"))[1:] == ["change.lost", "change.applied"]


async def test_stopping_before_the_start_and_twice_is_harmless(house: House) -> None:
    executor = Executor(house.ctx, asyncio.Event())
    await executor.stop(0)
    await executor.stop(0)
    await finish([], 0)


async def test_an_interrupted_list_goes_on_with_the_users_that_are_not_set(house: House) -> None:
    house.api.add(CUSTOMER, *many(20).addresses)
    change = await house.released(many(20))
    house.api.on_write = lambda _: house.api.gate.clear() if len(house.api.sent) > 8 else None
    await house.executor.sweep()
    await house.api.until_sent(16)
    await house.executor.kill()
    assert await house.state(change.id) is State.EXECUTING

    house.api.on_write = lambda _: None
    house.api.gate.set()
    house.api.sent.clear()
    house.executor = HandExecutor(house.ctx)
    await house.executor.run()

    done = await house.change(change.id)
    assert (done.state, done.attempts, done.done) == (State.APPLIED, 2, 20)
    lines = [f"PUT /44444/u{n:03}@example.com/failover" for n in range(8, 20)]
    assert house.api.sent == lines


async def test_a_lost_change_that_does_not_answer_yet_is_looked_at_again(house: House) -> None:
    await house.put(approved("C-00001", state=State.EXECUTING, attempts=1))
    house.api.add(CUSTOMER, *users("a", "b", "c").addresses, failover=True)
    await house.executor.run()
    assert await house.state("C-00001") is State.APPLIED
    assert house.api.sent == []


@pytest.mark.parametrize("scope", [None, users("a", "b", "c"), many(20)])
async def test_a_bug_while_sending_ends_in_the_hands_of_a_person(
    house: House, scope: object
) -> None:
    """Whatever it was: it is read back, tried three times, and blocks nothing for good."""
    house.api.add(CUSTOMER, *many(20).addresses)
    house.api.answers = [BUG] * 99
    change = await house.executed(scope)  # type: ignore[arg-type]  # a Scope, or None
    assert (change.state, change.attempts) == (State.NEEDS_OPERATOR, 3)
    assert house.clock.slept == [1.0, 1.0, 1.0]


@pytest.mark.parametrize("scope", [None, users("a", "b", "c")])
async def test_a_bug_that_went_away_is_recovered_from(house: House, scope: object) -> None:
    house.api.answers = [BUG]
    change = await house.executed(scope)  # type: ignore[arg-type]  # a Scope, or None
    assert (change.state, change.attempts) == (State.APPLIED, 2)


async def test_a_bug_in_one_change_does_not_stop_the_others(house: House) -> None:
    await house.put(approved("C-00001", users("a")), approved("C-00002", users("b")))
    house.api.answers_to = {"a@example.com": [BUG] * 9}
    await house.executor.run()
    assert await house.state("C-00001") is State.NEEDS_OPERATOR
    assert await house.state("C-00002") is State.APPLIED


async def test_an_outcome_that_could_not_be_saved_is_found_by_reading_back(house: House) -> None:
    await house.put(approved("C-00001"))
    house.api.on_write = lambda _: house.store.errors.append(StoreBusy("held"))
    await house.executor.sweep()
    await house.executor.settle()
    assert await house.state("C-00001") is State.EXECUTING

    house.api.on_write = lambda _: None
    await house.executor.run()
    assert await house.state("C-00001") is State.APPLIED
    assert len(house.api.sent) == 1


@pytest.mark.parametrize("error", [StoreBusy("held"), RuntimeError("a bug")])
async def test_a_sweep_that_fails_is_followed_by_the_next(house: House, error: Exception) -> None:
    await house.put(approved("C-00001"))
    house.store.errors = [error]
    executor, bell = started(house)
    await house.store.failed.wait()
    bell.set()
    async with asyncio.timeout(5):
        await house.api.until_sent(1)
    await executor.stop(5)
    assert await house.state("C-00001") is State.APPLIED


@pytest.mark.parametrize("scope", [None, users("a", "b")])
async def test_a_bug_while_reading_back_counts_as_silence(house: House, scope: object) -> None:
    """Looking for ever would hold up everything that overlaps."""
    change = await house.released(scope)  # type: ignore[arg-type]  # a Scope, or None
    house.api.unreadable = RuntimeError("a bug")
    for _ in range(8):
        await house.executor.sweep()
        await house.executor.settle()
        house.clock.advance(minutes=1)
    done = await house.change(change.id)
    assert done.state is State.NEEDS_OPERATOR
    assert len(house.api.sent) == (2 if scope else 1)
    assert done.outcome
    assert "a bug" not in done.outcome.sentence


@pytest.mark.parametrize("error", [Refused("No such path."), RuntimeError("a bug")])
async def test_a_request_that_cannot_be_built_stops_its_change_alone(
    house: House, error: Exception
) -> None:
    class Clumsy(FakeApi):
        def describe(self, customer: str, flag: Flag, on: bool, scope: Target) -> str:
            if scope == "a@example.com":
                raise error
            return super().describe(customer, flag, on, scope)

    api = Clumsy()
    api.users = house.api.users
    executor = HandExecutor(replace(house.ctx, api=api))
    await house.put(approved("C-00001", users("a")), approved("C-00002", users("b")))
    await executor.run()

    stopped = await house.change("C-00001")
    assert (stopped.state, stopped.attempts) == (State.CANCELLED, 0)
    assert stopped.decision_reason.startswith("Not executed: ")
    assert "a bug" not in stopped.decision_reason
    assert await house.state("C-00002") is State.APPLIED
