"""Send the rows of an import, a batch at a time: each is marked as begun before its first byte."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from bot.domain.change import Change, UserOutcome, UserStatus
from bot.domain.scope import Flag
from bot.domain.user_files.import_rows import DIFFERING, ImportRow
from bot.errors import Ambiguous, ContinuityError, NotSent, Refused
from bot.ports import MessageKind, Receipt, Transaction
from bot.service.change_types.attempt.batch_runner import MAX_UNANSWERED_BATCHES, PROGRESS_INTERVAL
from bot.service.change_types.attempt.send import send, status_of
from bot.service.change_types.attempt.unsent import STOPPED
from bot.service.context import Context

USERS_PER_REQUEST = 100  # users in one request
SENT_UNANSWERED = "sent, and not answered yet"
FLAGS_MOVED = (
    "not sent: a flag of {} that was on is off since this user, alone, was updated. Either it was switched in that "
    "moment, or an update of this API resets flags"
)


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What became of a batch; ``receipt`` where the API took it."""

    rows: Sequence[ImportRow]
    status: UserStatus
    reason: str = ""
    receipt: Receipt | None = None

    def outcomes(self) -> list[UserOutcome]:
        """Return it for each user."""
        api_id = self.receipt.api_id if self.receipt else None
        stamp = self.receipt.api_timestamp if self.receipt else None
        return [
            UserOutcome(row.address, self.status, self.reason, api_id, stamp) for row in self.rows
        ]


