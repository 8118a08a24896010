"""Who executes: this terminal where no other process leads on the database, else the one that does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Self

from bot.domain.change import Change
from bot.ports import Store
from bot.service.changes.executor import Executor
from bot.service.changes.terminal import current_change
from bot.service.context import Context
from bot.service.replicas.leadership import Leadership
from bot.terminal.exec.replica import TerminalReplica
from bot.terminal.output import print_text

POLL_SECONDS = 0.2  # another process tells of its work by the database alone


class ExecutorLease:
    """Follow a change; lead and run the executor here if no other process leads.

    Then this process is the one executor of this database: it does whatever is due, as the bot
    would, but delivers nothing to Slack. A line is printed on who executes and on each new state of
    the change. At the end of the block the executor stops, with ``drain`` seconds for what runs,
    and another process may lead.
    """

    def __init__(
        self,
        ctx: Context,
        bell: asyncio.Event,
        replica: TerminalReplica,
        drain: float,
    ) -> None:
        self._ctx = ctx
        self._bell = bell
        self._replica = replica
        self._drain = drain
        self._executor = AsyncExitStack()
        self._executes = False
        self._named_other = ""

    async def __aenter__(self) -> Self:
        """It first tries to lead in ``wait_until``."""
        self._executor.push_async_callback(self._replica.leave)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop executing; the rest is picked up by the next executor."""
        await self._executor.aclose()

    async def wait_until(
        self, change: Change, done: Callable[[Change], bool], describe: Callable[[Change], str]
    ) -> Change:
        """Return the change once ``done`` is true of it; ``describe`` returns the line on its
        state."""
        printed = ""
        while not done(change):
            if not self._executes:
                await self._try_to_execute()
            if describe(change) != printed:
                printed = describe(change)
                print_text(f"{self._ctx.clock.now():%H:%M:%S} UTC · {printed}")
            await asyncio.sleep(POLL_SECONDS)
            change = await current_change(self._ctx, change)
        return change

    async def _try_to_execute(self) -> None:
        leads, membership = await self._replica.leads(), self._replica.membership
        if leads and membership is not None:
            self._executes = True
            print_text(self._replica.won)
            leadership = Leadership(membership, self._ctx.store, self._term)
            await self._executor.enter_async_context(leadership)
        elif (other := await self._replica.other()) not in ("", self._named_other):
            self._named_other = other
            print_text(f"{other} executes it: the running bot, or another terminal.")

    def _term(self, fenced: Store) -> Executor:
        return Executor(replace(self._ctx, store=fenced), self._bell, self._drain)
