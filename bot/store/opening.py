"""Opens the store of a database: the one place that chooses the backend."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.database_address import Database, PostgresUrl
from bot.ports import Clock
from bot.store.sqlite.sqlite_library import Journal
from bot.store.sqlite.store import SqliteStore

if TYPE_CHECKING:
    from bot.store.postgresql.store import PostgresStore


async def open_store(
    database: Database, *, clock: Clock | None = None, journal: Journal | None = None
) -> SqliteStore | PostgresStore:
    """Open the database and bring its schema up to date; the block of `async with` closes it.

    ``clock`` is the system's unless given; ``journal`` see ``SqliteStore.open``. Raises StoreBusy
    and StoreUnusable.
    """
    if isinstance(database, PostgresUrl):
        from bot.store.postgresql.store import PostgresStore  # noqa: PLC0415  # SQLite does without

        return await PostgresStore.open_async(database, clock=clock)
    return await SqliteStore.open_async(database, clock=clock, journal=journal)
