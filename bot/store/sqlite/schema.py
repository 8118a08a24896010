"""The schema of a file, held against the one that the migrations make."""

from __future__ import annotations

import re
from functools import cache

from sqlite_utils import Database

from bot.store.sqlite.migrations import SCHEMA

Schema = dict[tuple[str, str], tuple[str, ...]]


def schema_differences(db: Database) -> list[str]:
    """Return a sentence for each table, index, trigger or view that is missing, changed or not the bot's."""
    found, left = [], _schema(db)
    for (kind, name), made in _as_made().items():
        there = left.pop((kind, name), None)
        if there is None:
            found.append(f"the {kind} {name} is missing")
        elif there != made:
            found.append(f"the {kind} {name} is not as the bot made it")
    return found + [f"the {kind} {name} is not the bot's" for kind, name in left]


@cache
def _as_made() -> Schema:
    fresh = Database(memory=True)
    try:
        SCHEMA.apply(fresh)
        return _schema(fresh)
    finally:
        fresh.close()


def _schema(db: Database) -> Schema:
    # SQLite keeps tables of its own (sqlite_stat1), and indexes of primary keys, which have no SQL. A
    # trigger may have such a name too, and works.
    rows = db.conn.execute(
        "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL "
        "AND NOT (type = 'table' AND name LIKE 'sqlite\\_%' ESCAPE '\\')"
    ).fetchall()
    return {(kind, name): _plain(sql) for kind, name, sql in rows}


# A text in quotation marks, a name in those that a version of a library puts around it, a word, a character.
_TOKEN = re.compile(
    r"""('(?:[^']|'')*')|"([a-z0-9_]+)"|\[([a-z0-9_]+)]|`([a-z0-9_]+)`|(\w+)|(\S)"""
)


def _plain(sql: str) -> tuple[str, ...]:
    """Return the tokens of a statement: spaces between them, and quotes around a name, do not count.

    Quotes around anything else do: SQLite takes what names nothing for a text, and a trigger does nothing.
    """
    return tuple("".join(found.groups("")) for found in _TOKEN.finditer(sql))
