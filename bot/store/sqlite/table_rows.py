"""The rows of a file's tables as they are, for a copy into another database."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from bot.store.sqlite.errors import translated
from bot.store.sqlite.sqlite_library import sqlite3
from bot.store.sqlite.store import BUSY_TIMEOUT
from bot.store.sqlite.transactions import READING

# Of a table, its columns, and the column to order by: constants of the program.
TableRows = Callable[[str, Sequence[str], str], Iterator[tuple[Any, ...]]]


@contextmanager
def table_rows(path: Path) -> Iterator[TableRows]:
    """Yield what reads all rows of a table, each as of the same moment, while the block runs.

    The file is not written. Raises StoreError, also for what SQLite refuses in the block.
    """
    address = f"{path.absolute().as_uri()}?mode=ro"
    try:
        with closing(
            sqlite3.connect(address, uri=True, timeout=BUSY_TIMEOUT, isolation_level=None)
        ) as connection:
            connection.execute(READING)
            yield lambda table, columns, order: connection.execute(
                f"SELECT {', '.join(columns)} FROM {table} ORDER BY {order}"  # noqa: S608  # no values
            )
    except sqlite3.Error as error:
        raise translated(error, path) from error
