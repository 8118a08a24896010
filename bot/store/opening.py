"""Opens the store of a database: the one place that chooses the backend."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Protocol, Self

from bot.database_address import Database, PostgresUrl
from bot.ports import Clock, Store
from bot.store.sqlite.sqlite_library import Journal
from bot.store.sqlite.store import SqliteStore


class OpenStore(Store, Protocol):
    """A store that is closed at the end of its block."""

    async def __aenter__(self) -> Self:
        """Return the store, which is open already."""
        ...

    async def __aexit__(self, *_: object) -> None:
        """Close it."""
        ...


async def open_store(
    database: Database, *, clock: Clock | None = None, journal: Journal | None = None
) -> OpenStore:
    """Open the database and bring its schema up to date; the block of `async with` closes it.

    ``clock`` is the system's unless given; ``journal`` see ``SqliteStore.open``. Raises StoreBusy
    and StoreUnusable.
    """
    if isinstance(database, PostgresUrl):
        from bot.store.postgresql.store import PostgresStore  # noqa: PLC0415  # SQLite does without

        return await PostgresStore.open_async(database, clock=clock)
    return await SqliteStore.open_async(database, clock=clock, journal=journal)


@asynccontextmanager
async def listening(
    database: Database, wake: Mapping[str, Callable[[], None]]
) -> AsyncIterator[None]:
    """Call what belongs to a channel whenever a step notifies it, in whichever process.

    On SQLite nobody does: one process alone leads and receives.
    """
    if not isinstance(database, PostgresUrl):
        yield
        return
    from bot.store.postgresql.listener import listen  # noqa: PLC0415  # SQLite does without

    hearing = asyncio.create_task(listen(database, wake.keys(), lambda channel: wake[channel]()))
    try:
        yield
    finally:
        hearing.cancel()
        await asyncio.wait([hearing])
