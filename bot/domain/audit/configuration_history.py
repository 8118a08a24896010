"""The configuration as the audit trail describes it, and where the table differs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from bot.domain.audit.chain import AuditEntry, canonical
from bot.domain.configuration import Entry, Kind

CONFIGURED, UNCONFIGURED = "configuration.set", "configuration.removed"
Key = tuple[str, str]  # kind and name


def detail_of(
    kind: Kind, name: str, terms: Mapping[str, object] | None = None
) -> dict[str, object]:
    """Return what an entry of the trail holds: the terms where something was set."""
    told: dict[str, object] = {"kind": kind.value, "name": name}
    return told if terms is None else told | {"terms": dict(terms)}


@dataclass(slots=True)
class ConfigurationHistory:
    """What was configured according to the entries read so far: number, terms and author of each."""

    rows: dict[Key, tuple[int, str, str]] = field(default_factory=dict)
    removed: dict[Key, int] = field(default_factory=dict)
    unreadable: list[int] = field(default_factory=list)

    def read(self, entries: Iterable[AuditEntry]) -> None:
        """Read entries in the order of their numbers."""
        for entry in entries:
            record = entry.record
            if record.kind not in (CONFIGURED, UNCONFIGURED):
                continue
            try:
                key = (str(record.detail["kind"]), str(record.detail["name"]))
                if record.kind == UNCONFIGURED:
                    self.rows.pop(key, None)
                    self.removed[key] = entry.seq
                else:
                    self.rows[key] = (entry.seq, canonical(record.detail["terms"]), record.actor)
            except (LookupError, TypeError):
                self.unreadable.append(entry.seq)

    def differences(self, table: Iterable[Entry], unreadable: Collection[Key]) -> list[str]:
        """Return a sentence for each row on which the table and the entries differ.

        ``unreadable`` are the rows that hold no terms. When a row was written is not compared.
        """
        found, left = [], dict(self.rows)
        for key in unreadable:
            left.pop(key, None)
            found.append(f"{_name(key)}: the row in the table cannot be read")
        for entry in table:
            key = (entry.kind.value, entry.name)
            if why := self._why_unsupported(entry, key, left.pop(key, None)):
                found.append(f"{_name(key)}: {why}")
        found += [
            f"{_name(key)}: set in entry {seq}, and not in the table"
            for key, (seq, _, _) in left.items()
        ]
        return found + [f"entry {seq} names no configuration" for seq in self.unreadable]

    def why_unsupported(self, entry: Entry) -> str:
        """Return in a sentence how the entries contradict a row, or ``""``."""
        key = (entry.kind.value, entry.name)
        return self._why_unsupported(entry, key, self.rows.get(key))

    def _why_unsupported(self, entry: Entry, key: Key, told: tuple[int, str, str] | None) -> str:
        if told is None:
            removed = self.removed.get(key)
            why = f"and removed in entry {removed}" if removed else "and no entry set it"
            return f"in the table, {why}"
        seq, terms, by = told
        if canonical(dict(entry.terms)) != terms:
            return f"not as entry {seq} set it"
        if entry.set_by != by:
            return f"set by {entry.set_by} in the table, by {by} in entry {seq}"
        return ""


def _name(key: Key) -> str:
    return f"{key[0].replace('_', ' ')} {key[1]}"
