"""Where rows of other tables contradict their change, or its entries."""

from __future__ import annotations

from collections.abc import Iterable

from bot.domain.audit.chain import AuditEntry
from bot.domain.audit.change_history import person
from bot.domain.change import Change
from bot.domain.change_state import ENDED
from bot.domain.deadline import DeadlineKind
from bot.domain.on import STILL_NEEDED
from bot.domain.page import PageState
from bot.ports import Transaction
from bot.service.batches import whole
from bot.service.end_deadlines import end_key


def further_differences(
    tx: Transaction, change: Change, entries: Iterable[AuditEntry]
) -> list[str]:
    """Return a sentence for each row of `deadlines`, `pages` and `still_needed` that differs."""
    found = [
        *_without_deadline(tx, change),
        *_without_reminder(tx, change),
        *_not_resolved(tx, change),
        *_said(tx, change, entries),
    ]
    return [f"{change.id}: {why}" for why in found]


def _without_deadline(tx: Transaction, change: Change) -> list[str]:
    """Return that no row, or one of another time, says when a timed change is taken back."""
    end = change.ends_at
    deadline = tx.deadline(end_key(DeadlineKind.WAY_BACK, change.id))
    if end is None or (deadline is not None and deadline.due_at == end):
        return []
    return [
        f"it is taken back at {end:%Y-%m-%d %H:%M} UTC, and the table deadlines does not say so"
    ]


def _without_reminder(tx: Transaction, change: Change) -> list[str]:
    """Return that no row says when people are reminded of a review that is owed."""
    if not change.is_review_owed or tx.deadline(end_key(DeadlineKind.REVIEW, change.id)):
        return []
    return ["its review is owed, and the table deadlines does not say so"]


def _not_resolved(tx: Transaction, change: Change) -> list[str]:
    """Return which pagers are not to be told that the change ended, or the whole batch that it begins."""
    if change.state not in ENDED or change.is_review_owed or whole(tx, change).state not in ENDED:
        return []
    left = [one.pager for one in tx.pages(change.id) if one.wanted is not PageState.RESOLVED]
    return [f"it ended, and the table pages does not tell the pager {one} so" for one in left]


def _said(tx: Transaction, change: Change, entries: Iterable[AuditEntry]) -> list[str]:
    """Return that the table holds no, or another, “Still needed” than the last entry."""
    entry = next((one for one in reversed([*entries]) if one.record.kind == STILL_NEEDED), None)
    row = tx.still_needed([change.id]).get(change.id)
    if entry is None:
        return ["the table still_needed has a row, and no entry said so"] if row else []
    detail, where = entry.record.detail, f"the table still_needed is not as entry {entry.seq}"
    if row is None:
        return [where]
    recorded = (person(entry), detail.get("reason"), str(detail.get("until")))
    there = (row.person, row.reason, row.until.isoformat())
    return [] if recorded == there else [where]
