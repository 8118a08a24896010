"""Who executes: this terminal while DATABASE.lock is free, else the bot that holds it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from bot.domain.change import Change
from bot.service.changes.executor import Executor
from bot.service.context import Context
from bot.store.sqlite.lock import DatabaseLock

POLL = 0.2  # seconds; another process works on the change, and tells by the database alone


class ExecutorLease:
    """Watches a change, and takes the lock and executes where, or as soon as, nobody else does.

    Then it is the one executor of this database: it does whatever is due, as the bot would, but
    delivers nothing to Slack. ``say`` is told who works, and every news of the change.
    """

    def __init__(
        self, ctx: Context, bell: asyncio.Event, lock: DatabaseLock, say: Callable[[str], None]
    ) -> None:
        self._ctx = ctx
        self._bell = bell
        self._lock = lock
        self._say = say
        self._executor: Executor | None = None
        self._left = False

    async def until(
        self, change: Change, done: Callable[[Change], bool], news: Callable[[Change], str]
    ) -> Change:
        """Return the change once ``done`` says so; ``news`` is the line that tells how it stands."""
        change_id, told = change.id, ""
        while not done(change):
            if self._executor is None:
                self._begin()
            if news(change) != told:
                told = news(change)
                self._say(f"{self._ctx.clock.now():%H:%M:%S} UTC · {told}")
            await asyncio.sleep(POLL)
            found = await self._ctx.store.read(lambda tx: tx.change(change_id))
            change = found or change
        return change

    async def stop(self, seconds: float) -> None:
        """Begin nothing more; what runs here has ``seconds``. The rest is picked up by who is next."""
        try:
            if self._executor is not None:
                await self._executor.stop(seconds)
        finally:
            self._lock.release()

    def _begin(self) -> None:
        if self._lock.acquire():
            self._say("No bot runs on this database: this terminal executes it.")
            self._executor = Executor(self._ctx, self._bell)
            self._executor.start()
        elif not self._left:
            self._left = True
            who = self._lock.holder() or "of unknown number"
            self._say(f"Process {who} executes it: the running bot, or another terminal.")
