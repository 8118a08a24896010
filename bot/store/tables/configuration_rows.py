"""What admins configure by name: one table, the terms as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence

from bot.domain.configuration import Entry, Kind
from bot.store.tables.rows import Row, Rows
from bot.store.times import as_text, as_time, in_utc


class ConfigurationRows(Rows):
    """The table ``configuration``."""

    def configured(self, kind: Kind | None = None) -> Sequence[Entry]:
        rows = self._configuration() if kind is None else self._configuration("kind = ?", kind)
        return [entry for _, _, entry in rows if entry is not None]

    def configured_entry(self, kind: Kind, name: str) -> Entry | None:
        rows = self._configuration("kind = ? AND name = ?", kind, name)
        return next((entry for _, _, entry in rows), None)

    def unreadable_configuration(self) -> Sequence[tuple[str, str]]:
        return [(kind, name) for kind, name, entry in self._configuration() if entry is None]

    def put_configured(self, entry: Entry) -> None:
        self._run(
            "INSERT INTO configuration (kind, name, terms, set_by, set_at) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT (kind, name) DO UPDATE SET terms = excluded.terms, "
            "set_by = excluded.set_by, set_at = excluded.set_at",
            (
                entry.kind.value,
                entry.name,
                json.dumps(dict(entry.terms), ensure_ascii=False),
                entry.set_by,
                as_text(entry.set_at),
            ),
        )

    def remove_configured(self, kind: Kind, name: str) -> bool:
        return bool(
            self._run("DELETE FROM configuration WHERE kind = ? AND name = ?", (kind.value, name))
        )

    def _configuration(
        self, where: str = "TRUE", *values: str
    ) -> list[tuple[str, str, Entry | None]]:
        rows = self._all(
            f"SELECT * FROM configuration WHERE {where} ORDER BY kind, name",  # noqa: S608  # our own conditions
            [str(one) for one in values],
        )
        return [(row["kind"], row["name"], _entry(row)) for row in rows]


def _entry(row: Row) -> Entry | None:
    try:
        terms = json.loads(row["terms"])
        if not isinstance(terms, dict):
            return None
        set_at = in_utc(as_time(row["set_at"]))
        return Entry(Kind(row["kind"]), row["name"], terms, row["set_by"], set_at)
    except (LookupError, TypeError, ValueError, RecursionError):
        return None
