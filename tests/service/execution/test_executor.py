"""The executor as a process: it begins, ends, and finds what was interrupted."""

from __future__ import annotations

import asyncio

import pytest

from bot.domain.change import State
from bot.domain.scope import Everyone, Groups
from bot.errors import StoreBusy
from bot.service.changes import executor as executor_module
from bot.service.changes.executor import Executor
from bot.service.parallel import finish_tasks
from tests.builders import CUSTOMER, a_change
from tests.fakes import Answer
from tests.service.service_setup import (
    HandExecutor,
    House,
    approved,
    many,
    running_executor,
    users,
)

Target = Everyone | Groups | str
BUG = Answer(error=RuntimeError("a bug"), effect=False)


async def test_it_works_from_the_start_until_it_is_stopped(house: House) -> None:
    await house.put(approved("C-00001"))
    async with running_executor(house):
        await house.api.until_sent(1)
    assert await house.state("C-00001") is State.APPLIED


async def test_the_bell_wakes_it(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executor_module, "SWEEP_SECONDS", 3600.0)  # without a ring it sleeps
    async with running_executor(house) as (_, bell), asyncio.timeout(30):
        await house.executor.sweep()
        await house.put(approved("C-00001"))
        bell.set()
        await house.api.until_sent(1)


async def test_it_looks_every_second_without_the_bell(house: House) -> None:
    """A terminal that writes in another process cannot ring."""
    async with running_executor(house):
        await house.executor.sweep()
        await house.put(approved("C-00001"))
        async with asyncio.timeout(30):
            await house.api.until_sent(1)


async def test_at_the_end_what_runs_has_some_time_and_nothing_new_begins(house: House) -> None:
    await house.put(approved("C-00001", users("a")))
    house.api.gate.clear()
    async with running_executor(house) as (executor, _):
        await house.api.until_sent(1)
        stopping = asyncio.create_task(executor.stop())
        await house.put(approved("C-00002", users("b")))
        house.api.gate.set()
        await stopping
    assert await house.state("C-00001") is State.APPLIED
    assert await house.state("C-00002") is State.APPROVED


async def test_what_is_late_is_left_for_the_next_start_which_reads_it_back(house: House) -> None:
    await house.put(approved("C-00001"))
    house.api.gate.clear()
    async with running_executor(house, drain=0.01):
        await house.api.until_sent(1)
    assert await house.state("C-00001") is State.EXECUTING

    house.api.gate.set()
    house.api.add(CUSTOMER, *users("a", "b", "c").addresses, failover=True)  # it took effect
    await house.executor.run()
    assert await house.state("C-00001") is State.APPLIED
    assert len(house.api.sent) == 1
    assert (await house.trail("C-00001"))[1:] == ["change.lost", "change.applied"]


async def test_stopping_before_the_start_and_twice_is_harmless(house: House) -> None:
    executor = Executor(house.ctx, asyncio.Event())
    await executor.stop()
    await executor.stop()
    await finish_tasks([], 0)


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


async def test_an_interrupted_change_that_took_effect_is_not_sent_again(house: House) -> None:
    await house.put(approved("C-00001", state=State.EXECUTING, attempts=1))
    house.api.add(CUSTOMER, *users("a", "b", "c").addresses, failover=True)
    await house.executor.run()
    assert await house.state("C-00001") is State.APPLIED
    assert house.api.sent == []


async def test_an_idle_sweep_takes_no_write_lock(house: House) -> None:
    """A terminal or a delivery may want it."""
    await house.executed(users("a"))  # ended: nothing is left to do
    refused = StoreBusy("held")
    house.store.errors.append(refused)
    assert not await house.executor.sweep()
    assert house.store.errors == [refused]


@pytest.mark.parametrize(
    "state",
    [State.AWAITING_APPROVAL, State.APPROVED, State.EXECUTING, State.UNKNOWN, State.ACCEPTED],
)
async def test_a_sweep_with_work_to_look_for_takes_it(house: House, state: State) -> None:
    await house.put(a_change(state=state))
    house.store.errors.append(StoreBusy("held"))
    with pytest.raises(StoreBusy):
        await house.executor.sweep()


async def test_a_sweep_takes_it_for_what_is_overdue(house: House) -> None:
    await house.previewed()
    assert not await house.executor.sweep()
    house.clock.advance(minutes=31)
    house.store.errors.append(StoreBusy("held"))
    with pytest.raises(StoreBusy):
        await house.executor.sweep()


async def test_a_sweep_takes_it_for_the_rows_of_an_old_import(house: House) -> None:
    ended = await house.executed(users("a"))
    await house.store.write(lambda tx: tx.add_import(ended.id, [], skipped=0))
    assert not await house.executor.sweep()
    house.clock.advance(days=31)
    house.store.errors.append(StoreBusy("held"))
    with pytest.raises(StoreBusy):
        await house.executor.sweep()
