"""Deadlines, each until it is done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.domain.deadline import Deadline, DeadlineKind
from bot.store.rows import Row, Rows
from bot.store.times import as_text, as_time


class DeadlineRows(Rows):
    """The table ``deadlines``."""

    def put_deadline(self, deadline: Deadline) -> None:
        self._run(
            "INSERT INTO deadlines (key, kind, change_id, due_at) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (key) DO UPDATE SET kind = excluded.kind, "
            "change_id = excluded.change_id, due_at = excluded.due_at",
            (deadline.key, deadline.kind.value, deadline.change_id, as_text(deadline.due_at)),
        )

    def remove_deadline(self, key: str) -> bool:
        return bool(self._run("DELETE FROM deadlines WHERE key = ?", (key,)))

    def deadline(self, key: str) -> Deadline | None:
        row = self._first("SELECT * FROM deadlines WHERE key = ?", (key,))
        return _deadline(row) if row else None

    def due_deadlines(self, now: datetime, limit: int = 100) -> Sequence[Deadline]:
        rows = self._all(
            "SELECT * FROM deadlines WHERE due_at <= ? ORDER BY due_at, key LIMIT ?",
            (as_text(now), limit),
        )
        return [_deadline(row) for row in rows]


def _deadline(row: Row) -> Deadline:
    return Deadline(row["key"], DeadlineKind(row["kind"]), as_time(row["due_at"]), row["change_id"])
