"""Writes of a replica that the others took for dead are refused, inside the transaction itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from bot.errors import LeaseLost
from bot.ports import Store, Transaction
from bot.service.replicas.lease import LOST, WORK

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Fence:
    """What a write rests on: the replica has its row or, with ``epoch``, leads in this epoch."""

    replica_id: str
    epoch: int | None = None

    def check(self, tx: Transaction) -> None:
        """Raise LeaseLost where it no longer holds."""
        if self.epoch is None:
            holds = tx.is_replica(self.replica_id)
        else:
            leader = tx.leader()
            holds = leader is not None and (leader.holder, leader.epoch) == (
                self.replica_id,
                self.epoch,
            )
        if not holds:
            raise LeaseLost(LOST)


class FencedStore:
    """``bot.ports.Store``, whose writes raise LeaseLost, and change nothing, once the fence is down.

    ``fence`` is asked when a write is asked for, not when it runs: a step that waited for the database
    does not pass for one of the process's next life. ``on_lost`` gets the fence that was down.
    ``wakes`` tells whether another process has to be woken, which leads.
    """

    def __init__(
        self,
        store: Store,
        fence: Callable[[], Fence],
        on_lost: Callable[[Fence], None],
        wakes: Callable[[], bool] = lambda: False,
    ) -> None:
        self._wakes = wakes
        self._store = store
        self._fence = fence
        self._on_lost = on_lost

    async def write(self, step: Callable[[Transaction], T]) -> T:
        """Run ``step`` as the store does, behind the fence."""
        fence, wakes = self._fence(), self._wakes()

        def fenced(tx: Transaction) -> T:
            fence.check(tx)
            done = step(tx)
            if wakes:
                tx.notify(WORK)
            return done

        try:
            return await self._store.write(fenced)
        except LeaseLost:
            self._on_lost(fence)
            raise

    async def read(self, query: Callable[[Transaction], T]) -> T:
        """Run ``query`` as the store does: reading needs no lease."""
        return await self._store.read(query)

    async def close(self) -> None:
        """Close the store."""
        await self._store.close()
