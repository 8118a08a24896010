"""The leader's part of a replica: begun when it leads, ended when it stops or is removed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress
from typing import Self

import structlog

from bot.errors import LeaseLost
from bot.ports import Store
from bot.service.replicas.fence import Fence, FencedStore
from bot.service.replicas.lease import LOST
from bot.service.replicas.membership import Membership

# After a leader's part that failed to start.
RETRY_SECONDS = 1.0

log = structlog.get_logger(__name__)

Term = Callable[[Store], AbstractAsyncContextManager[object]]
"""Returns the leader's part for one term: it writes through the given store alone.

It is left with LeaseLost where the lease was lost: then nothing may be waited for.
"""


class Leadership:
    """An async context manager that runs ``term`` whenever this replica leads.

    At its end the term is left in good order, with the time that its parts take for that.
    """

    def __init__(self, membership: Membership, store: Store, term: Term) -> None:
        self._membership = membership
        self._store = store
        self._term = term
        self._end = asyncio.Event()
        self._lost = self._stopping = False
        self._running: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Begin the term if the replica leads already."""
        self._membership.on_lead = self._begin
        self._membership.on_lost.append(self._cut_off)
        if self._membership.epoch is not None:
            self._begin()
        return self

    async def __aexit__(self, *_: object) -> None:
        """End the term, and begin no other one. Cancelled, it does not wait for what runs."""
        self._membership.stop_campaigning()
        self._membership.on_lead = None
        self._stopping = True
        self._end.set()
        if self._running is not None:
            try:
                await self._running
            except asyncio.CancelledError:
                if not self._lost:
                    raise

    def _begin(self) -> None:
        epoch = self._membership.epoch
        if epoch is not None:
            fence = Fence(self._membership.id, epoch)
            self._running = asyncio.create_task(self._run(fence))

    async def _cut_off(self) -> None:
        """Stop what is in flight at once: another replica may go on with it."""
        if self._running is None:
            return
        self._lost = True
        self._end.set()
        if self._stopping:  # it takes the time of a good end
            self._running.cancel()
        await asyncio.wait([self._running])
        if not self._stopping:
            self._running, self._lost = None, False
            self._end.clear()

    async def _run(self, fence: Fence) -> None:
        store = FencedStore(self._store, lambda: fence, self._membership.lost)
        while not self._end.is_set():
            try:
                async with self._term(store):
                    await self._end.wait()
                    if self._lost:
                        raise LeaseLost(LOST)
            except LeaseLost:
                log.warning("replica.leads_no_more", epoch=fence.epoch)
            except Exception as error:  # a bug: it is tried again while this replica leads
                log.exception("replica.term_failed", why=str(error))
            with suppress(TimeoutError):
                async with asyncio.timeout(RETRY_SECONDS):
                    await self._end.wait()
