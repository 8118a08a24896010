"""The one executor: find what is due, act, read back, conclude."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Self

import structlog

from bot.domain.change import UNDER_WAY, Change, Event, Outcome, State
from bot.errors import Ambiguous, BotError
from bot.ports import Transaction
from bot.service.change_types import change_type_of
from bot.service.change_types.attempt import send
from bot.service.change_types.attempt.send import AttemptResult
from bot.service.changes.preview import preview, recount
from bot.service.changes.schedule import is_idle, next_work, start_again, start_approved
from bot.service.context import Context, record_step, save_change

MAX_ATTEMPTS = 3
MAX_READ_BACKS = 6
FIRST_READ_BACK_AFTER = timedelta(seconds=2)
MAX_READ_BACK_INTERVAL = timedelta(seconds=60)
SWEEP_SECONDS = 1.0  # between two sweeps without a ring
RETRY_SECONDS = 1.0  # seconds before a change whose work failed here is looked at again
UNREADABLE_LOG_INTERVAL = timedelta(
    minutes=1
)  # between two log lines on the same row that cannot be read
MAX_PARALLEL_CHANGES = 256  # changes; their requests share the client's bounded pools

log = structlog.get_logger(__name__)


class Executor:
    """An async context manager that runs the executor; set ``wake`` when there may be work.

    What a process before this one left is found like any other work: executing changes that nobody
    works on are read back, proposals without a preview get one. At the end running work is waited
    for up to ``drain`` seconds.
    """

    def __init__(self, ctx: Context, wake: asyncio.Event, drain: float = 0.0) -> None:
        self._ctx = ctx
        self._bell = wake
        self._drain = drain
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._unreadable: dict[str, datetime] = {}  # when each was logged
        self._closing = False
        self._sweeping: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Start: one sweep whenever the bell is set, and at least every second."""
        self._sweeping = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop, as ``stop`` does."""
        await self.stop()

    async def stop(self) -> None:
        """Begin nothing more and wait for what runs; may be called twice.

        What is still running after the drain time is cancelled, and read back at the next start.
        """
        self._closing, seconds = True, self._drain
        self._bell.set()
        try:
            if self._sweeping is not None:
                await self._sweeping
        except asyncio.CancelledError:
            seconds = 0  # a second signal: nothing is waited for, and nothing left running
            raise
        finally:
            await finish(self._tasks.values(), seconds)

    async def _run(self) -> None:
        while not self._closing:
            self._bell.clear()
            try:
                await self._sweep()
            except Exception as error:  # whatever it was, it must not be the last sweep
                log.exception("executor.sweep_failed", why=str(error))
            try:
                async with asyncio.timeout(SWEEP_SECONDS):
                    await self._bell.wait()
            except TimeoutError:
                continue

    async def _sweep(self) -> None:
        busy = frozenset(self._tasks)
        if await self._ctx.store.read(lambda tx: is_idle(tx, self._ctx, busy)):
            self._ctx.wake_publisher()
            return
        free_slots = MAX_PARALLEL_CHANGES - len(busy)
        # Inside the step: whoever takes one in hand says so before claiming it.
        work = await self._ctx.store.write(
            lambda tx: next_work(tx, self._ctx, busy | self._ctx.in_progress, free_slots)
        )
        self._ctx.wake_publisher()
        self._tell_unreadable(work.unreadable)
        for change in work.to_start:
            self._start(change.id, self._begin(change))
        for change in work.to_read_back:
            self._start(change.id, self._look(change))
        for change in work.to_preview:
            self._start(change.id, preview(self._ctx, change))

    def _tell_unreadable(self, found: Mapping[str, str]) -> None:
        now = self._ctx.clock.now()
        for change_id, why in found.items():
            last = self._unreadable.get(change_id)
            if last is None or now - last >= UNREADABLE_LOG_INTERVAL:
                self._unreadable[change_id] = now
                log.error("executor.change_set_aside", change=change_id, why=why)

    def _start(self, change_id: str, work: Coroutine[None, None, None]) -> None:
        async def guarded() -> None:
            structlog.contextvars.bind_contextvars(change=change_id)
            try:
                await work
            except (
                Exception
            ) as error:  # one change must not end the executor; the sweep finds it again
                log.exception("executor.work_failed", change=change_id, why=str(error))
                await self._ctx.sleep(RETRY_SECONDS)

        task = asyncio.create_task(guarded())
        self._tasks[change_id] = task
        task.add_done_callback(lambda _: self._finished(change_id))

    def _finished(self, change_id: str) -> None:
        self._tasks.pop(change_id, None)
        self._bell.set()

    async def _begin(self, change: Change) -> None:
        seen = await recount(self._ctx, change)
        taken = await self._ctx.store.write(
            lambda tx: start_approved(tx, self._ctx, change.id, seen)
        )
        self._ctx.wake_publisher()
        if taken is not None:
            await self._execute(taken)

    async def _execute(self, change: Change) -> None:
        await self._conclude(
            change.id, await change_type_of(change.action).perform(self._ctx, change)
        )

    async def _look(self, change: Change) -> None:
        result = await read_back(self._ctx, change)
        if result.event is not None or change.state is State.ACCEPTED:
            await self._conclude(change.id, result)  # what was accepted is never sent again
        elif self._is_enough(change):
            await self._conclude(change.id, AttemptResult(Event.ESCALATE, result.outcome))
        else:
            again = await self._ctx.store.write(lambda tx: start_again(tx, self._ctx, change))
            self._ctx.wake_publisher()
            if again is not None:
                await self._execute(again)

    def _is_enough(self, change: Change) -> bool:
        # Past the time in which it had to start, perhaps after the bot was down, somebody may have put
        # it back by another way: a person decides.
        late = self._ctx.clock.now() >= change.deadline
        return late or change.attempts >= MAX_ATTEMPTS or change.stopped_by is not None

    async def _conclude(self, change_id: str, result: AttemptResult) -> None:
        def step(tx: Transaction) -> None:
            current = tx.change(change_id)
            if current is None or current.state not in UNDER_WAY:
                return
            now, event = self._ctx.clock.now(), result.event
            if event in (None, Event.LOSE) and current.state is State.ACCEPTED:
                event = Event.ACCEPT
            if event is Event.POSTPONE and current.stopped_by:
                # Nothing more is sent. What was accepted before is read back like any other.
                event = Event.ACCEPT if result.outcome.affected else Event.FAIL
            if event is Event.ACCEPT:
                after = _accepted(self._ctx, current, result.outcome)
            elif event in (None, Event.LOSE):
                after = _lost(current, result.outcome, now)
            elif event is Event.POSTPONE:
                after = _postponed(current, result)
            else:
                after = current.moved(
                    event, outcome=result.outcome, finished_at=now, next_look_at=None
                )
            if after.state is not State.ACCEPTED or _is_news(current, after):
                kind = "postponed" if after.state is State.APPROVED else after.state
                record_step(
                    tx, self._ctx.clock, after, f"change.{kind}", outcome_detail(result.outcome)
                )
            save_change(tx, after, outcome=after.finished_at is not None)

        await self._ctx.store.write(step)
        self._ctx.wake_publisher()


async def read_back(ctx: Context, change: Change) -> AttemptResult:
    """Ask the API what is set now; a failure of our own counts like its silence. Raises StoreError."""
    try:
        return await change_type_of(change.action).read_back(ctx, change)
    except BotError:
        raise  # the store: it is looked at again when the store answers
    except Exception as error:  # to look for ever would hold up others
        log.exception("executor.look_failed", change=change.id, why=str(error))
        silence = Ambiguous("The bot failed at it; its log says why.")
        return send.not_read_back(change.outcome or Outcome(), silence)


async def finish(tasks: Iterable[asyncio.Task[None]], seconds: float) -> None:
    """Wait for tasks for at most ``seconds``, then cancel those that are late."""
    waiting = set(tasks)
    if not waiting:
        return
    try:
        await asyncio.wait(waiting, timeout=seconds)
    finally:  # also where a second signal ends the waiting
        late = [task for task in waiting if not task.done()]
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)


def _lost(current: Change, outcome: Outcome, now: datetime) -> Change:
    """Return the change after an answer that settles nothing: when to look next, or nobody's turn."""
    if current.state is State.EXECUTING:
        look_at = now + FIRST_READ_BACK_AFTER
        return current.moved(
            Event.LOSE, outcome=outcome, ambiguous_at=now, looks=0, next_look_at=look_at
        )
    looks = current.looks + 1
    if looks >= MAX_READ_BACKS:
        return current.moved(Event.ESCALATE, outcome=outcome, finished_at=now, next_look_at=None)
    wait = min(FIRST_READ_BACK_AFTER * 2**looks, MAX_READ_BACK_INTERVAL)
    return current.revised(looks=looks, outcome=outcome, next_look_at=now + wait)