class BatchSender:
    """One attempt: every row that differs and is not settled, in the order of the file."""

    def __init__(self, ctx: Context, change: Change) -> None:
        self._ctx = ctx
        self._change = change
        self._line = 0  # of the last row that was marked as begun
        self._shown_at: datetime = (
            ctx.clock.now() - PROGRESS_INTERVAL
        )  # the first batch is shown at once
        self._lost = 0
        self.receipt: Receipt | None = None
        self.error: NotSent | None = None  # the one that ended it

    async def send_all(self) -> None:
        """Send until done, stopped, or not reached. What was not sent then is written as that, except
        where answers were lost: that is read back first."""
        answered: BatchResult | None = None
        batch = await self._turn(None, most=1)
        if batch:
            answered = await self._send_alone(batch[0])
            # Without its answer nothing is known of an update's effect: it is read back first, too.
            goes_on = answered.status not in (UserStatus.NOT_SENT, UserStatus.UNKNOWN)
            batch = await self._turn(answered) if goes_on else ()
        while batch and not await self._is_stopped():
            async with asyncio.TaskGroup() as group:
                # The next batch is marked while this one is under way: the disk costs no time.
                sending = group.create_task(self._send(batch))
                following = group.create_task(self._turn(answered))
            answered, batch = sending.result(), following.result()
            self._lost = self._lost + 1 if answered.status is UserStatus.UNKNOWN else 0
            if self._lost == MAX_UNANSWERED_BATCHES or answered.status is UserStatus.NOT_SENT:
                break
        await self._ctx.store.write(partial(self._end, answered=answered, unsent=batch))

    async def _is_stopped(self) -> bool:
        # Asked once more: it may have been pressed since the batch was marked.
        current = await self._ctx.store.read(lambda tx: tx.change(self._change.id))
        return current is None or current.stopped_by is not None

    async def _send_alone(self, row: ImportRow) -> BatchResult:
        """Send one user before all others and look whether their flags that were on still are.

        That an update leaves out what it does not name is assumed; were it wrong, an import would take
        thousands of users out of failover.
        """
        before = await self._flags_on(row)
        answered = await self._send([row])
        if answered.status is UserStatus.ACCEPTED and before and before - await self._flags_on(row):
            await self._ctx.store.write(
                lambda tx: tx.put_user_outcomes(self._change.id, answered.outcomes())
            )
            return BatchResult((), UserStatus.NOT_SENT, FLAGS_MOVED.format(row.address))
        return answered

    async def _flags_on(self, row: ImportRow) -> frozenset[Flag]:
        """Return which flags of a user are on; none where the user is new or the API does not tell."""
        if row.api_fields is None:
            return frozenset()
        try:
            address = str(row.api_fields.get("user", row.address))
            user = await self._ctx.api.user(self._change.customer, address)
        except ContinuityError:
            return frozenset()
        return frozenset(flag for flag in Flag if getattr(user, flag.value))

    async def _send(self, rows: Sequence[ImportRow]) -> BatchResult:
        users = [_object(row) for row in rows]
        change, request = self._change, self._ctx.api.update_users
        try:
            receipt = await send(self._ctx, change, lambda: request(change.customer, users))
        except (Refused, NotSent, Ambiguous) as error:
            status = status_of(self._ctx, change, error)
            if isinstance(error, NotSent) and status is UserStatus.NOT_SENT:
                self.error = error
            return BatchResult(rows, status, str(error))
        self.receipt = receipt
        return BatchResult(rows, UserStatus.ACCEPTED, receipt=receipt)

    async def _turn(
        self, answered: BatchResult | None, most: int = USERS_PER_REQUEST
    ) -> Sequence[ImportRow]:
        """Save what a batch came to and mark the next one as begun; none where it was stopped."""
        now = self._ctx.clock.now()
        show = answered is not None and now - self._shown_at >= PROGRESS_INTERVAL
        rows = await self._ctx.store.write(
            partial(self._save, answered=answered, show=show, most=most)
        )
        if show:
            self._shown_at = now
            self._ctx.wake_publisher()
        return rows

    def _save(
        self, tx: Transaction, answered: BatchResult | None, show: bool, most: int
    ) -> Sequence[ImportRow]:
        if answered is not None:
            tx.put_user_outcomes(self._change.id, answered.outcomes())
        current = tx.change(self._change.id)
        if current is None or current.stopped_by is not None:
            return ()
        if show:
            _show(tx, current)
        rows = tx.import_rows(self._change.id, after=self._line, limit=most, to_send=True)
        if rows:
            self._line = rows[-1].line
            begun = BatchResult(rows, UserStatus.UNKNOWN, SENT_UNANSWERED)
            tx.put_user_outcomes(self._change.id, begun.outcomes())
        return rows

    def _end(
        self, tx: Transaction, answered: BatchResult | None, unsent: Sequence[ImportRow]
    ) -> None:
        """Save the last batch, and what becomes of those that are not sent."""
        change_id, settle = self._change.id, partial(tx.conclude_import_rows, self._change.id)
        if answered is not None:
            tx.put_user_outcomes(change_id, answered.outcomes())
        current = tx.change(change_id)
        if answered is not None and answered.status is UserStatus.NOT_SENT:
            tx.put_user_outcomes(change_id, replace(answered, rows=unsent).outcomes())
            settle(UserStatus.NOT_SENT, answered.reason, was=None, statuses=DIFFERING)
        elif current is None or current.stopped_by is not None:
            rest = BatchResult(unsent, UserStatus.NOT_SENT, STOPPED)
            tx.put_user_outcomes(change_id, rest.outcomes())
            settle(UserStatus.NOT_SENT, STOPPED, was=None, statuses=DIFFERING)
        if current is not None:
            _show(tx, current)


def _show(tx: Transaction, current: Change) -> None:
    counts = tx.count_user_outcomes(current.id)
    answered = sum(counts.values()) - counts[UserStatus.UNKNOWN] - counts[UserStatus.NOT_SENT]
    after = current.revised(done=answered)
    tx.save_change(after)
    tx.enqueue_message(MessageKind.CARD, after)


def _object(row: ImportRow) -> dict[str, object]:
    """Return the user object as the API told it, unknown fields included, with the fields of the file."""
    return {"user": row.address, **(row.api_fields or {}), **row.fields}
