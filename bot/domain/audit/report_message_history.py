"""The messages of the report as the audit trail describes them, and where the table differs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from bot.domain.audit.chain import AuditEntry
from bot.domain.incident_report.message import ReportMessage

ADDED, REMOVED = "report.message_added", "report.message_removed"
Key = tuple[str, str]  # channel and ts


def added_detail(message: ReportMessage) -> dict[str, object]:
    """Return what an entry holds of a message: the digest of its text, never the text."""
    return {"ts": message.ts, "author": message.author, "sha256": message.digest}


@dataclass(slots=True)
class ReportMessageHistory:
    """Each message according to the entries read so far: the number of its entry, and what it held."""

    rows: dict[Key, tuple[int, list[object]]] = field(default_factory=dict)

    def read(self, entries: Iterable[AuditEntry]) -> None:
        """Read entries in the order of their numbers."""
        for entry in entries:
            record, detail = entry.record, entry.record.detail
            key = record.channel, str(detail.get("ts", ""))
            if record.kind == REMOVED:
                self.rows.pop(key, None)
            elif record.kind == ADDED:
                told = [detail.get("author"), detail.get("sha256"), record.actor]
                self.rows[key] = entry.seq, [*told, record.customer, record.change_id]

    def differences(self, table: Iterable[ReportMessage]) -> list[str]:
        """Return a sentence for each row on which the table and the entries differ."""
        found, left = [], dict(self.rows)
        for one in table:
            seq, told = left.pop((one.channel, one.ts), (0, []))
            where = f"report message {one.ts} in {one.channel}"
            if not seq:
                found.append(f"{where}: in the table, and no entry added it")
            elif told != [one.author, one.digest, one.added_by, one.customer, one.change_id]:
                found.append(f"{where}: not as entry {seq} has it")
        return found + [
            f"report message {ts} in {channel}: in entry {seq}, and not in the table"
            for (channel, ts), (seq, _) in left.items()
        ]
