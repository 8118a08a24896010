"""The real services on a real file, in one thread, so that a seed decides everything, crashes included."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

from bot.domain.roles import Role
from bot.domain.scope import Everyone, Groups, Users
from bot.ports import Clock, Transaction
from bot.service.context import Context
from bot.store.sqlite.sqlite_library import sqlite3
from bot.store.sqlite.store import SqliteStore
from tests.builders import ADMIN, APPROVER, CHANNEL, CUSTOMER, OTHER_CUSTOMER, REQUESTER, a_grant
from tests.fakes import FakeApi, FakeClock, FakeDirectory
from tests.fixtures.audited_rows import put_grant
from tests.reliability.model.model import ModelChange
from tests.service.harness import SECOND, ManualExecutor, many, users

T = TypeVar("T")

SIDE_CHANNEL = "C0SIDE"
GROUP = "S0ONCALL"
MEMBER = "U0MEMBER"  # an operator through a user group alone
MANY = many(11)
ROWS = (
    (REQUESTER, Role.OPERATOR, "*"),
    (GROUP, Role.OPERATOR, "*"),
    (APPROVER, Role.APPROVER, "*"),
    (SECOND, Role.APPROVER, "*"),
    (ADMIN, Role.ADMIN, "*"),
    (CHANNEL, Role.INCIDENT, "*"),
    (SIDE_CHANNEL, Role.INCIDENT, OTHER_CUSTOMER),
)
_WATCH = """
    CREATE TABLE moves (change_id TEXT, before TEXT, after TEXT, revision INTEGER);
    CREATE TRIGGER moved AFTER UPDATE OF state ON changes BEGIN
      INSERT INTO moves VALUES (NEW.id, OLD.state, NEW.state, NEW.revision);
    END;
"""


class _Inline(ThreadPoolExecutor):
    """Runs what it is given at once, in the thread of the test."""

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        done: Future[T] = Future()
        try:
            done.set_result(fn(*args, **kwargs))
        except BaseException as error:
            done.set_exception(error)
        return done


class InlineStore(SqliteStore):
    """The real store without its thread."""

    def __init__(self, path: Path, clock: Clock, busy_timeout: float) -> None:
        super().__init__(path, clock, busy_timeout)
        self._thread = self._read_thread = _Inline()

    def _open_reader(self) -> None:
        """Reads take the one connection: all is done in one thread."""

    @property
    def connection(self) -> sqlite3.Connection:
        """The raw connection, to read the tables directly."""
        return self._db.conn

    def die(self) -> None:
        """End like a process that dies: whatever still comes is not carried out."""
        self.connection.close()
        self._closing = Future()
        self._closing.set_result(None)


def opened(path: Path, clock: Clock) -> InlineStore:
    """Open the file in the thread of the test."""
    store = InlineStore.open(path, clock=clock)
    assert isinstance(store, InlineStore)
    return store


def empty_database(path: Path) -> None:
    """Make a migrated database with a trigger that logs every change of state in a row."""
    store = opened(path, FakeClock())
    store.connection.executescript(_WATCH)
    store.die()


class InlineBot:
    """The services of one bot process; ``crash`` drops them and builds new ones on the same file."""

    def __init__(self, database: Path, empty: Path) -> None:
        shutil.copy(empty, database)
        self._database = database
        self._numbers = count(1)
        self.clock = FakeClock()
        self.directory = FakeDirectory()
        self.directory.members[GROUP] = {MEMBER}
        self.api = FakeApi()
        self.api.add(CUSTOMER, *users("a").addresses, groups=frozenset({"emea"}))
        self.api.add(CUSTOMER, *users("b", "c").addresses, *MANY.addresses)
        self.api.add(OTHER_CUSTOMER, *users("a", "b").addresses, groups=frozenset({"emea"}))
        self._start()

    def _start(self) -> None:
        self.store = opened(self._database, self.clock)
        self.store.connection.execute("PRAGMA synchronous = OFF")
        self.ctx = Context(
            store=self.store,
            api=self.api,
            directory=self.directory,
            clock=self.clock,
            preview_seconds=3600,  # real seconds: no preview is given up
            new_id=lambda: f"C-{next(self._numbers):05}",
            sleep=self.clock.sleep,
        )
        self.executor = ManualExecutor(self.ctx)

    async def grant(self, *rows: tuple[str, Role, str], expires_at: datetime | None = None) -> None:
        """Write these role rows, of subject, role and customer."""

        def step(tx: Transaction) -> None:
            for who, role, customer in rows:
                put_grant(tx, a_grant(who, role, customer=customer, expires_at=expires_at))

        await self.store.write(step)

    def set_users(self, *, failover: bool) -> None:
        """Set failover of all users directly at the API, so that a change has something to do."""
        for rows in self.api.held.values():
            for user in rows.values():
                user.failover = failover

    def is_set(self, modelled: ModelChange) -> bool:
        """Whether the API holds all users of this change as it wants them."""
        users = self.api.held[modelled.customer]
        match modelled.scope:
            case Everyone():
                found = list(users.values())
            case Groups(names=names):
                found = [user for user in users.values() if user.groups & set(names)]
            case Users(addresses=addresses):
                found = [users[address] for address in addresses]
        return all(getattr(user, modelled.flag.value) is modelled.on for user in found)

    async def work(self) -> None:
        """Let the executor do what is due; while the API hangs, as far as it gets."""
        if self.api.gate.is_set():
            await self.executor.run()
        else:
            await self.executor.sweep()
            await spin(40)

    async def crash(self, after: int) -> None:
        """Begin what is due and die so many turns of the event loop later; then start again."""
        await self.executor.sweep()
        await spin(after)
        self.store.die()
        await self.executor.kill()
        self._start()

    async def close(self) -> None:
        """Stop everything without saving."""
        self.store.die()
        await self.executor.kill()

    # --- the tables, read directly ---

    def rows(self, sql: str, *values: object) -> Iterator[sqlite3.Row]:
        """Read the tables."""
        yield from self.store.connection.execute(sql, values).fetchall()


async def spin(turns: int) -> None:
    """Let the event loop run so many iterations."""
    for _ in range(turns):
        await asyncio.sleep(0)
