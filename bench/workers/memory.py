"""Apply changes through the services and the real store, and measure the memory of this process.

``python -m bench.workers.memory DATABASE FEW MANY SECONDS`` prints one line of JSON.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bench.fakes import FakeDirectory, fake_api
from bench.participants import APPROVER, CHANNELS, OPERATOR
from bench.processes import resident_megabytes
from bot.domain.actor import Actor
from bot.domain.change_commands import FlagCommand
from bot.domain.change_state import OPEN
from bot.domain.scope import Everyone, Flag
from bot.ports import Transaction
from bot.service.changes.decide import approve
from bot.service.changes.executor import Executor
from bot.service.changes.propose import propose
from bot.service.context import Context
from bot.store.sqlite.store import SqliteStore
from bot.store.times import SystemClock

BATCH = 50  # changes at the same time
MAX_BATCH_SECONDS = 30.0
POLL_SECONDS = 0.005


async def main(database: Path, few: int, many: int, seconds: float) -> None:
    """Apply ``few`` changes, measure, go on to ``many`` or until the seconds are over, measure
    again."""
    store = await SqliteStore.open_async(database)
    bell = asyncio.Event()
    ctx = Context(store, fake_api(), FakeDirectory(), SystemClock(), wake_executor=bell.set)
    customers = map(str, itertools.count(10_000))
    sizes, began = list[float | None](), time.monotonic()
    done = 0
    async with store, Executor(ctx, bell, MAX_BATCH_SECONDS):
        for goal in (few, many):
            while done < goal and (done < few or time.monotonic() - began < seconds):
                batch = [next(customers) for _ in range(min(BATCH, goal - done))]
                await _apply(ctx, batch)
                done += len(batch)
            sizes.append(resident_megabytes(os.getpid()))
    took = time.monotonic() - began
    print(json.dumps({"megabytes": sizes, "changes": done, "seconds": took}))


async def _apply(ctx: Context, customers: list[str]) -> None:
    actor = Actor(OPERATOR, CHANNELS[0])
    requests = [
        FlagCommand(
            Flag.FAILOVER, on=True, customer=one, scope=Everyone(), reason="Exchange is down"
        )
        for one in customers
    ]
    changes = [(await propose(ctx, actor, request))[0] for request in requests]
    await _until(ctx, lambda tx: not tx.changes_without_preview())
    for change in changes:
        await approve(ctx, Actor(APPROVER, CHANNELS[0]), change.id, 1)
    await _until(ctx, lambda tx: tx.count_changes(OPEN) == 0)


async def _until(ctx: Context, condition: Callable[[Transaction], bool]) -> None:
    async with asyncio.timeout(MAX_BATCH_SECONDS):
        while not await ctx.store.read(condition):  # noqa: ASYNC110  # the executor signals nobody
            await asyncio.sleep(POLL_SECONDS)


if __name__ == "__main__":
    path, few, many, seconds = sys.argv[1:]
    asyncio.run(main(Path(path), int(few), int(many), float(seconds)))
