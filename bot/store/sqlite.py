"""The store on one SQLite file: one connection on one thread of its own, one transaction a step."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from sqlite_utils import Database

from bot.errors import StoreUnusable
from bot.ports import Backlog, Clock, Transaction
from bot.store.audit import AuditRows
from bot.store.changes import ChangeRows
from bot.store.faults import translated
from bot.store.inbox import InboxRows
from bot.store.messages import MessageRows
from bot.store.migrations import migrate
from bot.store.roles import RoleRows
from bot.store.times import SystemClock
from bot.store.transactions import READING, WRITING, transaction

T = TypeVar("T")

BUSY_TIMEOUT = 30.0  # seconds that a step waits for another process's lock


class SqliteTransaction(InboxRows, RoleRows, ChangeRows, AuditRows, MessageRows):
    """All rows of one step; see ``bot.ports.Transaction``."""

    def backlog(self) -> Backlog:
        """Return what is not finished."""
        return Backlog(self.open_changes(), self.executing_since(), self.behind_since())


class SqliteStore:
    """``bot.ports.Store`` on one SQLite file.

    Rollback journal: SQLite before 3.51.3 can corrupt a WAL database that two connections use, and
    the terminal writes while the bot runs. ``synchronous=FULL``: what was acknowledged is on disk.
    """

    def __init__(self, path: Path, clock: Clock, busy_timeout: float) -> None:
        self._path = path
        self._clock = clock
        self._busy_timeout = busy_timeout
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")
        self._closing: Future[None] | None = None
        self._db: Database
        self._seen_version: int

    @classmethod
    def open(
        cls, path: Path, *, clock: Clock | None = None, busy_timeout: float = BUSY_TIMEOUT
    ) -> SqliteStore:
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
    ) -> SqliteStore:
        """Do the same as ``open`` without holding up the event loop."""
        return await asyncio.to_thread(cls.open, path, clock=clock, busy_timeout=busy_timeout)

    async def write(self, step: Callable[[Transaction], T]) -> T:
        """Run ``step`` in one write transaction, on the store's own thread. It must not block.

        Once accepted it runs to its end, even where the caller is cancelled meanwhile.
        """
        return await self._on_thread(lambda: self._in_transaction(step, WRITING))

    async def read(self, query: Callable[[Transaction], T]) -> T:
        """Run ``query`` in one read transaction; a write inside of it is refused."""
        return await self._on_thread(lambda: self._in_query(query))

    async def changed_elsewhere(self) -> bool:
        """Whether another process wrote since the last call (``PRAGMA data_version``)."""
        return await self._on_thread(self._is_newer_elsewhere)

    async def close(self) -> None:
        """Run what was accepted to its end, then close the database. May be called twice."""
        if self._closing is None:
            self._closing = self._submit(self._db.close)
            self._thread.shutdown(wait=False)
        await asyncio.shield(asyncio.wrap_future(self._closing))

    async def _on_thread(self, task: Callable[[], T]) -> T:
        return await asyncio.shield(asyncio.wrap_future(self._submit(task)))

    def _submit(self, task: Callable[[], T]) -> Future[T]:
        if self._closing is not None:
            raise StoreUnusable(f"The database {self._path} is closed: the bot is stopping.")
        return self._thread.submit(self._guarded, task)

    def _guarded(self, task: Callable[[], T]) -> T:
        try:
            return task()
        except sqlite3.Error as error:
            raise translated(error, self._path) from error

    def _connect(self) -> None:
        # Rights, names and addresses are in it: it is its owner's alone. Its journal gets the same mode.
        with contextlib.suppress(OSError):  # it is there, or SQLite tells why it cannot be made
            os.close(os.open(self._path, os.O_CREAT | os.O_EXCL, 0o600))
        connection = sqlite3.connect(
            self._path, timeout=self._busy_timeout, isolation_level=None, cached_statements=256
        )
        try:
            self._db = Database(connection)
            connection.row_factory = sqlite3.Row
            migrate(self._db, self._path)  # first: a file that is not ours is left as it is
            connection.execute("PRAGMA journal_mode = DELETE")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            self._seen_version = self._version()
        except BaseException:
            connection.close()
            raise

    def _in_transaction(self, step: Callable[[Transaction], T], begin: str) -> T:
        with transaction(self._db.conn, begin):
            return step(SqliteTransaction(self._db, self._clock))

    def _in_query(self, query: Callable[[Transaction], T]) -> T:
        self._db.conn.execute("PRAGMA query_only = ON")
        try:
            return self._in_transaction(query, READING)
        finally:
            self._db.conn.execute("PRAGMA query_only = OFF")

    def _is_newer_elsewhere(self) -> bool:
        before, self._seen_version = self._seen_version, self._version()
        return self._seen_version != before

    def _version(self) -> int:
        return int(self._db.conn.execute("PRAGMA data_version").fetchone()[0])
