"""What the audit trail says that the role table holds, and where the table says otherwise."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.audit import AuditEntry
from bot.domain.roles import Grant, Role, Subject, parse_subject
from bot.errors import InvalidInput

GRANTED, REVOKED = "role.granted", "role.revoked"

Key = tuple[Subject, Role, str]


@dataclass(frozen=True, slots=True)
class Told:
    """What an entry says of a role row."""

    seq: int
    granted_by: str
    expires_at: datetime | None


@dataclass(slots=True)
class RolesTold:
    """The role rows as the entries read so far tell them.

    The kind of a subject follows from its id. The moment of the grant is not compared: the row has the
    one at which it was asked for, the entry the one at which it was written.
    """

    rows: dict[Key, Told] = field(default_factory=dict)
    revoked: dict[Key, int] = field(default_factory=dict)
    unreadable: list[int] = field(default_factory=list)

    def read(self, entries: Iterable[AuditEntry]) -> None:
        """Take in entries, in the order of their numbers."""
        for entry in entries:
            if entry.record.kind in (GRANTED, REVOKED):
                try:
                    self._take(entry)
                except (LookupError, TypeError, ValueError, InvalidInput):
                    self.unreadable.append(entry.seq)

    def differences(self, table: Iterable[Grant]) -> list[str]:
        """Return a sentence for each row of the table that the trail does not tell like this, for each
        that it tells and the table lacks, and for each entry that names no role row."""
        found, left = [], dict(self.rows)
        for row in table:
            key = (row.subject, row.role, row.customer)
            told = left.pop(key, None)
            if told is None:
                found.append(f"{_name(key)}: in the table, {self._why_not(key)}")
            elif (told.granted_by, told.expires_at) != (row.granted_by, row.expires_at):
                found.append(
                    f"{_name(key)}: {_terms(row)} in the table, {_terms(told)} in entry {told.seq}"
                )
        found += [
            f"{_name(key)}: granted in entry {told.seq}, and not in the table"
            for key, told in left.items()
        ]
        return found + [f"entry {seq} names no role row" for seq in self.unreadable]

    def _take(self, entry: AuditEntry) -> None:
        record = entry.record
        subject = parse_subject(str(record.detail["subject"]))
        key = (subject, Role(str(record.detail["role"])), record.customer)
        until = record.detail["expires_at"]
        if record.kind == REVOKED:
            self.rows.pop(key, None)
            self.revoked[key] = entry.seq
            return
        expires_at = None if until is None else datetime.fromisoformat(str(until))
        self.rows[key] = Told(entry.seq, record.actor, expires_at)

    def _why_not(self, key: Key) -> str:
        seq = self.revoked.get(key)
        return f"and revoked in entry {seq}" if seq else "and no entry granted it"


def _name(key: Key) -> str:
    subject, role, customer = key
    return f"{subject.id} {role} {customer}"


def _terms(row: Grant | Told) -> str:
    until = f"until {row.expires_at.isoformat()}" if row.expires_at else "for good"
    return f"by {row.granted_by} {until}"
