"""Fills an empty database with rows from elsewhere, in one transaction that is committed last."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any, TypeVar

import psycopg
from psycopg import errors, sql

from bot.database_address import PostgresUrl
from bot.errors import StoreUnusable
from bot.ports import Transaction
from bot.store.postgresql.connecting import connect
from bot.store.postgresql.errors import translated
from bot.store.postgresql.migrations import TAKE_LOCK, migrate
from bot.store.postgresql.store import PostgresTransaction
from bot.store.times import SystemClock

T = TypeVar("T")

# In this order: a row refers to rows of tables before it. The others are of running replicas alone.
TABLES = (
    "roles",
    "policy",
    "customers",
    "person_ids",
    "changes",
    "user_outcomes",
    "imports",
    "import_rows",
    "audit",
    "inbox",
    "messages",
    "slack_contact",
    "deadlines",
    "recipients",
    "notify_rules",
    "pages",
    "still_needed",
    "configuration",
    "drills",
    "report_messages",
)
# Numbers that the database gives by itself: they are kept, and the next one follows the last.
NUMBERED = ("changes", "inbox")
# A large table takes longer than any step of the bot.
_PATIENT = "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0"


class Filling:
    """A transaction under the writers' lock on a database that had no rows; see ``filling``."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection

    def columns(self, table: str) -> list[str]:
        """Return the names of the table's columns."""
        rows = self._connection.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(%s) "
            "AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
            (table,),
        ).fetchall()
        return [row[0] for row in rows]

    def fill(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> int:
        """Write the rows of a table; return how many there were."""
        count = 0
        # COPY keeps the numbers of an identity column as they are given.
        copying = sql.SQL("COPY {} ({}) FROM STDIN").format(
            sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
        )
        with self._connection.cursor() as cursor, cursor.copy(copying) as copy:
            for row in rows:
                copy.write_row(row)
                count += 1
        return count

    def go_on_numbering(self) -> None:
        """Let the next number of each numbered table follow the highest one."""
        for table in NUMBERED:
            self._connection.execute(
                sql.SQL(
                    "SELECT setval(pg_get_serial_sequence({}, 'rowid'), MAX(rowid)) FROM {}"
                    " HAVING MAX(rowid) IS NOT NULL"
                ).format(sql.Literal(table), sql.Identifier(table))
            )

    def count(self, table: str) -> int:
        """Return how many rows the table has now."""
        statement = sql.SQL("SELECT COUNT(*) FROM {}").format(sql.Identifier(table))
        row = self._connection.execute(statement).fetchone()
        return int(row[0]) if row else 0

    async def read(self, query: Callable[[Transaction], T]) -> T:
        """Run ``query`` on what was written so far, as `Store.read` does."""
        return query(PostgresTransaction(self._connection, SystemClock()))

    def commit(self) -> None:
        """Keep everything."""
        self.send("COMMIT")

    def send(self, statements: str) -> None:
        """Carry out statements that return nothing and have no values."""
        self._connection.execute(statements.encode(), prepare=False)


@contextmanager
def filling(url: PostgresUrl) -> Iterator[Filling]:
    """Make the schema where it is missing, and yield what fills the database while the block runs.

    Whatever is not committed at its end is gone: the server rolls it back. Raises StoreError, also
    for what PostgreSQL refuses in the block; StoreUnusable where the database has rows already.
    """
    try:
        with closing(connect(url)) as connection:
            migrate(connection, url)
            begun = Filling(connection)
            begun.send(f"BEGIN ISOLATION LEVEL READ COMMITTED; {TAKE_LOCK}; {_PATIENT}")
            if taken := [table for table in TABLES if begun.count(table)]:
                raise StoreUnusable(
                    f"The database {url} is not empty ({', '.join(taken)}); name a new one."
                )
            yield begun
    except psycopg.Error as error:
        raise _told(error, url) from error


def _told(error: psycopg.Error, url: PostgresUrl) -> Exception:
    # psycopg finds the character itself in most texts, and then there is no code of the server.
    found = isinstance(error, psycopg.DataError) and not error.sqlstate
    if found or isinstance(error, errors.UntranslatableCharacter):
        return StoreUnusable(
            "A text has a character that PostgreSQL cannot hold (NUL); nothing was copied."
        )
    return translated(error, url)
