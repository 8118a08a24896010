"""Connections to the server, each with the same settings, whatever those of the server or its user."""

from __future__ import annotations

import time
from collections.abc import Generator
from typing import Any, TypeVar, cast

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from bot.database_address import PostgresUrl
from bot.errors import StoreBusy, StoreUnusable
from bot.store.postgresql.errors import not_connected, translated
from bot.store.postgresql.statements import Row, rows_by_name

T = TypeVar("T")

OLDEST = 140000  # 14.0
LOCK_TIMEOUT = 30.0  # seconds that a step waits for the other writers, as with SQLite
STATEMENT_TIMEOUT = 60.0  # seconds
# Of the client, for what the server does not end: something in between keeps the connection alive and
# forwards nothing.
ANSWER_WITHIN = STATEMENT_TIMEOUT + 5  # seconds
# A process that stands still inside a step holds up every other writer, and whoever takes over from
# it: the server ends its transaction.
IDLE_TIMEOUT = 4.0  # seconds
# What libpq uses unless the address says otherwise. A host that vanished is noticed within about
# 4 seconds, whether an answer is awaited (keepalives) or something was sent (tcp_user_timeout).
_DEFAULTS = {
    "application_name": "continuity-chatops",
    "connect_timeout": "5",
    "keepalives_idle": "2",
    "keepalives_interval": "1",
    "keepalives_count": "2",
    "tcp_user_timeout": "4000",
    "target_session_attrs": "primary",
}
# Not as `options` of the connection: PgBouncer refuses those. What was acknowledged is on disk.
_SETTINGS = """
    SELECT set_config('lock_timeout', %s, false),
      set_config('statement_timeout', %s, false),
      set_config('idle_in_transaction_session_timeout', %s, false),
      set_config('idle_session_timeout', '0', false),
      set_config('TimeZone', 'UTC', false),
      set_config('DateStyle', 'ISO', false),
      set_config('standard_conforming_strings', 'on', false),
      set_config('default_transaction_read_only', 'off', false),
      set_config('jit', 'off', false),
      set_config('synchronous_commit', CASE current_setting('synchronous_commit')
        WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, false)
"""


class Connection(psycopg.Connection[Row]):
    """A connection that counts as lost where an answer does not come in time."""

    def wait(self, gen: Generator[Any, Any, T], *more: Any, **named: Any) -> T:
        """Wait for what a generator of psycopg waits for."""
        return super().wait(self._in_time(gen), *more, **named)

    def _in_time(self, gen: Generator[Any, Any, T]) -> Generator[Any, Any, T]:
        """Return the same generator; psycopg looks after it, with nothing, ten times a second."""
        until = time.monotonic() + ANSWER_WITHIN
        ready = None
        while True:
            try:
                state = gen.send(ready)
            except StopIteration as end:
                return cast(T, end.value)
            ready = yield state
            if not ready and time.monotonic() > until:
                self.close()
                raise psycopg.OperationalError("the server did not answer in time")


def connection_text(url: PostgresUrl) -> str:
    """Return the address with our defaults, for psycopg. Raises psycopg.ProgrammingError."""
    given = {name: str(value) for name, value in conninfo_to_dict(url.reveal()).items()}
    # Always ours: the text of every value is UTF-8, whatever PGCLIENTENCODING says.
    return make_conninfo(**{**_DEFAULTS, **given, "client_encoding": "UTF8"})


def connect(url: PostgresUrl, *, lock_timeout: float = LOCK_TIMEOUT) -> psycopg.Connection[Row]:
    """Open a connection with the store's settings, outside of any transaction.

    Raises StoreBusy where the server cannot be reached, and StoreUnusable where it cannot be used.
    """
    connection: psycopg.Connection[Any]
    try:
        connection = Connection.connect(connection_text(url), autocommit=True)
    except psycopg.Error as error:
        raise not_connected(error, url) from None
    try:
        connection.execute(_SETTINGS, timeouts(lock_timeout))
        check_server(connection, url)
    except psycopg.Error as error:
        connection.close()
        raise translated(error, url) from error
    except BaseException:
        connection.close()
        raise
    connection.row_factory = rows_by_name
    return connection


def timeouts(lock_timeout: float = LOCK_TIMEOUT) -> list[str]:
    """Return the values of ``_SETTINGS``, in milliseconds."""
    return [str(int(one * 1000)) for one in (lock_timeout, STATEMENT_TIMEOUT, IDLE_TIMEOUT)]


def check_server(connection: psycopg.Connection[Any], url: PostgresUrl) -> None:
    """Raise StoreUnusable where the database is not one for the store, StoreBusy on a standby."""
    version, encoding, standby = connection.execute(
        "SELECT current_setting('server_version_num')::int, current_setting('server_encoding'), "
        "pg_is_in_recovery()"
    ).fetchone() or (0, "", False)
    if version < OLDEST:
        raise StoreUnusable(
            f"The database {url} is on PostgreSQL {version // 10000}; "
            f"{OLDEST // 10000} or newer is needed."
        )
    if encoding != "UTF8":
        raise StoreUnusable(
            f"The database {url} has the encoding {encoding}; make one with ENCODING 'UTF8'."
        )
    if standby:
        raise StoreBusy(f"The database {url} is a standby: name the primary.")
