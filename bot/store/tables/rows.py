"""What every group of rows stands on: the connection of the running step, its dialect, the clock.

The statements are in the SQL that SQLite and PostgreSQL both understand: marks are `?` in order or
`:name`, flags are 0 and 1, nothing depends on a collation or on an order that is not asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from bot.ports import Clock

# In order for `?`, by name for `:name`. Python 3.12.0 to 3.12.3 warns of numbered ones in order.
Values = Sequence[object] | Mapping[str, object]


class Row(Protocol):
    """A row, its values by name and by position."""

    def __getitem__(self, key: Any, /) -> Any:
        """Return a value."""
        ...

    def __iter__(self) -> Iterator[Any]:
        """Iterate over the values."""
        ...


class Cursor(Protocol):
    """The result of a statement."""

    @property
    def rowcount(self) -> int:
        """How many rows the statement wrote."""
        ...

    def fetchall(self) -> list[Any]:
        """Return the rows that are left."""
        ...

    def fetchone(self) -> Any:
        """Return the next row, or None."""
        ...

    def __iter__(self) -> Iterator[Any]:
        """Iterate over the rows that are left."""
        ...


class Connection(Protocol):
    """The connection inside the transaction of a step."""

    def execute(self, sql: str, values: Any = ..., /) -> Cursor:
        """Run a statement."""
        ...

    def executemany(self, sql: str, values: Iterable[Sequence[Any]], /) -> object:
        """Run a statement with each of these values."""
        ...


@dataclass(frozen=True, slots=True)
class Dialect:
    """Where the statements of the backends differ.

    ``no_limit`` is what LIMIT takes for "all". ``find`` is the function that returns the position
    of a text in another, 0 where it is not there. ``outer_first`` joins two tables, the first one
    being read first; ``for_each`` joins to each row of what stands before it the rows of `{table}`,
    as `{name}`, that fulfil `{condition}`, by an index. ``behalf`` and ``subject`` are what the
    detail of an audit entry has under `on_behalf_of` and `subject`, NULL where it has not. ``elements`` is a table with a column
    `value`, made of a list in a JSON text; a text without that list has none: `{text}` and `{path}`
    (names with dots between them) are filled in.
    """

    no_limit: int | None
    find: str
    outer_first: str
    for_each: str
    behalf: str
    subject: str
    elements: str


class Rows:
    """Base of the row groups; used inside one transaction, on a thread of the store."""

    def __init__(self, connection: Connection, dialect: Dialect, clock: Clock) -> None:
        self._connection = connection
        self._dialect = dialect
        self._clock = clock

    def _all(self, sql: str, values: Values = ()) -> list[Row]:
        return self._connection.execute(sql, values).fetchall()

    def _first(self, sql: str, values: Values = ()) -> Row | None:
        row: Row | None = self._connection.execute(sql, values).fetchone()
        return row

    def _run(self, sql: str, values: Values = ()) -> int:
        """Run a statement that writes; return how many rows it touched."""
        return self._connection.execute(sql, values).rowcount

    def _limited(self, limit: int | None) -> int | None:
        """Return the value for LIMIT; None asks for all."""
        return self._dialect.no_limit if limit is None else limit

    def _elements(self, text: str, path: str) -> str:
        return self._dialect.elements.format(text=text, path=path)


def without_zero(text: str) -> str:
    """Return the text with U+FFFD for the character 0, which PostgreSQL does not hold."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")


def marks(count: int) -> str:
    """Return ``?,?,?`` for so many values."""
    return ",".join("?" * count)


def among(column: str, count: int) -> str:
    """Return the condition that a column has one of so many values; of none it has none."""
    return f"{column} IN ({marks(count)})" if count else "FALSE"
