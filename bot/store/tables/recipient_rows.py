"""Who is told of a change, and who looked."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from bot.ports import Recipient
from bot.store.tables.rows import Rows, among
from bot.store.times import as_optional_text, as_optional_time, as_text, as_time


class RecipientRows(Rows):
    """The table ``recipients``."""

    def put_recipient(self, recipient: Recipient) -> None:
        self._run(
            "INSERT INTO recipients (change_id, person, circle, told_at, looked_at) "
            "VALUES (?, ?, ?, ?, ?) ON CONFLICT (change_id, person) DO UPDATE SET "
            "circle = excluded.circle, told_at = excluded.told_at, looked_at = excluded.looked_at",
            (
                recipient.change_id,
                recipient.person,
                recipient.circle,
                as_text(recipient.told_at),
                as_optional_text(recipient.looked_at),
            ),
        )

    def recipients(self, change_id: str) -> Sequence[Recipient]:
        rows = self._all(
            "SELECT * FROM recipients WHERE change_id = ? ORDER BY circle, person", (change_id,)
        )
        return [
            Recipient(
                row["change_id"],
                row["person"],
                row["circle"],
                as_time(row["told_at"]),
                as_optional_time(row["looked_at"]),
            )
            for row in rows
        ]

    def mark_looked(self, change_id: str, persons: Collection[str], at: datetime) -> bool:
        return bool(
            self._run(
                "UPDATE recipients SET looked_at = ? WHERE change_id = ? AND looked_at IS NULL "  # noqa: S608  # only marks
                f"AND {among('person', len(persons))}",
                (as_text(at), change_id, *sorted(persons)),
            )
        )
