"""Who said that what is on is still needed."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from bot.domain.on import StillNeeded
from bot.store.tables.rows import Rows, among
from bot.store.times import as_text, as_time

# Of one statement.
MAX_IDS = 500


class StillNeededRows(Rows):
    """The table ``still_needed``."""

    def put_still_needed(self, said: StillNeeded) -> None:
        self._run(
            "INSERT INTO still_needed (change_id, person, reason, said_at, until) "
            "VALUES (?, ?, ?, ?, ?) ON CONFLICT (change_id) DO UPDATE SET person = excluded.person, "
            "reason = excluded.reason, said_at = excluded.said_at, until = excluded.until",
            (said.change_id, said.person, said.reason, as_text(said.said_at), as_text(said.until)),
        )

    def still_needed(self, change_ids: Collection[str]) -> Mapping[str, StillNeeded]:
        ids, found = sorted({*change_ids}), dict[str, StillNeeded]()
        for at in range(0, len(ids), MAX_IDS):
            part = ids[at : at + MAX_IDS]
            rows = self._all(
                f"SELECT * FROM still_needed WHERE {among('change_id', len(part))}",  # noqa: S608  # only question marks
                part,
            )
            found |= {
                row["change_id"]: StillNeeded(
                    row["change_id"],
                    row["person"],
                    row["reason"],
                    as_time(row["said_at"]),
                    as_time(row["until"]),
                )
                for row in rows
            }
        return found
