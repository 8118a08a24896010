"""Limit concurrent requests with a semaphore instead of httpx's pool."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx


class ConcurrencyLimiter:
    """A client, and slots for its concurrent requests.

    httpcore 1.0.9 loses a connection if its request is cancelled at the moment of assignment: 200
    counts cancelled while the API hung left a pool of 64 blocked for good (measured). So the pool
    has no limit, no request waits in it, and a lost connection blocks nothing.
    """

    def __init__(self, client: httpx.AsyncClient, max_concurrent: int) -> None:
        self.client = client
        self._slots = asyncio.Semaphore(max_concurrent)

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[httpx.AsyncClient]:
        """Wait for a slot and yield the client. Raises httpx.PoolTimeout after the client's pool
        time-out."""
        try:
            async with asyncio.timeout(self.client.timeout.pool):
                await self._slots.acquire()
        except TimeoutError:
            raise httpx.PoolTimeout("no slot was free in time") from None
        try:
            yield self.client
        finally:
            self._slots.release()
