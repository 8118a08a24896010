"""How a coroutine waits for what a thread of the store does."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


async def outcome_of(future: Future[T]) -> T:
    """Return the result, or raise what was raised. It goes on where the caller is cancelled."""
    told = asyncio.wrap_future(future)
    # asyncio logs an exception that nobody asked for, and a caller that was cancelled does not.
    told.add_done_callback(lambda one: one.cancelled() or one.exception())
    return await asyncio.shield(told)
