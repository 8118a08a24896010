"""The schema of a file, held against the one that the migrations make."""

from __future__ import annotations

from functools import cache

from sqlite_utils import Database

from bot.store.migrations import SCHEMA

Schema = dict[tuple[str, str], str]


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
    # What SQLite keeps for itself (sqlite_stat1, the indexes of primary keys) has no SQL or this prefix.
    rows = db.conn.execute(
        "SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
    ).fetchall()
    return {(kind, name): _plain(sql or "") for kind, name, sql in rows}


def _plain(sql: str) -> str:
    """Return a statement without spaces and quotes around names: versions of a library differ in these."""
    return "".join(sql.translate(dict.fromkeys(map(ord, '"[]`'))).split())
