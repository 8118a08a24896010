"""Whether a decision still holds just before the execution; if not, the change is decided again."""

from __future__ import annotations

from bot.domain.actions import affects_same_counts, switches
from bot.domain.audit.change_history import ASKED_AGAIN
from bot.domain.change import Change, switch_of
from bot.domain.change_state import Event, State
from bot.domain.policy import DECISION_TIME, START_TIME
from bot.domain.preview import Preview
from bot.domain.scope import overlap
from bot.ports import Transaction
from bot.service.change_types import change_type_of
from bot.service.context import Context, record_step, save_change


def why_stale(tx: Transaction, ctx: Context, change: Change, seen: Preview | None) -> str:
    """Say why the decision no longer holds, with the numbers of that time, or return ``""``.

    A commander decided on the users, whatever their number: that holds.
    """
    then = change.preview
    if then is None or change.emergency:
        return ""
    if change.decided_at is not None and ctx.clock.now() - change.decided_at > START_TIME:
        # Sent again by an operator, who cannot renew the decision of others.
        return "It was decided more than half an hour ago."
    if why := change_type_of(ctx, change).stale(seen):
        return why
    for other in tx.begun_since(change.customer, then.taken_at):
        # Once begun it may have changed the numbers, except where it failed: then all was refused.
        moved = other.state is not State.FAILED
        touched = other.id != change.id and moved
        same = affects_same_counts(other.action, change.action)
        if touched and same and overlap(other.scope, change.scope):
            return f"{other.id} ({other.action.title}) has run meanwhile.{_numbers(change, then)}"
    return ""


def _numbers(change: Change, then: Preview) -> str:
    if len(switches(change.action)) != 1 or then.already is None or then.total is None:
        return ""
    direction = switch_of(change).direction
    return f" When it was decided: already {direction} {then.already:,} of {then.total:,}."


def ask_again(tx: Transaction, ctx: Context, change: Change, why: str) -> None:
    """Withdraw the decision. The executor counts again, and the channel is told."""
    event = Event.ASK_APPROVAL if change.approvals_needed else Event.ASK_CONFIRMATION
    after = change.moved(
        event,
        preview=None,
        approvals=(),
        decided_at=None,
        decided_by=None,
        deadline=ctx.clock.now() + DECISION_TIME,
        asked_again=why,
        asked_before=tuple(given.approver for given in change.approvals),
        waits_for=None,
        waits_until=None,
        waits_at_most=None,
        postponed=0,
        next_try_at=None,
        outcome=None,
    )
    save_change(tx, after, outcome=True)
    then = change.preview.numbers() if change.preview else None
    record_step(tx, ctx.clock, after, ASKED_AGAIN, {"why": why, "decided_on": then})
