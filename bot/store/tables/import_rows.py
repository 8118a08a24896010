"""The rows of imports, kept beside their changes until these have ended."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from bot.domain.audit.chain import canonical
from bot.domain.outcome import UserStatus
from bot.domain.user_files.import_rows import ImportCounts, ImportRow, RowStatus
from bot.store.tables.rows import Connection, Row, Rows, among
from bot.store.times import as_optional_time, as_text

_COLUMNS = "item.line, item.address, item.fields, item.told, item.standing"
_OUTCOME = (
    "LEFT JOIN user_outcomes AS outcome "
    "ON outcome.change_id = item.change_id AND outcome.address = item.address"
)

_TO_SEND = "item.standing <> 'unchanged' AND COALESCE(outcome.status, 'unknown') = 'unknown'"


class ImportRows(Rows):
    """The tables ``imports`` and ``import_rows``."""

    rows_deleted = False  # by this transaction: they have to leave the WAL, too

    def add_import(self, change_id: str, rows: Iterable[ImportRow], *, skipped: int) -> None:
        self._run(
            "INSERT INTO imports (change_id, skipped, added_at, look) VALUES (?, ?, ?, 0)",
            (change_id, skipped, as_text(self._clock.now())),
        )
        self._connection.executemany(
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
        open_alone = f"AND {_TO_SEND} " if to_send else ""
        rows = self._all(
            f"SELECT {_COLUMNS} FROM import_rows AS item {_OUTCOME} "  # noqa: S608  # only constants
            f"WHERE item.change_id = ? AND item.line > ? {open_alone}ORDER BY item.line LIMIT ?",
            (change_id, after, self._limited(limit)),
        )
        return [_row(row) for row in rows]

    def import_rows_of(self, change_id: str, addresses: Collection[str]) -> Sequence[ImportRow]:
        rows = self._all(
            f"SELECT {_COLUMNS} FROM import_rows AS item "  # noqa: S608  # only question marks
            f"WHERE item.change_id = ? AND {among('item.key', len(addresses))}",
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
        self._connection.executemany(
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
        named = self._elements("item.fields", "failoverGroups")
        standing = "CASE item.standing WHEN 'unchanged' THEN item.fields ELSE item.told END"
        known = self._elements(standing, "failoverGroups")
        rows = self._all(
            f"SELECT one.value AS name FROM import_rows AS item, {named} AS one "  # noqa: S608  # only constants
            "WHERE item.change_id = :id AND item.standing <> 'unchanged' "
            f"EXCEPT SELECT one.value FROM import_rows AS item, {known} AS one "
            "WHERE item.change_id = :id",
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
            f"SELECT item.change_id, item.address, ?, ? FROM import_rows AS item {_OUTCOME} "
            f"WHERE item.change_id = ? AND outcome.status {'IS NULL' if was is None else '= ?'} "
            f"AND {among('item.standing', len(statuses))} "
            "ON CONFLICT (change_id, address) DO UPDATE SET "
            "status = excluded.status, reason = excluded.reason, cause = NULL",
            (to, reason, change_id, *([] if was is None else [was]), *statuses),
        )

    def delete_import_rows(self, change_id: str) -> None:
        self._run("DELETE FROM import_rows WHERE change_id = ?", (change_id,))
        self._run("DELETE FROM imports WHERE change_id = ?", (change_id,))
        self.rows_deleted = True

    def old_imports(self, before: datetime) -> Sequence[str]:
        rows = self._all("SELECT change_id FROM imports WHERE added_at < ?", (as_text(before),))
        return [row["change_id"] for row in rows]


def import_digest(connection: Connection, change_id: str) -> str:
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


def _row(row: Row) -> ImportRow:
    return ImportRow(
        row["line"],
        row["address"],
        json.loads(row["fields"]),
        json.loads(row["told"]) if row["told"] is not None else None,
        RowStatus(row["standing"]) if row["standing"] is not None else None,
    )
