"""The store on one SQLite file: steps on one thread, reads on another where the journal allows it."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import partial
from pathlib import Path
from typing import Any, Self, TypeVar

from sqlite_utils import Database

from bot.ports import Clock, Transaction
from bot.store.sqlite.dialect import DIALECT
from bot.store.sqlite.errors import check_whole, translated
from bot.store.sqlite.journal_mode import emptied, journal_of, set_journal
from bot.store.sqlite.migrations import migrate
from bot.store.sqlite.schema import schema_differences
from bot.store.sqlite.sqlite_library import Journal, sqlite3
from bot.store.sqlite.transactions import READING, WRITING, attempt, transaction
from bot.store.step_queue import QueuedStore, Result, Step
from bot.store.tables.all_rows import AllRows
from bot.store.times import SystemClock
from bot.store.waiting import finished

T = TypeVar("T")

BUSY_TIMEOUT = 30.0  # seconds that a step waits for another process's lock


class SqliteTransaction(AllRows):
    """All rows of one step on SQLite."""

    def __init__(self, db: Database, clock: Clock) -> None:
        super().__init__(db.conn, DIALECT, clock)
        self._db = db

    def schema_differences(self) -> Sequence[str]:
        return schema_differences(self._db)


class SqliteStore(QueuedStore):
    """``bot.ports.Store`` on one SQLite file.

    In WAL mode reads have a connection and a thread of their own: they neither wait for a step nor
    hold one up. With the rollback journal a reader blocks the commit, so both take turns on one
    connection. ``synchronous=FULL``: what was acknowledged is on disk. Steps that wait at the same time
    share one commit, since it is the disk that takes the time. ``migrated`` are the steps of the schema
    that were applied when it was opened.
    """

    migrated: tuple[str, ...] = ()

    def __init__(self, path: Path, clock: Clock, busy_timeout: float) -> None:
        super().__init__(str(path))
        self._path = path
        self._clock = clock
        self._busy_timeout = busy_timeout
        self._thread = self._read_thread = _thread("store")
        self._rows_to_erase = False
        self._db: Database
        self._read_db: Database

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        clock: Clock | None = None,
        busy_timeout: float = BUSY_TIMEOUT,
        journal: Journal | None = None,
    ) -> Self:
        """Open the file, made where there is none, and bring its schema up to date. Blocks.

        ``busy_timeout`` is in seconds. ``journal`` is given by whoever holds the executor's lock; None
        keeps that of the file. Raises StoreBusy and StoreUnusable; a file that is damaged, newer or
        somebody else's is left as it is.
        """
        store = cls(path, clock or SystemClock(), busy_timeout)
        try:
            store._submit(lambda: store._connect(journal)).result()
            store._open_reader()
        except BaseException:
            store._read_thread.shutdown()
            store._thread.shutdown()
            raise
        return store

    @classmethod
    async def open_async(
        cls,
        path: Path,
        *,
        clock: Clock | None = None,
        busy_timeout: float = BUSY_TIMEOUT,
        journal: Journal | None = None,
    ) -> Self:
        """Do the same as ``open`` without holding up the event loop."""
        return await asyncio.to_thread(
            cls.open, path, clock=clock, busy_timeout=busy_timeout, journal=journal
        )

    async def read(self, query: Callable[[Transaction], T]) -> T:
        """Run ``query`` in one read transaction; a write inside of it is refused.

        It sees every step that was accepted from the same caller before, also one that was cancelled.
        """
        self._check_open()
        result = self._read_thread.submit(self._guarded, lambda: self._in_query(query))
        return await finished(result)

    async def close(self) -> None:
        if self._closing is None:
            # Last the connection that writes: it takes the WAL into the database and deletes it.
            reads = self._read_thread.submit(self._read_db.close)
            self._closing = self._submit(lambda: self._close_after(reads))
            self._read_thread.shutdown(wait=False)
            self._thread.shutdown(wait=False)
        await finished(self._closing)

    def _close_after(self, reads: Future[None]) -> None:
        reads.result()
        self._db.close()

    async def _on_thread(self, task: Callable[[], T]) -> T:
        return await finished(self._submit(task))

    def _submit(self, task: Callable[[], T]) -> Future[T]:
        self._check_open()
        return self._thread.submit(self._guarded, task)

    def _guarded(self, task: Callable[[], T]) -> T:
        try:
            return task()
        except sqlite3.Error as error:
            raise self._translated(error) from error

    def _commit_soon(self) -> None:
        self._submit(self._commit_steps)

    def _commit_steps(self) -> None:
        self._steps.carry_out(lambda steps: self._guarded(lambda: self._committed(steps)))

    def _committed(self, steps: Sequence[Step]) -> list[Result[Any]]:
        """Run the steps, each in a savepoint of its own, and commit them together."""
        with transaction(self._db.conn, WRITING):
            tx = SqliteTransaction(self._db, self._clock)
            results = [attempt(self._db.conn, partial(step, tx)) for step in steps]
        if self._rows_to_erase or tx.rows_deleted:
            self._rows_to_erase = not emptied(self._db.conn, self._busy_timeout)
        return [
            (value, None) if failure is None else (None, self._translated(failure))
            for value, failure in results
        ]

    def _translated(self, error: BaseException) -> BaseException:
        if not isinstance(error, sqlite3.Error):
            return error
        ours = translated(error, self._path)
        ours.__cause__ = error
        return ours

    def _connect(self, journal: Journal | None) -> None:
        connection = self._opened()
        try:
            self._db = self._read_db = Database(connection)
            connection.row_factory = sqlite3.Row
            self._prepare(connection, journal)
        except BaseException:
            connection.close()
            raise

    def _open_reader(self) -> None:
        """Give reads a connection of their own where they can run beside a step: in WAL mode."""
        if self._submit(lambda: journal_of(self._db.conn)).result() is Journal.WAL:
            self._read_thread = _thread("store-reads")
            self._read_db = self._read_thread.submit(self._guarded, self._reader).result()

    def _reader(self) -> Database:
        connection = self._opened()
        connection.row_factory = sqlite3.Row
        return Database(connection)

    def _opened(self) -> sqlite3.Connection:
        # Rights, names and addresses are in it. Its journal gets the same mode.
        path = os.path.realpath(self._path)  # SQLite would make what a dangling link names, for all
        with contextlib.suppress(OSError):  # it is there, or SQLite tells why it cannot be made
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        return sqlite3.connect(
            path, timeout=self._busy_timeout, isolation_level=None, cached_statements=256
        )

    def _prepare(self, connection: sqlite3.Connection, journal: Journal | None) -> None:
        check_whole(self._db, self._path)  # first: what is damaged, or not ours, is left as it is
        self.migrated = migrate(self._db, self._path)
        set_journal(connection, self._path, journal, self._busy_timeout)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute(
            "PRAGMA secure_delete = ON"
        )  # the rows of an import are gone when deleted

    def _in_query(self, query: Callable[[Transaction], T]) -> T:
        if self._read_db is self._db:
            self._commit_steps()  # they have waited longer
        elif self._abandoned is not None:
            wait([self._abandoned])
        connection = self._read_db.conn
        connection.execute("PRAGMA query_only = ON")
        try:
            with transaction(connection, READING):
                return query(SqliteTransaction(self._read_db, self._clock))
        finally:
            connection.execute("PRAGMA query_only = OFF")


def _thread(name: str) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
