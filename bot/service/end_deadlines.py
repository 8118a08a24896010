"""The deadlines of a timed change, put and removed with the row that says when it ends."""

from __future__ import annotations

from datetime import timedelta

from bot.domain.change import Change
from bot.domain.count_down import next_mark
from bot.domain.deadline import Deadline, DeadlineKind
from bot.ports import Transaction

# Before the end, requester and channel are told.
WARN_BEFORE = timedelta(minutes=15)


def end_key(kind: DeadlineKind, change_id: str) -> str:
    """Return the key of a deadline of this change."""
    return f"{kind}:{change_id}"


def keep_deadlines(tx: Transaction, change: Change, before: Change | None) -> None:
    """Put the deadlines of a change that ends at another time than ``before``, or delete them."""
    end = change.ends_at
    if end == (before.ends_at if before else None):
        return
    due = {DeadlineKind.WAY_BACK: end}
    if end is not None:
        due[DeadlineKind.WARN_BACK] = end - WARN_BEFORE
        due[DeadlineKind.COUNT_DOWN] = next_mark(end, change.finished_at or change.created_at)
    for kind in (DeadlineKind.WAY_BACK, DeadlineKind.WARN_BACK, DeadlineKind.COUNT_DOWN):
        key, at = end_key(kind, change.id), due.get(kind)
        tx.remove_deadline(key)
        if at is not None:
            tx.put_deadline(Deadline(key, kind, at, change.id))


def soon_notice(change: Change) -> str:
    """Return the name of the notice that this end of the change is near."""
    return f"back-soon_{change.ends_at:%Y%m%d%H%M}"
