"""Waiting on the event loop for what runs on a store's thread."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


async def finished(result: Future[T]) -> T:
    """Wait for it; where the caller is cancelled it goes on, and what it raises then is nobody's."""
    future = asyncio.wrap_future(result)
    future.add_done_callback(_retrieve)  # `shield` does not where it was cancelled
    return await asyncio.shield(future)


def _retrieve(future: asyncio.Future[T]) -> None:
    if not future.cancelled():
        future.exception()
