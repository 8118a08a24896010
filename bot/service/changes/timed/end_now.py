"""A timed change that is on is on no more, or stays: its deadlines go, and what moves its end is too late."""

from __future__ import annotations

from bot.domain.actions import MoveEnd, search_topics, switches
from bot.domain.change import Change, opposes
from bot.domain.change_state import AWAITING, TOOK_EFFECT, Event, State
from bot.domain.steps import end_of
from bot.ports import Transaction
from bot.service.batches import refresh_outcome
from bot.service.context import Context, record_step, save_change
from bot.service.related_changes import MAX_SEARCHED, covers

# Of the changes that move an end, in the column by which they are found.
ENDS = "end"
NOT_MADE = "change.back_not_made"


def end_now(tx: Transaction, ctx: Context, timed: Change, note: str) -> Change:
    """Save that the change has no end any more, and why; return it. The caller records it."""
    after = timed.revised(ends_at=None, end_note=note)
    save_change(tx, after)
    refresh_outcome(tx, after)
    for waiting in tx.changes(
        states=AWAITING | {State.APPROVED}, customer=timed.customer, topics=[ENDS]
    ):
        if isinstance(waiting.action, MoveEnd) and waiting.action.change == timed.id:
            why = f"Too late: {note}"
            halted = waiting.moved(
                Event.HALT,
                decision_reason=why,
                decided_at=ctx.clock.now(),
                finished_at=ctx.clock.now(),
            )
            save_change(tx, halted, outcome=True)
            record_step(tx, ctx.clock, halted, "change.stopped", {"why": why})
    return after


def end_those_taken_back(tx: Transaction, ctx: Context, change: Change) -> None:
    """End the timed changes of whose users all were switched back by this one, which was applied."""
    if not switches(change.action) or change.state is not State.APPLIED:
        return
    topics = search_topics(change.action)
    for timed in tx.changes(
        states=TOOK_EFFECT, customer=change.customer, topics=topics, limit=MAX_SEARCHED
    ):
        is_on = timed.ends_at is not None and timed.id != change.id
        is_on = is_on and timed.drill is change.drill  # a drill is at another API
        done = end_of(timed) in switches(change.action) or opposes(timed, change)
        if is_on and done and covers(change.scope, timed.scope):
            why = f"{change.id} {change.action.title} took it back."
            after = end_now(tx, ctx, timed, why)
            record_step(tx, ctx.clock, after, NOT_MADE, {"why": why, "newer": change.id})
