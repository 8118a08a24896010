"""The statements of the rows as psycopg takes them, and rows as the row groups read them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import psycopg

from bot.store.tables.rows import Cursor, Values, without_zero

# A text, a cast, a mark in order, a mark by name, and what psycopg takes for the start of a mark.
_MARK = re.compile(r"('(?:[^']|'')*')|(::)|(\?)|:([a-z_]+)|(%)")


class Row(tuple[Any, ...]):
    """A row, its values by name and by position; each list of names is a class of its own."""

    __slots__ = ()
    places: dict[str, int]

    def __getitem__(self, key: Any) -> Any:
        """Return the value of this name or position."""
        return super().__getitem__(self.places[key] if isinstance(key, str) else key)


class Statements:
    """``bot.store.tables.rows.Connection`` on a connection of psycopg.

    A text with the character 0 is looked up, and written, with another one: whoever sends it (a
    forged click, an answer of the API) gets the answer that SQLite gives.
    """

    def __init__(self, connection: psycopg.Connection[Row]) -> None:
        self._connection = connection

    def execute(self, sql: str, values: Values = (), /) -> Cursor:
        if isinstance(values, Mapping):
            held: Values = {name: _held(value) for name, value in values.items()}
        else:
            held = [_held(value) for value in values]
        return self._connection.execute(with_marks(sql).encode(), held)

    def executemany(self, sql: str, values: Iterable[Sequence[Any]], /) -> None:
        with self._connection.cursor() as cursor:
            rows = ([_held(value) for value in row] for row in values)
            cursor.executemany(with_marks(sql).encode(), rows)


def _held(value: object) -> object:
    return without_zero(value) if isinstance(value, str) else value


def rows_by_name(cursor: psycopg.Cursor[Any]) -> type[Row]:
    """Return what makes a row of the values that a statement returns."""
    return _row_class(tuple(column.name for column in cursor.description or ()))


@lru_cache(maxsize=512)
def _row_class(names: tuple[str, ...]) -> type[Row]:
    places = {name: place for place, name in enumerate(names)}
    return type("Row", (Row,), {"__slots__": (), "places": places})


@lru_cache(maxsize=1024)
def with_marks(sql: str) -> str:
    """Return the statement with psycopg's marks: `%s` for `?`, `%(name)s` for `:name`."""
    return _MARK.sub(_converted, sql)


def _converted(found: re.Match[str]) -> str:
    text, cast, mark, name, _ = found.groups()
    if text or cast:
        return found[0].replace("%", "%%")
    if mark:
        return "%s"
    return f"%({name})s" if name else "%%"
