"""Deadlines, each until it is done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.domain.deadline import Deadline, DeadlineKind
from bot.store.tables.rows import Row, Rows, among
from bot.store.times import as_text, as_time, in_utc

_KINDS = tuple(one.value for one in DeadlineKind)


class DeadlineRows(Rows):
    """The table ``deadlines``.

    A row that this version cannot read, as one of a kind that a later version put, is left alone and
    holds up no other.
    """

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
            f"SELECT * FROM deadlines WHERE due_at <= ? AND {among('kind', len(_KINDS))} "  # noqa: S608  # only question marks
            "ORDER BY due_at, key LIMIT ?",
            (as_text(now), *_KINDS, limit),
        )
        return [one for row in rows if (one := _deadline(row)) is not None]


def _deadline(row: Row) -> Deadline | None:
    try:
        kind, due_at = DeadlineKind(row["kind"]), in_utc(as_time(row["due_at"]))
    except ValueError:
        return None
    return Deadline(row["key"], kind, due_at, row["change_id"])
