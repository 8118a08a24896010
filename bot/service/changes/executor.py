"""The executor: a task for each due change previews, starts, reads back and concludes it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Self

import structlog

from bot.domain.change import Change
from bot.domain.change_state import Event, State
from bot.domain.outcome import Outcome
from bot.errors import Ambiguous, BotError, LeaseLost
from bot.service.change_types import change_type_of
from bot.service.change_types.attempt import send
from bot.service.change_types.attempt.send import AttemptResult
from bot.service.change_types.other_api import why_other_api
from bot.service.changes.attempt_outcome import conclude
from bot.service.changes.preview import preview, recount
from bot.service.changes.schedule import is_idle, next_work
from bot.service.changes.start_attempt import start_again, start_approved
from bot.service.context import Context
from bot.service.parallel import cancel_tasks, finish_tasks

MAX_ATTEMPTS = 3
# Their requests share the API client's bounded pools.
MAX_PARALLEL_CHANGES = 256
# Between two sweeps while ``wake`` is not set.
SWEEP_SECONDS = 1.0
# After a failure of the bot itself, before the change is looked at again.
RETRY_SECONDS = 1.0
# Between two log lines on the same row that cannot be read.
UNREADABLE_LOG_INTERVAL = timedelta(minutes=1)

log = structlog.get_logger(__name__)


class Executor:
    """An async context manager that runs the executor; set ``wake`` when there may be work.

    Work that an earlier process left is found like any other: executing changes without a task are
    read back, proposals without a preview get one. At the end running tasks have ``drain`` seconds.
    """

    def __init__(self, ctx: Context, wake: asyncio.Event, drain: float = 0.0) -> None:
        self._ctx = ctx
        self._wake = wake
        self._drain = drain
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._unreadable: dict[str, datetime] = {}  # when each was logged
        self._closing = False
        self._sweeping: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Start: one sweep whenever ``wake`` is set, and at least every second."""
        self._sweeping = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, _: object, error: BaseException | None, __: object) -> None:
        """Stop, as ``stop`` does; after a LeaseLost at once: another replica goes on with it."""
        if isinstance(error, LeaseLost):
            self._closing = True
            await cancel_tasks([*filter(None, [self._sweeping]), *self._tasks.values()])
        else:
            await self.stop()

    async def stop(self) -> None:
        """Begin nothing more and wait for what runs; may be called twice.

        What is still running after the drain time is cancelled, and read back at the next start.
        """
        self._closing, seconds = True, self._drain
        self._wake.set()
        try:
            if self._sweeping is not None:
                await self._sweeping
        except asyncio.CancelledError:
            seconds = 0  # a second signal: running tasks are cancelled at once
            raise
        finally:
            await finish_tasks(self._tasks.values(), seconds)

    async def _run(self) -> None:
        while not self._closing:
            self._wake.clear()
            try:
                await self._sweep()
            except Exception as error:  # any failure: the next sweep must still come
                log.exception("executor.sweep_failed", why=str(error))
            try:
                async with asyncio.timeout(SWEEP_SECONDS):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def _sweep(self) -> None:
        busy = frozenset(self._tasks)
        if await self._ctx.store.read(lambda tx: is_idle(tx, self._ctx, busy)):
            self._ctx.wake_publisher()
            return
        free_slots = MAX_PARALLEL_CHANGES - len(busy)
        work = await self._ctx.store.write(lambda tx: next_work(tx, self._ctx, busy, free_slots))
        self._ctx.wake_publisher()
        self._log_unreadable(work.unreadable)
        if self._closing:  # it came while the rows were read
            return
        for change in work.to_start:
            self._run_task(change.id, self._execute_approved(change))
        for change in work.to_read_back:
            self._run_task(change.id, self._read_back(change))
        for change in work.to_preview:
            self._run_task(change.id, preview(self._ctx, change))

    def _log_unreadable(self, found: Mapping[str, str]) -> None:
        now = self._ctx.clock.now()
        for change_id, why in found.items():
            last = self._unreadable.get(change_id)
            if last is None or now - last >= UNREADABLE_LOG_INTERVAL:
                self._unreadable[change_id] = now
                log.error("executor.change_set_aside", change=change_id, why=why)

    def _run_task(self, change_id: str, work: Coroutine[None, None, None]) -> None:
        async def guarded() -> None:
            structlog.contextvars.bind_contextvars(change=change_id)
            try:
                await work
            except Exception as error:  # one change must not end the executor
                log.exception("executor.work_failed", change=change_id, why=str(error))
                await self._ctx.sleep(RETRY_SECONDS)

        task = asyncio.create_task(guarded())
        self._tasks[change_id] = task
        task.add_done_callback(lambda _: self._finished(change_id))

    def _finished(self, change_id: str) -> None:
        self._tasks.pop(change_id, None)
        self._wake.set()

    async def _execute_approved(self, change: Change) -> None:
        seen = await recount(self._ctx, change)
        started = await self._ctx.store.write(
            lambda tx: start_approved(tx, self._ctx, change.id, seen)
        )
        self._ctx.wake_publisher()
        if started is not None:
            await self._execute(started)

    async def _execute(self, change: Change) -> None:
        await self._conclude(change.id, await change_type_of(self._ctx, change).perform())

    async def _read_back(self, change: Change) -> None:
        if why := why_other_api(self._ctx, change):
            outcome = replace(change.outcome or Outcome(), sentence=why)
            await self._conclude(change.id, AttemptResult(Event.ESCALATE, outcome))
            return
        result = await read_back(self._ctx, change)
        if result.event is not None or change.state is State.ACCEPTED:
            await self._conclude(change.id, result)  # what was accepted is never sent again
        elif self._must_escalate(change):
            await self._conclude(change.id, AttemptResult(Event.ESCALATE, result.outcome))
        else:
            started = await self._ctx.store.write(lambda tx: start_again(tx, self._ctx, change))
            self._ctx.wake_publisher()
            if started is not None:
                await self._execute(started)

    def _must_escalate(self, change: Change) -> bool:
        # After the deadline, e.g. because the bot was down, somebody may have reverted it by other
        # means.
        late = self._ctx.clock.now() >= change.deadline
        return late or change.attempts >= MAX_ATTEMPTS or change.stopped_by is not None

    async def _conclude(self, change_id: str, result: AttemptResult) -> None:
        await self._ctx.store.write(lambda tx: conclude(tx, self._ctx, change_id, result))
        self._ctx.wake_publisher()


async def read_back(ctx: Context, change: Change) -> AttemptResult:
    """Ask the API what is set now. Raises StoreError.

    A failure of the bot itself is an ambiguous result, so that it does not hold up other changes
    for ever.
    """
    try:
        return await change_type_of(ctx, change).read_back()
    except BotError:
        raise
    except Exception as error:
        log.exception("executor.look_failed", change=change.id, why=str(error))
        silence = Ambiguous("The bot failed at it; its log says why.")
        return send.not_read_back(change.outcome or Outcome(), silence)
