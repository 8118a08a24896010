"""Several questions to the API at the same time, never too many; the first failure ends the others."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterable
from typing import TypeVar

MAX_PARALLEL_REQUESTS = 8  # requests under way at the same time

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


async def map_concurrently(keys: Iterable[K], call: Callable[[K], Awaitable[T]]) -> dict[K, T]:
    """Return the answer for each of those ``keys``, in their order. Raises the first failure."""
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
