"""The store on one SQLite file: one connection on one thread of its own, one transaction a step."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, Self, TypeVar

from sqlite_utils import Database

from bot.errors import StoreUnusable
from bot.ports import Backlog, Clock, Transaction
from bot.store.sqlite.audit_rows import AuditRows
from bot.store.sqlite.change_rows import ChangeRows
from bot.store.sqlite.contact_row import ContactRow
from bot.store.sqlite.errors import check_whole, translated
from bot.store.sqlite.import_rows import ImportRows
from bot.store.sqlite.inbox_rows import InboxRows
from bot.store.sqlite.message_rows import MessageRows
from bot.store.sqlite.migrations import migrate
from bot.store.sqlite.role_rows import RoleRows
from bot.store.sqlite.schema import schema_differences
from bot.store.sqlite.transactions import READING, WRITING, attempt, transaction
from bot.store.times import SystemClock

T = TypeVar("T")

BUSY_TIMEOUT = 30.0  # seconds that a step waits for another process's lock
TOGETHER = 64  # steps that wait at most for each other in one commit


class SqliteTransaction(
    InboxRows, RoleRows, ChangeRows, ImportRows, AuditRows, MessageRows, ContactRow
):
    """All rows of one step; see ``bot.ports.Transaction``."""

    def backlog(self) -> Backlog:
        """Return what is not finished."""
        return Backlog(
            self.open_changes(),
            self.executing_since(),
            self.behind_since(),
            self.contradicted_at(),
        )

    def schema_differences(self) -> Sequence[str]:
        """Return in sentences where the schema is not the one that the bot makes."""
        return schema_differences(self._db)


class SqliteStore:
    """``bot.ports.Store`` on one SQLite file.

    Rollback journal: SQLite before 3.51.3 can corrupt a WAL database that two connections use, and
    the terminal writes while the bot runs. ``synchronous=FULL``: what was acknowledged is on disk.
    Steps that wait at the same time share one commit, since it is the disk that takes the time.
    """

    def __init__(self, path: Path, clock: Clock, busy_timeout: float) -> None:
        self._path = path
        self._clock = clock
        self._busy_timeout = busy_timeout
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")
        self._closing: Future[None] | None = None
        self._steps: deque[tuple[Callable[[Transaction], Any], Future[Any]]] = deque()
        self._db: Database

    @classmethod
    def open(
        cls, path: Path, *, clock: Clock | None = None, busy_timeout: float = BUSY_TIMEOUT
    ) -> Self:
        """Open the file, made where there is none, and bring its schema up to date. Blocks.

        ``busy_timeout`` is in seconds. Raises StoreBusy and StoreUnusable; a file that is damaged,
        newer or somebody else's is left as it is.
        """
        store = cls(path, clock or SystemClock(), busy_timeout)
        try:
            store._submit(store._connect).result()
        except BaseException:
            store._thread.shutdown()
            raise
        return store

    @classmethod
    async def open_async(
        cls, path: Path, *, clock: Clock | None = None, busy_timeout: float = BUSY_TIMEOUT
    ) -> Self:
        """Do the same as ``open`` without holding up the event loop."""
        return await asyncio.to_thread(cls.open, path, clock=clock, busy_timeout=busy_timeout)

    async def write(self, step: Callable[[Transaction], T]) -> T:
        """Run ``step`` in one write transaction, on the store's own thread. It must not block.

        Once accepted it runs to its end, even where the caller is cancelled meanwhile. What it raises
        rolls back this step alone; a commit that fails is told to all whose steps were in it.
        """
        told: Future[T] = Future()
        self._check_open()
        self._steps.append((step, told))
        self._submit(self._commit_steps)
        return await asyncio.shield(asyncio.wrap_future(told))

    async def read(self, query: Callable[[Transaction], T]) -> T:
        """Run ``query`` in one read transaction; a write inside of it is refused."""
        return await self._on_thread(lambda: self._in_query(query))

    async def __aenter__(self) -> Self:
        """The store is open already; it is closed at the end of the block."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close it, as ``close`` does."""
        await self.close()

    async def close(self) -> None:
        """Run what was accepted to its end, then close the database. May be called twice."""
        if self._closing is None:
            self._closing = self._submit(self._db.close)
            self._thread.shutdown(wait=False)
        await asyncio.shield(asyncio.wrap_future(self._closing))

    async def _on_thread(self, task: Callable[[], T]) -> T:
        return await asyncio.shield(asyncio.wrap_future(self._submit(task)))

    def _submit(self, task: Callable[[], T]) -> Future[T]:
        self._check_open()
        return self._thread.submit(self._guarded, task)

    def _check_open(self) -> None:
        if self._closing is not None:
            raise StoreUnusable(f"The database {self._path} is closed: the bot is stopping.")

    def _guarded(self, task: Callable[[], T]) -> T:
        try:
            return task()
        except sqlite3.Error as error:
            raise self._told(error) from error

    def _commit_steps(self) -> None:
        """Run the steps that wait, each in a savepoint of its own, and commit them together."""
        batch = [self._steps.popleft() for _ in range(min(len(self._steps), TOGETHER))]
        if not batch:  # another call took them all
            return
        try:
            with transaction(self._db.conn, WRITING):
                tx = SqliteTransaction(self._db, self._clock)
                results = [attempt(self._db.conn, partial(step, tx)) for step, _ in batch]
        except BaseException as error:
            for _, told in batch:
                told.set_exception(self._told(error))
            return
        for (_, told), (value, failure) in zip(batch, results, strict=True):
            if failure is None:
                told.set_result(value)
            else:
                told.set_exception(self._told(failure))

    def _told(self, error: BaseException) -> BaseException:
        if not isinstance(error, sqlite3.Error):
            return error
        ours = translated(error, self._path)
        ours.__cause__ = error
        return ours

    def _connect(self) -> None:
        connection = self._opened()
        try:
            self._db = Database(connection)
            connection.row_factory = sqlite3.Row
            self._prepare(connection)
        except BaseException:
            connection.close()
            raise

    def _opened(self) -> sqlite3.Connection:
        # Rights, names and addresses are in it. Its journal gets the same mode.
        path = os.path.realpath(self._path)  # SQLite would make what a dangling link names, for all
        with contextlib.suppress(OSError):  # it is there, or SQLite tells why it cannot be made
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        return sqlite3.connect(
            path, timeout=self._busy_timeout, isolation_level=None, cached_statements=256
        )

    def _prepare(self, connection: sqlite3.Connection) -> None:
        check_whole(self._db, self._path)  # first: what is damaged, or not ours, is left as it is
        migrate(self._db, self._path)
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute(
            "PRAGMA secure_delete = ON"
        )  # the rows of an import are gone when deleted

    def _in_query(self, query: Callable[[Transaction], T]) -> T:
        self._commit_steps()  # what Slack has taken is to be remembered before anything is looked up
        self._db.conn.execute("PRAGMA query_only = ON")
        try:
            with transaction(self._db.conn, READING):
                return query(SqliteTransaction(self._db, self._clock))
        finally:
            self._db.conn.execute("PRAGMA query_only = OFF")
