"""The deadlines of a timed change, put and removed with the row that says when it ends."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.domain.change import Change
from bot.domain.count_down import next_mark
from bot.domain.deadline import Deadline, DeadlineKind
from bot.ports import MessageKind, Transaction, message_key

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
        tx.remove_deadline(end_key(kind, change.id))
        if (at := due.get(kind)) is not None:
            tx.put_deadline(_deadline(change, kind, at))


def wrong_deadlines(tx: Transaction, change: Change, now: datetime) -> list[Deadline]:
    """Return, as they should be, the deadlines of a change that somebody deleted or altered.

    The way back is deleted by the step that ends the change, and the notice before it is known by its
    message. What brings an outcome up to date is not compared: it is right until the next mark.
    """
    end = change.ends_at
    if end is None:
        return []
    wanted = [_deadline(change, DeadlineKind.WAY_BACK, end)]
    told = message_key(
        MessageKind.NOTICE, change.id, person=change.channel, name=soon_notice(change)
    )
    if end - WARN_BEFORE > now and tx.message(told) is None:
        wanted.append(_deadline(change, DeadlineKind.WARN_BACK, end - WARN_BEFORE))
    return [one for one in wanted if tx.deadline(one.key) != one]


def _deadline(change: Change, kind: DeadlineKind, at: datetime) -> Deadline:
    return Deadline(end_key(kind, change.id), kind, at, change.id)


def soon_notice(change: Change) -> str:
    """Return the name of the notice that this end of the change is near."""
    return f"back-soon_{change.ends_at:%Y%m%d%H%M}"
