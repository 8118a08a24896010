"""A batch and a process that dies, seeded: nothing is lost, nothing takes effect twice, one outcome."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import TypeVar

import pytest

from bot.domain.change_state import OPEN, State
from bot.ports import Transaction
from bot.service.changes import decide
from tests.builders import APPROVER
from tests.service.changes.batch.conftest import CUSTOMERS, Batches
from tests.service.harness import ManualExecutor, ServiceHarness, actor

T = TypeVar("T")
# More of them would use up the attempts of a change.
KILLS = 2
MAX_ROUNDS = 60


class Deaths:
    """The process dies at one of the next writes, before it or after it."""

    def __init__(self, harness: ServiceHarness, chance: random.Random) -> None:
        self._harness, self._chance = harness, chance
        self._write = harness.store.write
        self._left, self._dying = 0, asyncio.Event()
        harness.store.write = self.write  # type: ignore[method-assign]  # every step goes through it

    async def write(self, step: Callable[[Transaction], T]) -> T:
        self._left -= 1
        if self._left:
            return await self._write(step)
        if self._chance.random() < 0.5:
            await self._write(step)
        self._dying.set()
        raise asyncio.CancelledError

    async def live(self) -> None:
        """Run the executor until the process dies, or has nothing to do."""
        self._left = self._chance.randrange(1, 30)
        self._dying.clear()
        running = asyncio.create_task(self._harness.executor.run())
        dying = asyncio.create_task(self._dying.wait())
        await asyncio.wait({running, dying}, return_when=asyncio.FIRST_COMPLETED)
        running.cancel()
        dying.cancel()
        await asyncio.gather(running, dying, return_exceptions=True)
        await self._harness.executor.kill()
        self._left = 0
        self._harness.executor = ManualExecutor(self._harness.ctx)


@pytest.mark.parametrize("seed", range(12))
async def test_a_batch_survives_kills_at_any_step(
    harness: ServiceHarness, batches: Batches, seed: int
) -> None:
    deaths = Deaths(harness, random.Random(seed))  # noqa: S311  # no secret
    effects: list[str] = []
    harness.api.on_effect = effects.append
    batch = await batches.propose()
    await deaths.live()
    await harness.executor.run()
    whole = await batches.whole(batch.id)
    await decide.approve(harness.ctx, actor(APPROVER), batch.id, whole.preview_revision)
    for _ in range(KILLS):
        await deaths.live()
    for _ in range(MAX_ROUNDS):
        await harness.executor.run()
        harness.clock.advance(seconds=2)
        if (await batches.whole(batch.id)).state not in OPEN:
            break
    assert (await batches.whole(batch.id)).state is State.APPLIED, await batches.states(batch.id)
    assert sorted(effects) == sorted(CUSTOMERS)
    keys = await harness.look(lambda tx: tx.message_keys(batch.id))
    assert len([key for key in keys if key.startswith("outcome")]) == 1
