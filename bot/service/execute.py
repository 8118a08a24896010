"""Execute what is approved: claim, act, read back, conclude; and pick up what a dead process left."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from datetime import datetime, timedelta

import structlog

from bot.domain.change import (
    AWAITING,
    RUNNING,
    Change,
    Event,
    Outcome,
    State,
    UserOutcome,
    UserStatus,
)
from bot.domain.commands import Actor
from bot.domain.roles import Right
from bot.domain.scope import Users, overlap
from bot.errors import BotError
from bot.ports import Transaction
from bot.service import propose
from bot.service.authorise import still_allowed
from bot.service.context import Context, record, save
from bot.service.perform import Verdict, perform, read_back

MAX_ATTEMPTS = 3
MAX_LOOKS = 6
FIRST_LOOK = timedelta(seconds=2)
LONGEST_LOOK = timedelta(seconds=60)
CLAIMED_AT_ONCE = 256  # changes; their requests share the client's bounded pools

log = structlog.get_logger(__name__)


class Executor:
    """The one executor: run ``run()`` in a task, ring ``bell`` when there may be work."""

    def __init__(self, ctx: Context, bell: asyncio.Event) -> None:
        self._ctx = ctx
        self._bell = bell
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def recover(self) -> None:
        """Pick up what the process before left: read back what was executing, preview what was not."""

        def step(tx: Transaction) -> list[Change]:
            now = self._ctx.clock.now()
            for change in tx.changes(states={State.EXECUTING}):
                save(tx, change.moved(Event.LOSE, ambiguous_at=now, next_look_at=now))
                self._note(tx, change, "change.lost", {"why": "the bot was restarted meanwhile"})
            return [change for change in tx.changes(states=AWAITING) if change.preview is None]

        for change in await self._ctx.store.write(step):
            self._start(f"preview:{change.id}", propose.preview(self._ctx, change))

    async def run(self) -> None:
        """Work until cancelled; one sweep at every ring, and at least every second."""
        while True:
            self._bell.clear()
            try:
                await self._sweep()
            except BotError as error:
                log.exception("executor.sweep_failed", why=str(error))
            try:
                async with asyncio.timeout(1.0):
                    await self._bell.wait()
            except TimeoutError:
                continue

    async def drain(self, seconds: float) -> None:
        """Let what runs finish within ``seconds``; the rest is picked up at the next start."""
        tasks = set(self._tasks.values())
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _sweep(self) -> None:
        room = CLAIMED_AT_ONCE - len(self._tasks)
        claimed, looks = await self._ctx.store.write(lambda tx: self._claim(tx, room))
        if claimed or looks:
            self._ctx.ring_announcer()
        for change in claimed:
            self._start(change.id, self._execute(change))
        for change in looks:
            self._start(change.id, self._look(change))

    def _start(self, key: str, work: Coroutine[None, None, None]) -> None:
        async def guarded() -> None:
            try:
                await work
            except BotError as error:
                log.exception("executor.work_failed", key=key, why=str(error))

        if key in self._tasks:
            work.close()
            return
        task = asyncio.create_task(guarded())
        self._tasks[key] = task
        task.add_done_callback(lambda _: self._finished(key))

    def _finished(self, key: str) -> None:
        self._tasks.pop(key, None)
        self._bell.set()

    # --- one transaction: expire, check once more, claim ------------------------------------------

    def _claim(self, tx: Transaction, room: int) -> tuple[list[Change], list[Change]]:
        now = self._ctx.clock.now()
        running = list(tx.changes(states=RUNNING))
        looks = [
            change
            for change in running
            if change.state is State.UNKNOWN
            and change.id not in self._tasks
            and change.next_look_at is not None
            and change.next_look_at <= now
        ]
        for change in tx.changes(states=AWAITING):
            if change.deadline <= now:
                save(tx, change.moved(Event.EXPIRE, finished_at=now))
                self._note(tx, change, "change.expired", {})
        claimed: list[Change] = []
        waiting = sorted(tx.changes(states={State.APPROVED}), key=_by_decision)
        for change in waiting:
            if change.deadline <= now:
                save(tx, change.moved(Event.EXPIRE, finished_at=now))
                self._note(tx, change, "change.expired", {"why": "it did not start in time"})
                continue
            first = self._runs_first(tx, change, running)
            if first or len(claimed) >= room:
                if first and change.waits_for != first:
                    running.append(save(tx, change.revised(waits_for=first)))
                else:
                    running.append(change)
                continue
            taken = self._take(tx, change, now)
            if taken is not None:
                claimed.append(taken)
                running.append(taken)
        return claimed, looks

    def _runs_first(self, tx: Transaction, change: Change, before: list[Change]) -> str | None:
        for other in before:
            if other.customer == change.customer and overlap(other.scope, change.scope):
                return other.id
        quiet_since = self._ctx.clock.now() - self._ctx.quiet_period
        for other in tx.changes(customer=change.customer, limit=50):
            if (
                other.ambiguous_at is not None
                and other.ambiguous_at > quiet_since
                and (other.flag, other.on) == (change.flag, not change.on)
                and overlap(other.scope, change.scope)
            ):
                return other.id
        return None

    def _take(self, tx: Transaction, change: Change, now: datetime) -> Change | None:
        why = self._refusal(tx, change)
        if why:
            save(tx, change.moved(Event.HALT, decision_reason=why, finished_at=now))
            self._note(tx, change, "change.stopped", {"why": why})
            return None
        taken = save(
            tx,
            change.moved(
                Event.CLAIM, attempts=change.attempts + 1, started_at=now, waits_for=None, done=0
            ),
        )
        self._note(
            tx,
            taken,
            "change.executing",
            {"attempt": taken.attempts, "requests": self._requests(taken)},
        )
        return taken

    def _refusal(self, tx: Transaction, change: Change) -> str:
        channel = None if change.terminal else change.channel
        wanted = [(change.requester, Right.PROPOSE, change.requester_usergroups)]
        wanted += [(given.approver, Right.APPROVE, ()) for given in change.approvals]
        for person, right, groups in wanted:
            actor = Actor(person, channel)
            decision = still_allowed(tx, self._ctx, actor, right, groups, change.customer)
            if not decision.allowed:
                return f"Not executed: {person} lost the right meanwhile. {decision.reason}"
        if len({given.approver for given in change.approvals}) < change.approvals_needed:
            return "Not executed: approvals are missing."
        return ""

    def _requests(self, change: Change) -> list[str]:
        scope = change.scope
        if isinstance(scope, Users):
            return [
                self._ctx.api.describe(change.customer, change.flag, change.on, address)
                for address in scope.addresses
            ]
        return [self._ctx.api.describe(change.customer, change.flag, change.on, scope)]

    # --- act, read back, conclude -----------------------------------------------------------------

    async def _execute(self, change: Change) -> None:
        verdict = await perform(self._ctx, change)
        await self._conclude(change.id, verdict)

    async def _look(self, change: Change) -> None:
        verdict = await read_back(self._ctx, change)
        if verdict.event is None:  # read back, and it is not as wanted
            if change.attempts < MAX_ATTEMPTS and change.stopped_by is None:
                again = await self._ctx.store.write(lambda tx: self._again(tx, change.id))
                if again is not None:
                    self._ctx.ring_announcer()
                    await self._execute(again)
                return
            verdict = Verdict(Event.ESCALATE, verdict.outcome)
        await self._conclude(change.id, verdict)

    def _again(self, tx: Transaction, change_id: str) -> Change | None:
        current = tx.change(change_id)
        if current is None or current.state is not State.UNKNOWN:
            return None
        if self._refusal(tx, current):
            return save(tx, current.moved(Event.ESCALATE)) and None
        return self._take(tx, current, self._ctx.clock.now())

    async def _conclude(self, change_id: str, verdict: Verdict) -> None:
        def step(tx: Transaction) -> None:
            current = tx.change(change_id)
            if current is None or current.state not in RUNNING:
                return
            now = self._ctx.clock.now()
            event = verdict.event or Event.LOSE
            if event is Event.LOSE:
                after = self._lost(current, verdict.outcome, now)
            else:
                done = {Event.SUCCEED, Event.SUCCEED_PARTLY, Event.FAIL, Event.ESCALATE}
                after = current.moved(
                    event,
                    outcome=verdict.outcome,
                    finished_at=now if event in done else None,
                    next_look_at=None,
                )
            self._note(tx, after, f"change.{after.state}", _told(verdict.outcome))
            save(tx, after, outcome=after.finished_at is not None)

        await self._ctx.store.write(step)
        self._ctx.ring_announcer()

    def _lost(self, current: Change, outcome: Outcome, now: datetime) -> Change:
        if current.state is State.EXECUTING:
            return current.moved(
                Event.LOSE,
                outcome=outcome,
                ambiguous_at=now,
                looks=0,
                next_look_at=now + FIRST_LOOK,
            )
        if current.looks + 1 >= MAX_LOOKS:
            return current.moved(
                Event.ESCALATE, outcome=outcome, finished_at=now, next_look_at=None
            )
        wait = min(FIRST_LOOK * 2 ** (current.looks + 1), LONGEST_LOOK)
        return current.revised(looks=current.looks + 1, outcome=outcome, next_look_at=now + wait)

    def _note(self, tx: Transaction, change: Change, kind: str, detail: dict[str, object]) -> None:
        record(
            tx,
            self._ctx.clock,
            kind,
            None,
            customer=change.customer,
            change_id=change.id,
            detail=detail,
        )


def _by_decision(change: Change) -> datetime:
    return change.decided_at or change.created_at


def _told(outcome: Outcome) -> dict[str, object]:
    return {
        "api_id": outcome.api_id,
        "api_timestamp": outcome.api_timestamp,
        "affected": outcome.affected,
        "read_back": [outcome.in_state, outcome.total],
        "failed": outcome.failed,
        "sentence": outcome.sentence,
    }


def failures(tx: Transaction, change: Change, limit: int = 10) -> list[UserOutcome]:
    """Return the first named users for whom it did not work."""
    return list(tx.user_outcomes(change.id, status=UserStatus.FAILED, limit=limit))
