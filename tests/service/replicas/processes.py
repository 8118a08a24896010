"""Processes with one database between them, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from bot.errors import LeaseLost, StoreUnusable
from bot.ports import Leader, Store, Transaction
from bot.service.replicas.leadership import Leadership
from bot.service.replicas.membership import Membership
from bot.store.sqlite.store import SqliteStore
from tests.reliability.virtual_time.event_loop import VirtualClock, loop

T = TypeVar("T")

LEASE = 20.0


class Line:
    """One process's way to the database: it can be cut, or hold up what is asked for."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.cut = False
        self.delay = 0.0  # seconds to the answer
        self.open = asyncio.Event()
        self.open.set()

    async def write(self, step: Callable[[Transaction], T]) -> T:
        await self.open.wait()
        if self.cut:
            raise StoreUnusable("The database is not there.")
        done = await self._store.write(step)
        await asyncio.sleep(self.delay)
        return done

    async def read(self, query: Callable[[Transaction], T]) -> T:
        if self.cut:
            raise StoreUnusable("The database is not there.")
        return await self._store.read(query)

    async def close(self) -> None:
        """Nothing: the tests close the database."""


class Process:
    """A replica with a leader's part that notes how it begins and ends."""

    def __init__(self, store: Store, name: str, *, alone: bool = False) -> None:
        self.line = Line(store)
        self.membership = Membership(
            self.line, name, LEASE, alone=alone, monotonic=asyncio.get_running_loop().time
        )
        self.leadership = Leadership(self.membership, self.line, self._term)
        self.told: list[str] = []
        self.stores: list[Store] = []
        self.good_end = asyncio.Event()
        self.good_end.set()
        self._stack = AsyncExitStack()

    @asynccontextmanager
    async def _term(self, store: Store) -> AsyncIterator[None]:
        self.stores.append(store)
        self.told.append("leads")
        try:
            yield
        except LeaseLost:
            self.told.append("cut off")
            raise
        await self.good_end.wait()
        self.told.append("ended")

    @property
    def leads(self) -> bool:
        return self.membership.leads

    async def start(self) -> None:
        await self._stack.enter_async_context(self.membership)
        await self._stack.enter_async_context(self.leadership)

    async def stop(self) -> None:
        await self._stack.aclose()

    async def die(self) -> None:
        """End without a word to the database."""
        self.line.cut = True
        await self.stop()


class DatabaseTime:
    """The database's clock: another server's may be ``ahead``, in seconds."""

    def __init__(self) -> None:
        self.ahead = 0.0
        self._clock = VirtualClock(loop())

    def now(self) -> datetime:
        return self._clock.now() + timedelta(seconds=self.ahead)


class Cluster:
    """A database, and the processes on it."""

    def __init__(self, store: SqliteStore, time: DatabaseTime) -> None:
        self.store = store
        self.time = time
        self.processes: list[Process] = []

    async def started(self, name: str, *, alone: bool = False) -> Process:
        process = Process(self.store, name, alone=alone)
        self.processes.append(process)
        await process.start()
        await until(lambda: process.leads == bool(process.told))
        return process

    async def leader(self) -> Leader | None:
        return await self.store.read(lambda tx: tx.leader())

    async def names(self) -> list[str]:
        return [one.name for one in await self.store.read(lambda tx: tx.replicas())]


@asynccontextmanager
async def cluster(folder: Path) -> AsyncIterator[Cluster]:
    """Yield a cluster without a process; those that are left are stopped at the end."""
    time = DatabaseTime()
    async with SqliteStore.open(folder / "bot.db", clock=time) as store:
        made = Cluster(store, time)
        yield made
        for process in made.processes:
            await process.stop()


async def until(there: Callable[[], bool], seconds: float = 600.0) -> float:
    """Wait until it is so; return how many virtual seconds that took."""
    began = loop().time()
    async with asyncio.timeout(seconds):
        while not there():  # noqa: ASYNC110  # virtual time: what is waited for tells nobody
            await asyncio.sleep(0.01)
    return loop().time() - began
