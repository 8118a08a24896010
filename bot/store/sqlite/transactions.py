"""One transaction on one connection: committed as a whole, or rolled back as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from bot.store.sqlite.sqlite_library import sqlite3
from bot.store.step_queue import Result

T = TypeVar("T")

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


def attempt(connection: sqlite3.Connection, step: Callable[[], T]) -> Result[T]:
    """Run a step inside the running transaction; return its result, or what it raised once it is undone.

    Raises where SQLite has rolled back the whole transaction by itself, as on a full disk
    (https://www.sqlite.org/lang_transaction.html, "Response To Errors Within A Transaction").
    """
    connection.execute("SAVEPOINT step")
    try:
        value = step()
    except BaseException as error:
        if not connection.in_transaction:
            raise
        connection.execute("ROLLBACK TO step")
        connection.execute("RELEASE step")
        return None, error
    connection.execute("RELEASE step")
    return value, None
