"""The rows of a file's tables as they are, for a copy into another database."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from bot.store.sqlite.errors import translated
from bot.store.sqlite.sqlite_library import sqlite3
from bot.store.sqlite.store import BUSY_TIMEOUT
from bot.store.sqlite.transactions import READING


class TableRows:
    """Reads tables as of one moment, while the block runs. Raises StoreError."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection

    def __enter__(self) -> Self:
        """Open the file, which is not written."""
        address = f"{self._path.absolute().as_uri()}?mode=ro"
        try:
            self._connection = sqlite3.connect(
                address, uri=True, timeout=BUSY_TIMEOUT, isolation_level=None
            )
            self._connection.execute(READING)
        except sqlite3.Error as error:
            raise translated(error, self._path) from error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the file."""
        self._connection.close()

    def rows(
        self, table: str, columns: Sequence[str], order: str
    ) -> Generator[tuple[Any, ...], None, None]:
        """Yield all rows of a table. The names are constants of the program."""
        statement = f"SELECT {', '.join(columns)} FROM {table} ORDER BY {order}"  # noqa: S608  # no values
        try:
            yield from self._connection.execute(statement)
        except sqlite3.Error as error:
            raise translated(error, self._path) from error
