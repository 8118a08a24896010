"""Before the end of a timed change: its outcome counts down, and once it is told that it ends soon."""

from __future__ import annotations

from datetime import timedelta

from bot.domain.count_down import next_mark
from bot.domain.deadline import Deadline
from bot.ports import Transaction
from bot.service.batches import card_id
from bot.service.changes.timed.notice import tell
from bot.service.context import Context
from bot.service.deadlines.runner import Step
from bot.service.end_deadlines import soon_notice

# An outcome that was posted so shortly before tells it.
JUST_TOLD = timedelta(minutes=2)


async def count_down(ctx: Context, deadline: Deadline) -> Step:
    """Return the step that brings the outcome up to date, and puts the next mark."""

    def step(tx: Transaction) -> None:
        change = tx.change(deadline.change_id)
        if change is None or change.ends_at is None or card_id(change) != change.id:
            return  # of a batch the first one counts down
        after = change.revised()
        tx.save_change(after)
        tx.refresh_outcome(after)
        # What was missed while the bot was not running is not told any more.
        mark = next_mark(change.ends_at, max(deadline.due_at, ctx.clock.now()))
        if mark is not None:
            tx.put_deadline(Deadline(deadline.key, deadline.kind, mark, change.id))

    return step


async def warn(ctx: Context, deadline: Deadline) -> Step:
    """Return the step that tells channel and requester that the change is taken back soon."""

    def step(tx: Transaction) -> None:
        change, now = tx.change(deadline.change_id), ctx.clock.now()
        if change is None or change.ends_at is None or change.ends_at <= now:
            return
        told = change.finished_at
        if told is None or abs(now - told) >= JUST_TOLD:
            # Of a batch one message tells it, whichever of them is due.
            first = tx.change(card_id(change)) or change
            tell(tx, first, soon_notice(first if first.ends_at else change))

    return step
