"""The store on a PostgreSQL database: steps on one thread, reads on some others."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Self, TypeVar

import psycopg

from bot.database_address import PostgresUrl
from bot.ports import Clock, Transaction
from bot.store.postgresql.connecting import LOCK_TIMEOUT, connect
from bot.store.postgresql.dialect import DIALECT
from bot.store.postgresql.errors import is_lost, is_outdated, translated
from bot.store.postgresql.migrations import in_transaction, migrate
from bot.store.postgresql.schema import schema_differences
from bot.store.postgresql.statements import Row, Statements
from bot.store.postgresql.writer import LOOK_UP_WITHIN, Writer
from bot.store.step_queue import QueuedStore
from bot.store.tables.all_rows import AllRows
from bot.store.times import SystemClock
from bot.store.waiting import finished

T = TypeVar("T")

READERS = 4  # connections for reads
READING = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class PostgresTransaction(AllRows):
    """All rows of one step on PostgreSQL."""

    def __init__(self, connection: psycopg.Connection[Row], clock: Clock) -> None:
        super().__init__(Statements(connection), DIALECT, clock)
        self._session = connection

    def schema_differences(self) -> Sequence[str]:
        return schema_differences(self._session)

    def database_now(self) -> datetime:
        row = self._first(
            "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint) AS micros"
        )
        return _EPOCH + timedelta(microseconds=row["micros"] if row else 0)

    def notify(self, channel: str) -> None:
        """Wake who listens on the channel, in every process, when the step is committed."""
        self._first("SELECT pg_notify(?, '')", (channel,))


class PostgresStore(QueuedStore):
    """``bot.ports.Store`` on one PostgreSQL database, which other processes may write as well.

    Steps that wait at the same time share one commit. A read has a connection of its own and sees one
    moment; it neither waits for a step nor holds one up.
    """

    def __init__(
        self, url: PostgresUrl, clock: Clock, lock_timeout: float, look_up_within: float
    ) -> None:
        super().__init__(str(url))
        self._url = url
        self._clock = clock
        self._writer = Writer(url, lock_timeout, look_up_within)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="store")
        self._read_threads = ThreadPoolExecutor(READERS, thread_name_prefix="store-reads")
        self._reader = threading.local()
        self._readers: deque[psycopg.Connection[Row]] = deque()

    @classmethod
    def open(
        cls,
        url: PostgresUrl,
        *,
        clock: Clock | None = None,
        lock_timeout: float = LOCK_TIMEOUT,
        look_up_within: float = LOOK_UP_WITHIN,
    ) -> Self:
        """Connect, and bring the schema up to date. Blocks.

        ``lock_timeout`` is how many seconds a step waits for other writers, ``look_up_within`` how
        many a commit is looked up whose answer was lost. Raises StoreBusy and StoreUnusable; a
        database that is newer or somebody else's is left as it is.
        """
        store = cls(url, clock or SystemClock(), lock_timeout, look_up_within)
        try:
            store._thread.submit(store._prepare).result()
        except BaseException:
            store._thread.submit(store._close).result()
            store._thread.shutdown()
            raise
        return store

    @classmethod
    async def open_async(cls, url: PostgresUrl, *, clock: Clock | None = None) -> Self:
        """Do the same as ``open`` without holding up the event loop."""
        return await asyncio.to_thread(cls.open, url, clock=clock)

    async def read(self, query: Callable[[Transaction], T]) -> T:
        """Run ``query`` in one read transaction; a write inside of it is refused.

        It sees every step that was accepted from the same caller before, also one that was cancelled.
        It is run again where the connection turns out to be lost.
        """
        self._check_open()
        result = self._read_threads.submit(self._in_query, query, self._abandoned)
        return await finished(result)

    async def close(self) -> None:
        if self._closing is None:
            self._read_threads.shutdown(wait=False)
            self._closing = self._thread.submit(self._close)
            self._thread.shutdown(wait=False)
        await finished(self._closing)

    def _close(self) -> None:
        self._writer.close()
        self._read_threads.shutdown()
        for connection in self._readers:
            connection.close()

    def _prepare(self) -> None:
        try:
            migrate(self._writer.connection, self._url)
            self._writer.forget_others()
        except psycopg.Error as error:
            raise translated(error, self._url) from error

    def _commit_soon(self) -> None:
        self._thread.submit(self._commit_steps)

    def _commit_steps(self) -> None:
        self._steps.carry_out(
            lambda steps: self._writer.run([partial(self._run, step) for step in steps])
        )

    def _in_query(self, query: Callable[[Transaction], T], before: Future[Any] | None) -> T:
        if before is not None:
            wait([before])
        try:
            known: psycopg.Connection[Row] | None = getattr(self._reader, "connection", None)
            if known is not None and not known.closed:
                try:
                    return self._queried(known, query)
                except psycopg.Error as error:
                    if not (is_lost(error) or is_outdated(error)):
                        raise
            return self._queried(self._reconnected(known), query)
        except psycopg.Error as error:
            raise translated(error, self._url) from error

    def _reconnected(self, known: psycopg.Connection[Row] | None) -> psycopg.Connection[Row]:
        """Give this thread a new connection in the place of the one that it had."""
        if known is not None:
            self._readers.remove(known)
            known.close()
            self._reader.connection = None
        connection = self._reader.connection = connect(self._url)
        self._readers.append(connection)
        return connection

    def _queried(self, connection: psycopg.Connection[Row], query: Callable[[Transaction], T]) -> T:
        with in_transaction(connection, READING):
            return self._run(query, connection)

    def _run(self, step: Callable[[Transaction], T], connection: psycopg.Connection[Row]) -> T:
        return step(PostgresTransaction(connection, self._clock))
