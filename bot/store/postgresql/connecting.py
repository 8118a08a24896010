"""Connections to the server, each with the same settings, whatever those of the server or its user."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from bot.database_address import PostgresUrl
from bot.errors import StoreBusy, StoreUnusable
from bot.store.postgresql.errors import not_connected, translated
from bot.store.postgresql.statements import Row, rows_by_name

OLDEST = 140000  # 14.0
LOCK_TIMEOUT = 30.0  # seconds that a step waits for the other writers, as with SQLite
STATEMENT_TIMEOUT = 60.0  # seconds
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
        connection = psycopg.connect(connection_text(url), autocommit=True)
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
