"""One transaction on one connection: committed as a whole, or rolled back as a whole."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

# Under a plain BEGIN, reading first and writing then fails at once with SQLITE_BUSY where another
# writer was faster; IMMEDIATE waits for the lock (busy_timeout) before anything is read.
WRITING = "BEGIN IMMEDIATE"
READING = "BEGIN DEFERRED"


@contextmanager
def transaction(connection: sqlite3.Connection, begin: str) -> Iterator[None]:
    """Run the block between ``begin`` and COMMIT; whatever it raises rolls back and goes on."""
    connection.execute(begin)
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # a full disk has rolled back already
            connection.execute("ROLLBACK")
        raise
