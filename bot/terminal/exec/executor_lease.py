"""Who executes: this terminal while DATABASE.lock is free, else the bot that holds it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from typing import Self

from bot.domain.change import Change
from bot.ports import Store
from bot.service.changes.executor import Executor
from bot.service.context import Context
from bot.service.replicas.leadership import Leadership
from bot.service.replicas.membership import Membership
from bot.store.sqlite.lock import DatabaseLock
from bot.terminal.output import print_text

LEASE_SECONDS = 20.0
POLL_SECONDS = 0.2  # another process tells of its work by the database alone


class ExecutorLease:
    """Follow a change; take the lock and run the executor here if no other process holds it.

    Then this process is the one executor of this database: it does whatever is due, as the bot
    would, but delivers nothing to Slack. A line is printed on who executes and on each new state of
    the change. At the end of the block the executor stops, with ``drain`` seconds for what runs,
    and the lock is released.
    """

    def __init__(
        self,
        ctx: Context,
        bell: asyncio.Event,
        lock: DatabaseLock,
        drain: float,
    ) -> None:
        self._ctx = ctx
        self._bell = bell
        self._lock = lock
        self._drain = drain
        self._executor = AsyncExitStack()
        self._named_holder = False

    async def __aenter__(self) -> Self:
        """The lock is first tried by ``wait_until``."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop executing; the rest is picked up by the next executor."""
        await self._executor.aclose()

    async def wait_until(
        self, change: Change, done: Callable[[Change], bool], describe: Callable[[Change], str]
    ) -> Change:
        """Return the change once ``done`` is true of it; ``describe`` returns the line on its
        state."""
        change_id, printed = change.id, ""
        while not done(change):
            if not self._lock.held:
                await self._try_to_execute()
            if describe(change) != printed:
                printed = describe(change)
                print_text(f"{self._ctx.clock.now():%H:%M:%S} UTC · {printed}")
            await asyncio.sleep(POLL_SECONDS)
            found = await self._ctx.store.read(lambda tx: tx.change(change_id))
            change = found or change
        return change

    @asynccontextmanager
    async def _leading(self) -> AsyncIterator[None]:
        """Lead the database, whose lock proves that nobody else does, and run the executor."""
        store = self._ctx.store
        membership = Membership(store, f"terminal:{os.getpid()}", LEASE_SECONDS, alone=True)

        def term(fenced: Store) -> Executor:
            return Executor(replace(self._ctx, store=fenced), self._bell, self._drain)

        async with membership, Leadership(membership, store, term):
            yield

    async def _try_to_execute(self) -> None:
        if self._lock.acquire():
            self._executor.callback(self._lock.release)
            print_text("No bot runs on this database: this terminal executes it.")
            await self._executor.enter_async_context(self._leading())
        elif not self._named_holder:
            self._named_holder = True
            holder = self._lock.holder() or "of unknown number"
            print_text(f"Process {holder} executes it: the running bot, or another terminal.")
