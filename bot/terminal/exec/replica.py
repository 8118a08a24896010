"""This terminal among the processes on the database: it executes where no other process does."""

from __future__ import annotations

import os
import socket
from abc import ABC, abstractmethod
from pathlib import Path

from bot.database_address import Database
from bot.ports import Leader, Store, Transaction
from bot.service.replicas.database_clock import DatabaseClock
from bot.service.replicas.membership import Membership
from bot.store.sqlite.lock import DatabaseLock


class TerminalReplica(ABC):
    """Joins when it is first to lead, and leaves with ``leave``.

    ``won`` is the line to print when it leads.
    """

    won: str

    def __init__(self, store: Store, lease: float, clock: DatabaseClock) -> None:
        self._store = store
        self._lease = lease
        self._clock = clock
        self.membership: Membership | None = None

    @property
    def id(self) -> str:
        """The id of this replica, ``""`` where it has not joined."""
        return "" if self.membership is None else self.membership.id

    def check_request(self) -> None:
        """Raise NotSent, instead of a request to the API, where too little of the lease is left."""
        if self.membership is not None:
            self.membership.check_request()

    @abstractmethod
    async def other(self) -> str:
        """Return who executes if another process does, else ``""``; nothing is written."""

    @abstractmethod
    async def leads(self) -> bool:
        """Whether this process leads: it does from now on if no other one does."""

    async def leave(self) -> None:
        """Lead no more."""
        if self.membership is not None:
            await self.membership.__aexit__(None, None, None)
            self.membership = None

    async def _join(self, *, alone: bool) -> Membership:
        name = f"terminal {socket.gethostname()}:{os.getpid()}"
        membership = Membership(self._store, name, self._lease, self._clock, alone=alone)
        self.membership = await membership.__aenter__()
        return membership


class OnFile(TerminalReplica):
    """On SQLite: the file's lock proves that no other process runs."""

    won = "No bot runs on this database: this terminal executes it."

    def __init__(self, file: Path, store: Store, lease: float, clock: DatabaseClock) -> None:
        super().__init__(store, lease, clock)
        self._lock = DatabaseLock(file)

    async def other(self) -> str:
        return self._holder() if self._lock.taken() else ""

    async def leads(self) -> bool:
        if self.membership is None and self._lock.acquire():
            await self._join(alone=True)
        return self.membership is not None

    async def leave(self) -> None:
        try:
            await super().leave()
        finally:
            self._lock.release()

    def _holder(self) -> str:
        return f"Process {self._lock.holder() or 'of unknown number'}"


class OnServer(TerminalReplica):
    """On PostgreSQL: the row of the leader tells who executes, by the database's clock."""

    won = "No other process leads on this database: this terminal executes it."

    async def other(self) -> str:
        leader = await self._store.read(_living_leader)
        return "" if leader is None or leader.holder == self.id else leader.name

    async def leads(self) -> bool:
        if self.membership is not None:
            return self.membership.leads
        membership = await self._join(alone=False)
        if not membership.leads and not await self.other():
            await membership.next_look()  # who seems to be dead is removed at the second one
        return membership.leads


def replica_on(
    database: Database, store: Store, lease: float, clock: DatabaseClock
) -> TerminalReplica:
    """Return this process on the database; ``lease`` is in seconds."""
    if isinstance(database, Path):
        return OnFile(database, store, lease, clock)
    return OnServer(store, lease, clock)


def _living_leader(tx: Transaction) -> Leader | None:
    leader = tx.leader()
    if leader is None or not leader.holder or leader.lease_until < tx.database_now():
        return None
    return leader
