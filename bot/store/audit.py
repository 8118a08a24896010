"""The audit trail's rows: appended, sealed to the one before, never touched again."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import replace

from pydantic_core import from_json  # three times as quick as json on a long walk

from bot.domain.audit import GENESIS, AuditEntry, Record, seal
from bot.errors import StoreUnusable
from bot.store.rows import Rows, limited, marks
from bot.store.times import as_text, as_time, in_utc

_COLUMNS = "seq, at, kind, actor, actor_name, customer, change_id, channel, detail, previous, hash"


class AuditRows(Rows):
    """The table ``audit``; its triggers refuse everything but the entry that follows the last."""

    def record(self, record: Record) -> AuditEntry:
        """Append an entry: number = last + 1, sealed to the one before.

        It is sealed as it will be read back: time in UTC, detail as plain JSON.
        """
        detail = _canonical(record.detail)
        record = replace(record, at=in_utc(record.at), detail=json.loads(detail))
        last = self._first("SELECT seq, hash FROM audit WHERE seq = (SELECT MAX(seq) FROM audit)")
        entry = seal(last["seq"] + 1, record, last["hash"]) if last else seal(1, record, GENESIS)
        self._run(
            f"INSERT INTO audit ({_COLUMNS}) VALUES ({marks(11)})",  # noqa: S608  # only constants
            (
                entry.seq,
                as_text(record.at),
                record.kind,
                record.actor,
                record.actor_name,
                record.customer,
                record.change_id,
                record.channel,
                detail,
                entry.previous,
                entry.hash,
            ),
        )
        return entry

    def entries(
        self,
        *,
        customers: Collection[str] | None = None,
        change_id: str | None = None,
        limit: int | None = None,
    ) -> Sequence[AuditEntry]:
        """Return the last entries in the order of their numbers."""
        conditions, values = ["TRUE"], list[object]()
        if customers is not None:
            conditions.append(f"customer IN ({marks(len(customers))})")
            values += customers
        if change_id is not None:
            conditions.append("change_id = ?")
            values.append(change_id)
        rows = self._all(
            f"SELECT {_COLUMNS} FROM audit WHERE {' AND '.join(conditions)} "  # noqa: S608  # only constants and question marks
            "ORDER BY seq DESC LIMIT ?",
            (*values, limited(limit)),
        )
        return [_entry(row) for row in reversed(rows)]

    def entries_after(self, seq: int, limit: int) -> Sequence[AuditEntry]:
        """Return the entries from number ``seq`` + 1 on, for a walk page by page."""
        rows = self._all(
            f"SELECT {_COLUMNS} FROM audit WHERE seq > ? ORDER BY seq LIMIT ?",  # noqa: S608  # only constants
            (seq, limit),
        )
        return [_entry(row) for row in rows]


def _canonical(detail: object) -> str:
    return json.dumps(detail, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _entry(row: sqlite3.Row) -> AuditEntry:
    seq, at, kind, actor, actor_name, customer, change_id, channel, detail, previous, sealed = row
    try:
        record = Record(
            as_time(at), kind, actor, actor_name, customer, change_id, channel, from_json(detail)
        )
    except ValueError as error:
        raise StoreUnusable(
            f"Audit entry {seq} cannot be read: it was altered or the database is damaged."
        ) from error
    return AuditEntry(seq, record, previous, sealed)
