"""The store on a database that stays as it is: looked at, never migrated or written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import TracebackType
from typing import Any, Self, TypeVar

import psycopg

from bot.database_address import PostgresUrl
from bot.ports import Transaction
from bot.store.postgresql.connecting import connect
from bot.store.postgresql.errors import translated
from bot.store.postgresql.migrations import applied, in_transaction, pending
from bot.store.postgresql.store import READING, PostgresTransaction
from bot.store.times import SystemClock

T = TypeVar("T")

_SERVER = """
    SELECT current_setting('server_version') AS version, current_user::text AS name,
      current_setting('fsync') = 'on' AND current_setting('full_page_writes') = 'on' AS durable,
      (SELECT reset_val FROM pg_settings WHERE name = 'synchronous_commit') <> 'off' AS waits,
      current_setting('data_checksums') = 'on' AS checksums,
      COALESCE(has_schema_privilege(current_schema(), 'CREATE'), false) AS may_create
"""
_TABLES = """
    FROM pg_class c JOIN pg_class steps ON steps.oid = to_regclass('schema_steps')
      AND c.relnamespace = steps.relnamespace
"""
# What the bot does with its tables. Entries of the audit trail are appended alone.
_RIGHTS = f"""
    SELECT c.relname || ' (' || string_agg(lower(wanted), ', ' ORDER BY wanted) || ')'
    {_TABLES} CROSS JOIN unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS wanted
    WHERE c.relkind = 'r' AND c.relname = ANY (%s) AND NOT has_table_privilege(c.oid, wanted)
      AND NOT (c.relname = 'audit' AND wanted IN ('UPDATE', 'DELETE'))
    GROUP BY c.relname ORDER BY c.relname
"""  # constants
_COLLATED = f"""
    SELECT c.relname || '.' || a.attname {_TABLES}
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    JOIN pg_collation l ON l.oid = a.attcollation
    WHERE c.relkind = 'r' AND c.relname = ANY (%s) AND l.collname <> 'C' ORDER BY 1
"""  # constants


@dataclass(frozen=True, slots=True)
class Server:
    """What a server says of itself.

    ``durable``: what was committed outlives a crash of its machine. ``waits``: a commit waits for
    the disk unless the bot asks for it. ``ahead`` is how far its clock is ahead of this machine's;
    ``encrypted`` is None where the connection does not leave this machine.
    """

    version: str
    user: str
    durable: bool
    waits: bool
    checksums: bool
    may_create: bool
    ahead: timedelta
    encrypted: bool | None


class ReadOnlyPostgresStore:
    """Reads a database on one connection, while the block runs; a step that writes is refused.

    ``applied`` are the steps of the schema that it has, ``pending`` those that it lacks. Blocks, as
    its user has nothing else to do. Raises StoreError.
    """

    applied: Sequence[str]
    pending: Sequence[str]

    def __init__(self, url: PostgresUrl) -> None:
        self._url = url
        self._connection: psycopg.Connection[Any]

    async def __aenter__(self) -> Self:
        """Connect. Raises StoreUnusable for a server or a schema that is not for this version."""
        self._connection = connect(self._url)
        try:
            self.applied = applied(self._connection)
            self.pending = pending(self._connection, self._url)
        except psycopg.Error as error:
            self._connection.close()
            raise translated(error, self._url) from error
        except BaseException:
            self._connection.close()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connection."""
        await self.close()

    async def close(self) -> None:
        self._connection.close()

    async def read(self, query: Callable[[Transaction], T]) -> T:
        """Run ``query`` in one read transaction."""
        try:
            with in_transaction(self._connection, READING):
                return query(PostgresTransaction(self._connection, SystemClock()))
        except psycopg.Error as error:
            raise translated(error, self._url) from error

    def server(self) -> Server:
        """Return what the server says of itself."""
        [row] = self._rows(_SERVER)
        host = SystemClock()
        before = host.now()
        told = PostgresTransaction(self._connection, host).database_now()
        ahead = told - (before + (host.now() - before) / 2)
        return Server(
            version=row["version"],
            user=row["name"],
            durable=row["durable"],
            waits=row["waits"],
            checksums=row["checksums"],
            may_create=row["may_create"],
            ahead=ahead,
            encrypted=self._encrypted(),
        )

    def lacking_rights(self, tables: Sequence[str]) -> Sequence[str]:
        """Return those of the tables of which the user may not do everything, with what is missing."""
        return [row[0] for row in self._rows(_RIGHTS, (list(tables),))]

    def other_collations(self, tables: Sequence[str]) -> Sequence[str]:
        """Return the columns of texts that do not compare by their bytes."""
        return [row[0] for row in self._rows(_COLLATED, (list(tables),))]

    def _encrypted(self) -> bool | None:
        host = self._connection.info.hostaddr or self._connection.info.host
        if host.startswith(("/", "@", "127.")) or host in ("", "::1", "localhost"):
            return None
        return bool(self._connection.pgconn.ssl_in_use)

    def _rows(self, statement: str, values: Sequence[object] = ()) -> list[Any]:
        try:
            return self._connection.execute(statement.encode(), values or None).fetchall()
        except psycopg.Error as error:
            raise translated(error, self._url) from error
