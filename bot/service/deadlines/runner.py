"""Does what is due: each deadline once, however often the bot starts and whatever its clock does.

The row of a deadline is deleted by the step that does it, in one transaction.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Self

import structlog

from bot.domain.deadline import Deadline, DeadlineKind
from bot.errors import LeaseLost
from bot.ports import Transaction
from bot.service.context import Context
from bot.service.parallel import cancel_tasks

# Between two looks for what is due.
SWEEP_SECONDS = 1.0
# After a failure, before the same deadline is tried again.
RETRY_SECONDS = 10.0
# Others wait for the next look.
MAX_PARALLEL_DEADLINES = 16
# Looked at in one look: those that failed stay among them.
MAX_LOOKED_AT = 1_000

Step = Callable[[Transaction], None]
Handler = Callable[[Context, Deadline], Awaitable[Step]]
"""Reads, and asks the API, what is needed; returns the step that does it.

The step writes alone: it is run in the transaction that deletes the deadline. Where it puts the next
deadline of the same key, it counts from ``due_at`` of this one.
"""

log = structlog.get_logger(__name__)


class DeadlineRunner:
    """An async context manager that does what is due, by the handler of its kind.

    One that fails delays no other. What runs at the end is cut off: whatever is not done then is due
    at the next start.
    """

    def __init__(self, ctx: Context, handlers: Mapping[DeadlineKind, Handler]) -> None:
        self._ctx = ctx
        self._handlers = handlers
        self._running: dict[str, asyncio.Task[None]] = {}
        # When each deadline that failed is tried again, by the clock of the event loop.
        self._resting: dict[str, float] = {}
        self._sweeping: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Start looking, at once and then every second."""
        self._sweeping = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop at once."""
        await cancel_tasks([*filter(None, [self._sweeping]), *self._running.values()])

    async def _run(self) -> None:
        while True:
            try:
                await self._sweep()
            except Exception as error:  # any failure: the next look must still come
                log.exception("deadlines.sweep_failed", why=str(error))
            await asyncio.sleep(SWEEP_SECONDS)

    async def _sweep(self) -> None:
        now, loop_time = self._ctx.clock.now(), asyncio.get_running_loop().time()
        self._resting = {key: until for key, until in self._resting.items() if until > loop_time}
        for deadline in await self._ctx.store.read(lambda tx: tx.due_deadlines(now, MAX_LOOKED_AT)):
            key, is_full = deadline.key, len(self._running) >= MAX_PARALLEL_DEADLINES
            if not (is_full or key in self._running or key in self._resting):
                self._running[key] = asyncio.create_task(self._do(deadline))

    async def _do(self, deadline: Deadline) -> None:
        structlog.contextvars.bind_contextvars(deadline=deadline.key)
        try:
            step = await self._handlers[deadline.kind](self._ctx, deadline)
            await self._ctx.store.write(lambda tx: _fire(tx, deadline, step))
        except LeaseLost as error:
            log.warning("deadlines.waits_for_the_lease", why=str(error))
        except Exception as error:  # one must not hold up the others
            log.exception("deadlines.failed", kind=deadline.kind, why=str(error))
            self._resting[deadline.key] = asyncio.get_running_loop().time() + RETRY_SECONDS
        finally:
            del self._running[deadline.key]
        self._ctx.wake_executor()
        self._ctx.wake_publisher()


def _fire(tx: Transaction, deadline: Deadline, step: Step) -> None:
    """Delete the deadline and do it, unless it was moved, removed or done meanwhile."""
    if tx.deadline(deadline.key) == deadline:
        tx.remove_deadline(deadline.key)
        step(tx)
