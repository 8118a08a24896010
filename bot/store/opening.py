"""Opens the store of a database: the one place that chooses the backend."""

from __future__ import annotations

from bot.database_address import Database, sqlite_file
from bot.ports import Clock
from bot.store.sqlite.sqlite_library import Journal
from bot.store.sqlite.store import SqliteStore


async def open_store(
    database: Database, *, clock: Clock | None = None, journal: Journal | None = None
) -> SqliteStore:
    """Open the database and bring its schema up to date; the block of `async with` closes it.

    ``clock`` is the system's unless given; ``journal`` see ``SqliteStore.open``. Raises StoreBusy
    and StoreUnusable.
    """
    file = sqlite_file(database, "The bot")
    return await SqliteStore.open_async(file, clock=clock, journal=journal)
