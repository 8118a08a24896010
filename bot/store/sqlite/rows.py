"""What every group of rows stands on: the connection of the running step, and the clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlite_utils import Database

from bot.ports import Clock
from bot.store.sqlite.sqlite_library import sqlite3

NO_LIMIT = -1  # what SQLite's LIMIT takes for "all"
# In order for `?`, by name for `:name`. Python 3.12.0 to 3.12.3 warns of numbered ones in order.
Values = Sequence[object] | Mapping[str, object]


class Rows:
    """Base of the row groups; used inside one transaction, on the store's own thread."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    def _all(self, sql: str, values: Values = ()) -> list[sqlite3.Row]:
        return self._db.conn.execute(sql, values).fetchall()

    def _first(self, sql: str, values: Values = ()) -> sqlite3.Row | None:
        row: sqlite3.Row | None = self._db.conn.execute(sql, values).fetchone()
        return row

    def _run(self, sql: str, values: Values = ()) -> int:
        """Run a statement that writes; return how many rows it touched."""
        return self._db.conn.execute(sql, values).rowcount


def limited(limit: int | None) -> int:
    """Return the value for SQLite's LIMIT; None asks for all."""
    return NO_LIMIT if limit is None else limit


def marks(count: int) -> str:
    """Return ``?,?,?`` for so many values."""
    return ",".join("?" * count)
