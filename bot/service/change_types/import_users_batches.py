"""Send the rows of an import, a batch at a time: each is marked as begun before its first byte."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from bot.domain.change import Change
from bot.domain.outcome import UserOutcome, UserStatus
from bot.domain.scope import Flag
from bot.domain.user_files.import_rows import DIFFERING, ImportRow
from bot.errors import Ambiguous, ContinuityError, NotSent, Refused
from bot.ports import MessageKind, Receipt, Transaction
from bot.service.change_types.attempt.batch_runner import MAX_UNANSWERED_BATCHES, PROGRESS_INTERVAL
from bot.service.change_types.attempt.not_sent import STOPPED
from bot.service.change_types.attempt.send import send, status_of
from bot.service.context import Context

USERS_PER_REQUEST = 100
SENT_UNANSWERED = "sent, and not answered yet"
FLAGS_MOVED = (
    "not sent: a flag of {} that was on is off since this user, alone, was updated. Either it was switched in that "
    "moment, or an update of this API resets flags"
)


@dataclass(frozen=True, slots=True)
class BatchResult:
    """The outcome of a batch; ``receipt`` where the API accepted it."""

    rows: Sequence[ImportRow]
    status: UserStatus
    reason: str = ""
    receipt: Receipt | None = None

    def outcomes(self) -> list[UserOutcome]:
        """Return the outcome of each user."""
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
        """Send until done, stopped, or not reached; record the rest as not sent.

        Where answers were lost the rest stays open: it is sent after a read-back.
        """
        answered: BatchResult | None = None
        batch = await self._turn(None, most=1)
        if batch:
            answered = await self._send_alone(batch[0])
            # Without an answer the effect of an update is not known: it is read back first.
            goes_on = answered.status not in (UserStatus.NOT_SENT, UserStatus.UNKNOWN)
            batch = await self._turn(answered) if goes_on else ()
        while batch and not await self._is_stopped():
            async with asyncio.TaskGroup() as group:
                # The next batch is recorded while this one is sent.
                sending = group.create_task(self._send(batch))
                following = group.create_task(self._turn(answered))
            answered, batch = sending.result(), following.result()
            self._lost = self._lost + 1 if answered.status is UserStatus.UNKNOWN else 0
            if self._lost == MAX_UNANSWERED_BATCHES or answered.status is UserStatus.NOT_SENT:
                break
        await self._ctx.store.write(partial(self._end, answered=answered, unsent=batch))

    async def _is_stopped(self) -> bool:
        # It may have been stopped since the batch was recorded.
        current = await self._ctx.store.read(lambda tx: tx.change(self._change.id))
        return current is None or current.stopped_by is not None

    async def _send_alone(self, row: ImportRow) -> BatchResult:
        """Send one user before all others, and check that their flags are still on.

        It is assumed that an update does not change fields that it does not name. Were that wrong,
        an import would take thousands of users out of failover.
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
        """Return the flags that are on; none where the user is new or the API does not tell."""
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
        """Save the outcome of a batch; record the next as begun and return it, empty if stopped."""
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
        """Save the outcome of the last batch, and of the rows that are not sent."""
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
    """Return the API's user object, unknown fields included, with the fields of the file."""
    return {"user": row.address, **(row.api_fields or {}), **row.fields}
