"""Drills as the audit trail describes them, and where the table differs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from bot.domain.audit.chain import AuditEntry, canonical
from bot.domain.drill import DRILL_ENDED, DRILL_STARTED, Drill


def started_detail(drill: Drill) -> dict[str, object]:
    """Return what the entry of its beginning holds of a drill."""
    return {
        "drill": True,
        "id": drill.id,
        "scenario": drill.scenario.value,
        "channel": drill.channel,
        "started_by": drill.started_by,
    }


def ended_detail(drill: Drill) -> dict[str, object]:
    """Return what the entry of its end holds, with the score sheet."""
    score = drill.score.as_json() if drill.score else {}
    told = {"drill": True, "id": drill.id, "scenario": drill.scenario.value}
    return told | {"score": score, "ending": score.get("ending", "")}


@dataclass(slots=True)
class DrillHistory:
    """Each drill according to the entries read so far: the number of its last one, and what it held."""

    rows: dict[str, tuple[int, str, str]] = field(default_factory=dict)
    unreadable: list[int] = field(default_factory=list)

    def read(self, entries: Iterable[AuditEntry]) -> None:
        """Read entries in the order of their numbers."""
        for entry in entries:
            record = entry.record
            if record.kind not in (DRILL_STARTED, DRILL_ENDED):
                continue
            try:
                drill_id = str(record.detail["id"])
                if record.kind == DRILL_STARTED:
                    begun = _begun(record.customer, record.detail)
                    self.rows[drill_id] = (entry.seq, begun, "")
                else:
                    _, begun, _ = self.rows[drill_id]
                    self.rows[drill_id] = (entry.seq, begun, canonical(record.detail["score"]))
            except (LookupError, TypeError):
                self.unreadable.append(entry.seq)

    def differences(self, table: Iterable[Drill], unreadable: Collection[str]) -> list[str]:
        """Return a sentence for each row on which the table and the entries differ."""
        found, left = [], dict(self.rows)
        for drill_id in unreadable:
            left.pop(drill_id, None)
            found.append(f"drill {drill_id}: the row in the table cannot be read")
        for drill in table:
            row = left.pop(drill.id, None)
            if row is None:
                found.append(f"drill {drill.id}: in the table, and no entry began it")
            elif _row(drill) != row[1:]:
                found.append(f"drill {drill.id}: not as entry {row[0]} has it")
        found += [
            f"drill {drill_id}: in entry {seq}, and not in the table"
            for drill_id, (seq, _, _) in left.items()
        ]
        return found + [f"entry {seq} names no drill" for seq in self.unreadable]


def _row(drill: Drill) -> tuple[str, str]:
    ended = drill.ended_at is not None and drill.score is not None
    score = canonical(drill.score.as_json()) if ended and drill.score else ""
    return _begun(drill.customer, started_detail(drill)), score


def _begun(customer: str, detail: Mapping[str, object]) -> str:
    held = {name: detail[name] for name in ("scenario", "channel", "started_by")}
    return canonical({"customer": customer, **held})
