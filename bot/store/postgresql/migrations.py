"""Brings the schema up to date, under the lock of the writers: any number may start at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import errors

from bot.database_address import PostgresUrl
from bot.errors import StoreUnusable
from bot.program import PROGRAM
from bot.store.postgresql.errors import translated
from bot.store.postgresql.schema_steps import STEPS

# Of all writers of one database, the migrations among them.
LOCK = int.from_bytes(b"continui", "big")
TAKE_LOCK = f"SELECT pg_advisory_xact_lock({LOCK})"
_APPLIED = """
    CREATE TABLE IF NOT EXISTS schema_steps
      (name text COLLATE "C" PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT clock_timestamp())
"""
# Not `to_regclass`: it answers from the session's cache, which within one transaction does not take in
# what others committed while this session waited for the lock.
_IS_THERE = """
    SELECT EXISTS (SELECT FROM pg_class
      WHERE relname = 'schema_steps' AND relkind = 'r' AND pg_table_is_visible(oid))
"""


def migrate(connection: psycopg.Connection[Any], url: PostgresUrl) -> tuple[str, ...]:
    """Apply the steps that are missing; return their names.

    Raises StoreUnusable where the database belongs to a newer version or to another program, or
    where this user may not make tables; nothing is written then.
    """
    missing: tuple[str, ...] = ()
    try:
        missing = pending(connection, url)
        if missing:
            with in_transaction(connection):
                connection.execute(TAKE_LOCK)
                missing = pending(connection, url)  # another process may have been first
                _apply(connection, missing)
    except errors.InsufficientPrivilege:
        raise StoreUnusable(
            f"The database {url} needs a step of its schema ({', '.join(missing)}) that this user "
            f"has no right to: run `{PROGRAM} migrate` as one who may, and start again."
        ) from None
    except (errors.DuplicateTable, errors.DuplicateFunction) as error:
        raise StoreUnusable(
            f"The database {url} belongs to another program; set DATABASE to another one "
            f"({error.diag.message_primary})."
        ) from None
    except psycopg.Error as error:
        raise translated(error, url) from error
    return missing


def pending(connection: psycopg.Connection[Any], url: PostgresUrl) -> tuple[str, ...]:
    """Return the steps that are missing. Raises StoreUnusable where a newer version has been here."""
    done = applied(connection)
    if unknown := sorted(set(done) - set(STEPS)):
        raise StoreUnusable(
            f"The database {url} was written by a newer version ({', '.join(unknown)}); "
            "start that version."
        )
    return tuple(name for name in STEPS if name not in done)


def applied(connection: psycopg.Connection[Any]) -> tuple[str, ...]:
    """Return the steps that the database has, in their order; none where it is new."""
    row = connection.execute(_IS_THERE).fetchone()
    if row is None or not row[0]:
        return ()
    rows = connection.execute("SELECT name FROM schema_steps ORDER BY name").fetchall()
    return tuple(row[0] for row in rows)


def _apply(connection: psycopg.Connection[Any], missing: tuple[str, ...]) -> None:
    if missing:
        connection.execute(_APPLIED)
    for name in missing:
        for statements in STEPS[name]:
            connection.execute(statements.encode())
        connection.execute("INSERT INTO schema_steps (name) VALUES (%s)", (name,))


@contextmanager
def in_transaction(
    connection: psycopg.Connection[Any], begin: str = "BEGIN ISOLATION LEVEL READ COMMITTED"
) -> Iterator[None]:
    """Run the block between ``begin`` and COMMIT; whatever it raises rolls back and goes on."""
    connection.execute(begin.encode())
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if not connection.closed:
            connection.execute("ROLLBACK")
        raise
