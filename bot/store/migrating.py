"""Brings the schema of a database up to date, and does nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from bot.database_address import Database, PostgresUrl
from bot.store.sqlite.store import SqliteStore


async def migrate_database(database: Database) -> Sequence[str]:
    """Return the names of the steps that this call applied. Raises StoreBusy and StoreUnusable."""
    if isinstance(database, PostgresUrl):
        return await asyncio.to_thread(_on_postgresql, database)
    async with await SqliteStore.open_async(database) as store:
        return store.migrated


def _on_postgresql(url: PostgresUrl) -> Sequence[str]:
    # SQLite does without the library.
    from bot.store.postgresql.connecting import connect  # noqa: PLC0415
    from bot.store.postgresql.migrations import migrate  # noqa: PLC0415

    with connect(url) as connection:
        return migrate(connection, url)
