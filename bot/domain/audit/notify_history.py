"""Notification rules as the audit trail describes them, and where the table differs."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from bot.domain.audit.chain import AuditEntry
from bot.domain.notify import NotifyRule
from bot.domain.notify_terms import rule_of, words
from bot.errors import InvalidInput

NOTIFY_SET, NOTIFY_REMOVED = "notify.set", "notify.removed"


@dataclass(slots=True)
class NotifyHistory:
    """The notification rules according to the entries read so far, with the number of each entry."""

    rows: dict[str, tuple[int, NotifyRule]] = field(default_factory=dict)
    removed: dict[str, int] = field(default_factory=dict)
    unreadable: list[int] = field(default_factory=list)

    def read(self, entries: Iterable[AuditEntry]) -> None:
        """Read entries in the order of their numbers."""
        for entry in entries:
            record = entry.record
            if record.kind == NOTIFY_REMOVED:
                self.rows.pop(record.customer, None)
                self.removed[record.customer] = entry.seq
            elif record.kind == NOTIFY_SET:
                try:
                    rule = rule_of(record.customer, record.detail, record.actor, record.at)
                except (LookupError, TypeError, InvalidInput):
                    self.unreadable.append(entry.seq)
                else:
                    self.rows[record.customer] = (entry.seq, rule)

    def differences(self, table: Iterable[NotifyRule], unreadable: Collection[str]) -> list[str]:
        """Return a sentence for each row on which the table and the entries differ.

        ``unreadable`` are the customers whose rows hold no rule. When a row was written is not
        compared.
        """
        found, left = [], dict(self.rows)
        for customer in unreadable:
            left.pop(customer, None)
            found.append(f"{_name(customer)}: the row in the table cannot be read")
        for rule in table:
            seq, recorded = left.pop(rule.customer, (0, None))
            if why := self._why_unsupported(rule, seq, recorded):
                found.append(f"{_name(rule.customer)}: {why}")
        found += [
            f"{_name(customer)}: set in entry {seq}, and not in the table"
            for customer, (seq, _) in left.items()
        ]
        return found + [f"entry {seq} names no notification rule" for seq in self.unreadable]

    def _why_unsupported(self, rule: NotifyRule, seq: int, recorded: NotifyRule | None) -> str:
        if recorded is None:
            removed = self.removed.get(rule.customer)
            why = f"and removed in entry {removed}" if removed else "and no entry set it"
            return f"in the table, {why}"
        if words(rule) != words(recorded):
            return f"{words(rule)} in the table, {words(recorded)} in entry {seq}"
        if rule.set_by != recorded.set_by:
            return f"set by {rule.set_by} in the table, by {recorded.set_by} in entry {seq}"
        return ""


def _name(customer: str) -> str:
    return f"notify {customer}"
