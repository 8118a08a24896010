"""The executor as a process: it begins, ends, and finds what was interrupted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import pytest

from bot.domain.change_state import State
from bot.domain.scope import Everyone, Groups
from bot.errors import LeaseLost, StoreBusy
from bot.ports import Store, Transaction
from bot.service.changes import executor as executor_module
from bot.service.changes.executor import Executor
from bot.service.parallel import finish_tasks
from tests.builders import CUSTOMER, a_change
from tests.fakes import Answer
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


async def test_it_works_from_the_start_until_it_is_stopped(harness: ServiceHarness) -> None:
    await harness.put(approved("C-00001"))
    async with running_executor(harness):
        await harness.api.until_sent(1)
    assert await harness.state("C-00001") is State.APPLIED


async def test_the_bell_wakes_it(harness: ServiceHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executor_module, "SWEEP_SECONDS", 3600.0)  # without a ring it sleeps
    async with running_executor(harness) as (_, bell), asyncio.timeout(30):
        await harness.executor.sweep()
        await harness.put(approved("C-00001"))
        bell.set()
        await harness.api.until_sent(1)


async def test_it_looks_every_second_without_the_bell(harness: ServiceHarness) -> None:
    """A terminal that writes in another process cannot ring."""
    async with running_executor(harness):
        await harness.executor.sweep()
        await harness.put(approved("C-00001"))
        async with asyncio.timeout(30):
            await harness.api.until_sent(1)


async def test_at_the_end_what_runs_has_some_time_and_nothing_new_begins(
    harness: ServiceHarness,
) -> None:
    await harness.put(approved("C-00001", users("a")))
    harness.api.gate.clear()
    async with running_executor(harness) as (executor, _):
        await harness.api.until_sent(1)
        stopping = asyncio.create_task(executor.stop())
        await harness.put(approved("C-00002", users("b")))
        harness.api.gate.set()
        await stopping
    assert await harness.state("C-00001") is State.APPLIED
    assert await harness.state("C-00002") is State.APPROVED


async def test_a_sweep_during_which_the_end_comes_begins_nothing(harness: ServiceHarness) -> None:
    await harness.put(approved("C-00001", users("a")))
    ends: list[asyncio.Task[None]] = []
    told = asyncio.Event()

    class EndsAtEachStep:
        """The store, but the executor is told to end while a step runs."""

        async def read(self, query: Callable[[Transaction], Any]) -> Any:
            return await harness.store.read(query)

        async def write(self, step: Callable[[Transaction], Any]) -> Any:
            ends.append(asyncio.create_task(executor.stop()))
            told.set()
            return await harness.store.write(step)

    store = cast(Store, EndsAtEachStep())
    executor = Executor(replace(harness.ctx, store=store), asyncio.Event(), drain=30.0)
    async with executor, asyncio.timeout(30):
        await told.wait()
        await asyncio.gather(*ends)
    assert await harness.state("C-00001") is State.APPROVED
    assert harness.api.sent == []


async def test_what_is_late_is_left_for_the_next_start_which_reads_it_back(
    harness: ServiceHarness,
) -> None:
    await harness.put(approved("C-00001"))
    harness.api.gate.clear()
    async with running_executor(harness, drain=0.01):
        await harness.api.until_sent(1)
    assert await harness.state("C-00001") is State.EXECUTING

    harness.api.gate.set()
    harness.api.add(CUSTOMER, *users("a", "b", "c").addresses, failover=True)  # it took effect
    await harness.executor.run()
    assert await harness.state("C-00001") is State.APPLIED
    assert len(harness.api.sent) == 1
    assert (await harness.trail("C-00001"))[1:] == ["change.lost", "change.applied"]


async def test_after_a_lost_lease_nothing_is_waited_for(harness: ServiceHarness) -> None:
    """Another replica goes on with it."""
    await harness.put(approved("C-00001"))
    harness.api.gate.clear()

    async def until_lost() -> None:
        async with asyncio.timeout(30), running_executor(harness, drain=60.0):
            await harness.api.until_sent(1)
            raise LeaseLost

    with pytest.raises(LeaseLost):
        await until_lost()
    assert await harness.state("C-00001") is State.EXECUTING


async def test_stopping_before_the_start_and_twice_is_harmless(harness: ServiceHarness) -> None:
    executor = Executor(harness.ctx, asyncio.Event())
    await executor.stop()
    await executor.stop()
    await finish_tasks([], 0)


async def test_an_interrupted_list_goes_on_with_the_users_that_are_not_set(
    harness: ServiceHarness,
) -> None:
    harness.api.add(CUSTOMER, *many(20).addresses)
    change = await harness.released(many(20))
    harness.api.on_write = lambda _: harness.api.gate.clear() if len(harness.api.sent) > 8 else None
    await harness.executor.sweep()
    await harness.api.until_sent(16)
    await harness.executor.kill()
    assert await harness.state(change.id) is State.EXECUTING

    harness.api.on_write = lambda _: None
    harness.api.gate.set()
    harness.api.sent.clear()
    harness.executor = ManualExecutor(harness.ctx)
    await harness.executor.run()

    done = await harness.change(change.id)
    assert (done.state, done.attempts, done.done) == (State.APPLIED, 2, 20)
    lines = [f"PUT /44444/u{n:03}@example.com/failover" for n in range(8, 20)]
    assert harness.api.sent == lines


async def test_an_interrupted_change_that_took_effect_is_not_sent_again(
    harness: ServiceHarness,
) -> None:
    await harness.put(approved("C-00001", state=State.EXECUTING, attempts=1))
    harness.api.add(CUSTOMER, *users("a", "b", "c").addresses, failover=True)
    await harness.executor.run()
    assert await harness.state("C-00001") is State.APPLIED
    assert harness.api.sent == []


async def test_an_idle_sweep_takes_no_write_lock(harness: ServiceHarness) -> None:
    """A terminal or a delivery may want it."""
    await harness.executed(users("a"))  # ended: nothing is left to do
    refused = StoreBusy("held")
    harness.store.errors.append(refused)
    assert not await harness.executor.sweep()
    assert harness.store.errors == [refused]


@pytest.mark.parametrize(
    "state",
    [State.AWAITING_APPROVAL, State.APPROVED, State.EXECUTING, State.UNKNOWN, State.ACCEPTED],
)
async def test_a_sweep_with_work_to_look_for_takes_it(
    harness: ServiceHarness, state: State
) -> None:
    await harness.put(a_change(state=state))
    harness.store.errors.append(StoreBusy("held"))
    with pytest.raises(StoreBusy):
        await harness.executor.sweep()


async def test_a_sweep_takes_it_for_what_is_overdue(harness: ServiceHarness) -> None:
    await harness.previewed()
    assert not await harness.executor.sweep()
    harness.clock.advance(minutes=31)
    harness.store.errors.append(StoreBusy("held"))
    with pytest.raises(StoreBusy):
        await harness.executor.sweep()


async def test_a_sweep_takes_it_for_the_rows_of_an_old_import(harness: ServiceHarness) -> None:
    ended = await harness.executed(users("a"))
    await harness.store.write(lambda tx: tx.add_import(ended.id, [], skipped=0))
    assert not await harness.executor.sweep()
    harness.clock.advance(days=31)
    harness.store.errors.append(StoreBusy("held"))
    with pytest.raises(StoreBusy):
        await harness.executor.sweep()
