"""The connection that writes: steps one after the other, those that wait together in one commit."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import psycopg

from bot.database_address import PostgresUrl
from bot.errors import StoreBusy, StoreError, StoreUnusable
from bot.store.postgresql.connecting import LOCK_TIMEOUT, connect
from bot.store.postgresql.errors import is_lost, is_outdated, translated
from bot.store.postgresql.migrations import TAKE_LOCK
from bot.store.postgresql.statements import Row
from bot.store.step_queue import Result

T = TypeVar("T")
Step = Callable[[psycopg.Connection[Row]], T]
CONNECT_WITHIN = 5.0  # seconds; as long as a server takes to start again
LOOK_UP_WITHIN = 60.0  # seconds, in which a commit is looked up whose answer was lost
BETWEEN_TRIES = 0.1  # seconds
KEPT_FOR = "1 day"  # longer than a process looks for its last commit

# The snapshot of each statement is taken after the lock, whatever the database's default isolation. A
# migration takes the lock, too: its steps are seen before a statement runs that was prepared before it.
_COUNT_STEPS = "SELECT count(*) AS steps FROM schema_steps; SAVEPOINT step"
_BEGIN = f"BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; {TAKE_LOCK}; {_COUNT_STEPS}"
_NEXT = "RELEASE step; SAVEPOINT step"
_UNDO = "ROLLBACK TO step"
# A commit may wait for a synchronous standby; cut short it would count as done without it.
_COMMIT = """
    RELEASE step; SET LOCAL statement_timeout = 0;
    INSERT INTO commits (writer, token, at) VALUES ('{writer}', {token}, clock_timestamp())
    ON CONFLICT (writer) DO UPDATE SET token = excluded.token, at = excluded.at; COMMIT
"""
_LOOK_UP = f"BEGIN ISOLATION LEVEL READ COMMITTED; {TAKE_LOCK}; SET LOCAL statement_timeout = 0"
# It writes: its own commit waits for a synchronous standby, and so for what was committed before.
_LAST = "UPDATE commits SET at = clock_timestamp() WHERE writer = %s RETURNING token"


class Writer:
    """Runs steps in write transactions, each under the lock that all writers of the database take.

    Used on one thread. A connection that was lost is opened again; a commit whose answer was lost is
    looked up under the name of this writer. ``lock_timeout`` and ``look_up_within`` are in seconds.
    """

    def __init__(
        self,
        url: PostgresUrl,
        lock_timeout: float = LOCK_TIMEOUT,
        look_up_within: float = LOOK_UP_WITHIN,
    ) -> None:
        self._url = url
        self._lock_timeout = lock_timeout
        self._look_up_within = look_up_within
        self._name = uuid.uuid4().hex
        self._token = 0
        self._connection: psycopg.Connection[Row] | None = None
        # Steps of the schema when the first transaction of the connection began, or None.
        self._schema: int | None = None

    @property
    def connection(self) -> psycopg.Connection[Row]:
        """The connection, opened where there is none. Raises StoreBusy and StoreUnusable."""
        if self._connection is None or self._connection.closed:
            self._connection = connect(self._url, lock_timeout=self._lock_timeout)
            self._schema = None
        return self._connection

    def forget_others(self) -> None:
        """Delete the commits of writers that are long gone."""
        self.connection.execute(
            f"DELETE FROM commits WHERE at < clock_timestamp() - interval '{KEPT_FOR}'".encode()  # noqa: S608  # a constant
        )

    def run(self, steps: Sequence[Step[Any]]) -> list[Result[Any]]:
        """Run the steps in one transaction; return what each returned or raised, which undid it alone.

        Raises StoreBusy where nothing was saved, StoreUnusable where that is not known.
        """
        connection = self._begun()
        results = list[Result[Any]]()
        try:
            for step in steps:
                if results:
                    _send(connection, _NEXT)
                results.append(self._attempt(connection, step))
        except BaseException as error:
            self.close()
            raise self._ours(error) from error
        self._token += 1
        try:
            _send(connection, _COMMIT.format(writer=self._name, token=self._token))
        except psycopg.Error as error:
            self.close()
            if not is_lost(error) or not self._was_committed(error):
                raise self._ours(error) from error
        return results

    def close(self) -> None:
        """Close the connection; the server rolls back what is open."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _begun(self) -> psycopg.Connection[Row]:
        """Return the connection in a new transaction.

        One that is found dead is opened again, and so is one from before a migration: its statements
        were prepared for the tables as they were.
        """
        until = time.monotonic() + CONNECT_WITHIN
        while True:
            try:
                connection = self.connection
                steps = _steps_at_begin(connection)
            except (psycopg.Error, StoreBusy) as error:
                self.close()
                may_pass = isinstance(error, StoreBusy) or is_lost(error)
                if not may_pass or time.monotonic() > until:
                    raise self._ours(error) from error
                time.sleep(BETWEEN_TRIES)
            else:
                if self._schema in (None, steps):
                    self._schema = steps
                    return connection
                self.close()

    def _attempt(self, connection: psycopg.Connection[Row], step: Step[T]) -> Result[T]:
        """Run a step in its savepoint. Raises where the whole transaction is gone."""
        try:
            return step(connection), None
        except BaseException as error:
            if connection.closed or is_outdated(error):
                raise
            _send(connection, _UNDO)
            return None, self._ours(error)

    def _was_committed(self, lost: psycopg.Error) -> bool:
        """Whether the transaction with the last token was committed, though its answer was lost.

        The lock is free only when it has ended. Raises StoreUnusable where it cannot be looked up.
        """
        until = time.monotonic() + self._look_up_within
        while True:
            try:
                _send(self.connection, _LOOK_UP)
                row = self.connection.execute(_LAST, (self._name,)).fetchone()
                _send(self.connection, "COMMIT")
            except (psycopg.Error, StoreError):
                self.close()
                if time.monotonic() > until:
                    raise StoreUnusable(
                        f"The connection to the database {self._url} was lost while it committed: "
                        "it is not known whether the last step was saved."
                    ) from lost
                time.sleep(BETWEEN_TRIES)
            else:
                return row is not None and row["token"] == self._token

    def _ours(self, error: BaseException) -> BaseException:
        if not isinstance(error, psycopg.Error):
            return error
        ours = translated(error, self._url)
        ours.__cause__ = error
        return ours


def _steps_at_begin(connection: psycopg.Connection[Row]) -> int:
    """Begin a transaction; return how many steps the schema has."""
    answers = _send(connection, _BEGIN)
    while answers.nextset():
        row = answers.fetchone() if answers.description else None
        if row is not None and "steps" in row.places:
            return int(row["steps"])
    raise AssertionError("the statements that begin a transaction tell the steps")


def _send(connection: psycopg.Connection[Any], statements: str) -> psycopg.Cursor[Any]:
    """Run statements in one round trip; prepared, only one would be allowed."""
    return connection.execute(statements.encode(), prepare=False)
