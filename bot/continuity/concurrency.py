"""Requests of one kind: at most so many at once; the others wait here and not in the library's pool."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx


class ConcurrencyLimiter:
    """A client and the places on it.

    httpcore 1.0.9 loses a connection whose request is given up in the moment in which it is assigned:
    200 counts that were given up while the API hung left a pool of 64 jammed for good (measured). So the
    pool has no limit, nobody waits in it, and what it may lose jams nothing.
    """

    def __init__(self, client: httpx.AsyncClient, most: int) -> None:
        self.client = client
        self._places = asyncio.Semaphore(most)

    @asynccontextmanager
    async def place(self) -> AsyncIterator[httpx.AsyncClient]:
        """Wait for a place and hand out the client. Raises httpx.PoolTimeout after the client's own time."""
        try:
            async with asyncio.timeout(self.client.timeout.pool):
                await self._places.acquire()
        except TimeoutError:
            raise httpx.PoolTimeout("no place was free in time") from None
        try:
            yield self.client
        finally:
            self._places.release()
