"""Concurrent calls, a bounded number at a time, and the end of running tasks."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Hashable, Iterable
from typing import Any, TypeVar

MAX_PARALLEL_REQUESTS = 8

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


async def map_concurrently(keys: Iterable[K], call: Callable[[K], Awaitable[T]]) -> dict[K, T]:
    """Return the result for each key, in their order.

    The first failure cancels the others and is raised.
    """
    semaphore = asyncio.Semaphore(MAX_PARALLEL_REQUESTS)

    async def one(key: K) -> T:
        async with semaphore:
            return await call(key)

    try:
        async with asyncio.TaskGroup() as group:
            tasks = {key: group.create_task(one(key)) for key in keys}
    except BaseExceptionGroup as failed:
        raise failed.exceptions[0] from None
    return {key: task.result() for key, task in tasks.items()}


async def finish_tasks(tasks: Iterable[asyncio.Task[Any]], seconds: float) -> None:
    """Wait up to ``seconds`` for running tasks, then cancel them."""
    waiting = set(tasks)
    if not waiting:
        return
    try:
        await asyncio.wait(waiting, timeout=seconds)
    finally:  # also where a second signal ends the waiting
        await cancel_tasks([task for task in waiting if not task.done()])


async def cancel_tasks(tasks: Collection[asyncio.Task[Any]]) -> None:
    """Cancel the tasks and wait for their ends; what they raise is dropped."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
