"""The rows of imports, kept beside their changes until these have ended."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from bot.domain.audit.chain import canonical
from bot.domain.outcome import UserStatus
from bot.domain.user_files.import_rows import ImportCounts, ImportRow, RowStatus
from bot.store.sqlite.rows import Rows, limited, marks
from bot.store.sqlite.sqlite_library import sqlite3
from bot.store.times import as_optional_time, as_text

_COLUMNS = "row.line, row.address, row.fields, row.told, row.standing"
_OUTCOME = (
    "LEFT JOIN user_outcomes AS outcome "
    "ON outcome.change_id = row.change_id AND outcome.address = row.address"
)


class ImportRows(Rows):
    """The tables ``imports`` and ``import_rows``."""

    rows_deleted = False  # by this transaction: they have to leave the WAL, too

    def add_import(self, change_id: str, rows: Iterable[ImportRow], *, skipped: int) -> None:
        self._run(
            "INSERT INTO imports (change_id, skipped, added_at, look) VALUES (?, ?, ?, 0)",
            (change_id, skipped, as_text(self._clock.now())),
        )
        self._db.conn.executemany(
            "INSERT INTO import_rows (change_id, line, address, key, fields, look) "
            "VALUES (?, ?, ?, ?, ?, 0)",
            (
                (change_id, row.line, row.address, row.address.lower(), _json(row.fields))
                for row in rows
            ),
        )

    def import_rows(
        self, change_id: str, *, after: int = 0, limit: int | None = None, to_send: bool = False
    ) -> Sequence[ImportRow]:
        rows = self._all(
            f"SELECT {_COLUMNS} FROM import_rows AS row {_OUTCOME} "  # noqa: S608  # only constants
            "WHERE row.change_id = ? AND row.line > ? AND (NOT ? OR "
            "(row.standing <> 'unchanged' AND COALESCE(outcome.status, 'unknown') = 'unknown')) "
            "ORDER BY row.line LIMIT ?",
            (change_id, after, to_send, limited(limit)),
        )
        return [_row(row) for row in rows]

    def import_rows_of(self, change_id: str, addresses: Collection[str]) -> Sequence[ImportRow]:
        rows = self._all(
            f"SELECT {_COLUMNS} FROM import_rows AS row "  # noqa: S608  # only question marks
            f"WHERE row.change_id = ? AND row.key IN ({marks(len(addresses))})",
            (change_id, *(address.lower() for address in addresses)),
        )
        return [_row(row) for row in rows]

    def begin_comparison(self, change_id: str) -> None:
        self._run(
            "UPDATE imports SET look = look + 1, looked_at = NULL WHERE change_id = ?", (change_id,)
        )

    def save_compared(self, change_id: str, rows: Iterable[ImportRow]) -> None:
        found = self._first("SELECT look FROM imports WHERE change_id = ?", (change_id,))
        look = found["look"] if found else 0
        self._db.conn.executemany(
            "UPDATE import_rows SET told = ?, standing = ?, look = ? WHERE change_id = ? AND line = ?",
            ((_json(row.api_fields), row.status, look, change_id, row.line) for row in rows),
        )

    def end_comparison(self, change_id: str) -> None:
        self._run(
            "UPDATE import_rows SET told = NULL, standing = 'new' WHERE change_id = :id "
            "AND look <> (SELECT look FROM imports WHERE change_id = :id)",
            {"id": change_id},
        )
        self._run(
            "UPDATE imports SET looked_at = ? WHERE change_id = ?",
            (as_text(self._clock.now()), change_id),
        )

    def import_counts(self, change_id: str) -> ImportCounts | None:
        found = self._first(
            "SELECT skipped, looked_at FROM imports WHERE change_id = ?", (change_id,)
        )
        if found is None:
            return None
        counted = self._all(
            "SELECT standing, COUNT(*) AS rows FROM import_rows WHERE change_id = ? GROUP BY standing",
            (change_id,),
        )
        rows = {row["standing"]: int(row["rows"]) for row in counted}
        new, changed, unchanged = (rows.get(one.value, 0) for one in RowStatus)
        looked_at = as_optional_time(found["looked_at"])
        return ImportCounts(new, changed, unchanged, found["skipped"], looked_at)

    def import_groups(self, change_id: str) -> Collection[str]:
        rows = self._all(
            "SELECT one.value AS name FROM import_rows AS row, "
            "json_each(row.fields, '$.failoverGroups') AS one "
            "WHERE row.change_id = :id AND row.standing <> 'unchanged' "
            "EXCEPT SELECT one.value FROM import_rows AS row, "
            "json_each(CASE row.standing WHEN 'unchanged' THEN row.fields ELSE row.told END, "
            "'$.failoverGroups') AS one WHERE row.change_id = :id",
            {"id": change_id},
        )
        return [str(row["name"]) for row in rows]

    def conclude_import_rows(
        self,
        change_id: str,
        to: UserStatus,
        reason: str,
        *,
        was: UserStatus | None,
        statuses: Collection[RowStatus] = tuple(RowStatus),
    ) -> None:
        self._run(
            "INSERT INTO user_outcomes (change_id, address, status, reason) "  # noqa: S608  # only constants and question marks
            f"SELECT row.change_id, row.address, ?, ? FROM import_rows AS row {_OUTCOME} "
            f"WHERE row.change_id = ? AND outcome.status IS ? AND row.standing IN ({marks(len(statuses))}) "
            "ON CONFLICT (change_id, address) DO UPDATE SET "
            "status = excluded.status, reason = excluded.reason, cause = NULL",
            (to, reason, change_id, was, *statuses),
        )

    def delete_import_rows(self, change_id: str) -> None:
        self._run("DELETE FROM import_rows WHERE change_id = ?", (change_id,))
        self._run("DELETE FROM imports WHERE change_id = ?", (change_id,))
        self.rows_deleted = True

    def old_imports(self, before: datetime) -> Sequence[str]:
        rows = self._all("SELECT change_id FROM imports WHERE added_at < ?", (as_text(before),))
        return [row["change_id"] for row in rows]


def import_digest(connection: sqlite3.Connection, change_id: str) -> str:
    """Return the digest of what a change's rows hold of its file, ``""`` where they are not kept (any more)."""
    rows = connection.execute(
        "SELECT line, address, fields FROM import_rows WHERE change_id = ? ORDER BY line",
        (change_id,),
    )
    digest, kept = hashlib.sha256(), False
    for row in rows:
        kept = True
        digest.update(canonical([*row]).encode())
    return digest.hexdigest() if kept else ""


def _json(value: object) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _row(row: sqlite3.Row) -> ImportRow:
    return ImportRow(
        row["line"],
        row["address"],
        json.loads(row["fields"]),
        json.loads(row["told"]) if row["told"] is not None else None,
        RowStatus(row["standing"]) if row["standing"] is not None else None,
    )