def _accepted(ctx: Context, current: Change, outcome: Outcome) -> Change:
    """Return the change that the API took and whose effect is not seen: when to look next, or that a
    person decides."""
    now = ctx.clock.now()
    taken = current.accepted_at if current.is_accepted else None
    until = (taken or now) + ctx.effect_timeout
    if current.state is not State.ACCEPTED:
        look_at = min(now + FIRST_READ_BACK_AFTER, until)
        return current.moved(
            Event.ACCEPT, outcome=outcome, accepted_at=taken or now, looks=0, next_look_at=look_at
        )
    if now >= until:
        words = f"The API accepted it, and it was not seen within {ctx.effect_timeout.total_seconds():g} s."
        outcome_detail = replace(outcome, sentence=f"{words} {outcome.sentence}".rstrip())
        return current.moved(
            Event.ESCALATE, outcome=outcome_detail, finished_at=now, next_look_at=None
        )
    wait = min(FIRST_READ_BACK_AFTER * 2 ** (current.looks + 1), MAX_READ_BACK_INTERVAL)
    look_at = min(now + wait, until)
    return current.revised(looks=current.looks + 1, outcome=outcome, next_look_at=look_at)


def _is_news(before: Change, after: Change) -> bool:
    """Whether a look showed something else than the one before: the trail need not hold the others."""
    seen = before.outcome
    if seen is None or after.outcome is None or before.state is not after.state:
        return True
    return (seen.in_state, seen.total, seen.sentence) != (
        after.outcome.in_state,
        after.outcome.total,
        after.outcome.sentence,
    )


def _postponed(current: Change, result: AttemptResult) -> Change:
    """Return the change as approved again, to be sent later: a try that sent nothing is no attempt."""
    outcome = result.outcome
    attempts = max(current.attempts - 1, 1 if outcome.affected else 0)
    return current.moved(
        Event.POSTPONE,
        outcome=outcome,
        postponed=current.postponed + 1,
        next_try_at=result.next_try_at,
        attempts=attempts,
        begun_at=current.begun_at if attempts else None,
        started_at=current.started_at if attempts else None,
    )


def outcome_detail(outcome: Outcome) -> dict[str, object]:
    """Return an outcome as plain values for the audit trail."""
    return {
        "api_id": outcome.api_id,
        "api_timestamp": outcome.api_timestamp,
        "affected": outcome.affected,
        "read_back": [outcome.in_state, outcome.total],
        "failed": outcome.failed,
        "sentence": outcome.sentence,
        **({"expires": outcome.expires} if outcome.expires else {}),
        **({} if outcome.verifiable else {"verified": False}),
    }
