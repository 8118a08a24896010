"""The deadlines of drills, put with the rows that they belong to."""

from __future__ import annotations

from datetime import datetime

from bot.domain.change import Change
from bot.domain.deadline import Deadline, DeadlineKind
from bot.domain.drill import Drill, is_verified
from bot.ports import Transaction

BEGAN, ENDED = "began", "ended"


def drill_deadline(kind: DeadlineKind, drill_id: str, at: datetime, what: str = "") -> Deadline:
    """Return a deadline of a drill; ``what`` is told, of those by which the channel is."""
    return Deadline(":".join(filter(None, [kind, drill_id, what])), kind, at)


def drill_of(tx: Transaction, deadline: Deadline) -> tuple[Drill | None, str]:
    """Return the drill of a deadline, and what is told."""
    _, drill_id, *what = deadline.key.split(":")
    return tx.drill(drill_id), "".join(what)


def is_over(tx: Transaction, change: Change) -> bool:
    """Whether a drill began or ended since it was sent: the simulated API has the users as before."""
    sent = change.begun_at or change.created_at
    return change.drill and any(
        (one.ended_at or one.started_at) > sent for one in tx.drills([change.customer], limit=1)
    )


def end_where_verified(tx: Transaction, change: Change) -> None:
    """Have it looked now whether the drill of the change's customer has ended, where the change is verified."""
    drill = tx.running_drill(change.customer) if is_verified(change) else None
    if drill is not None:
        now = change.finished_at or change.created_at
        tx.put_deadline(drill_deadline(DeadlineKind.DRILL_END, drill.id, now))
