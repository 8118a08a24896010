"""Roles, policy, names and ids as the audit trail describes them, and where the tables differ."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.audit.chain import AuditEntry
from bot.domain.policy import PolicyRule, most_specific
from bot.domain.roles import Grant, Role, Subject, parse_subject
from bot.domain.scope import Scope
from bot.errors import InvalidInput

GRANTED, REVOKED = "role.granted", "role.revoked"
POLICY_SET, NAMED, IDS_RECORDED = "policy.set", "customer.named", "person.ids_told"

# What the entry of a policy row holds in place of the approvals when the row is removed.
REMOVED = "removed"
_NO_ROW = -1

Key = tuple[Subject, Role, str]


@dataclass(frozen=True, slots=True)
class RoleTerms:
    """The terms of a role row according to an entry."""

    seq: int
    granted_by: str
    expires_at: datetime | None


@dataclass(slots=True)
class RoleHistory:
    """The role rows according to the entries read so far.

    The kind of a subject follows from its id. The time of the grant is not compared: the row holds
    the time of the request, the entry that of its writing.
    """

    rows: dict[Key, RoleTerms] = field(default_factory=dict)
    revoked: dict[Key, int] = field(default_factory=dict)
    unreadable: list[int] = field(default_factory=list)

    def read(self, entries: Iterable[AuditEntry]) -> None:
        """Read entries in the order of their numbers."""
        for entry in entries:
            if entry.record.kind in (GRANTED, REVOKED):
                try:
                    self._take(entry)
                except (LookupError, TypeError, ValueError, InvalidInput):
                    self.unreadable.append(entry.seq)

    def why_unsupported(self, row: Grant) -> str:
        """Return in a sentence how the entries contradict a role row, or ``""``."""
        key = (row.subject, row.role, row.customer)
        recorded = self.rows.get(key)
        if recorded is None:
            return f"{_name(key)}: in the table, {self._why_not(key)}"
        if (recorded.granted_by, recorded.expires_at) != (row.granted_by, row.expires_at):
            return f"{_name(key)}: {_terms(row)} in the table, {_terms(recorded)} in entry {recorded.seq}"
        return ""

    def differences(self, table: Iterable[Grant]) -> list[str]:
        """Return a sentence for each differing or missing row and each unreadable entry."""
        found, left = [], dict(self.rows)
        for row in table:
            left.pop((row.subject, row.role, row.customer), None)
            found += [why] if (why := self.why_unsupported(row)) else []
        found += [
            f"{_name(key)}: granted in entry {recorded.seq}, and not in the table"
            for key, recorded in left.items()
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
        self.rows[key] = RoleTerms(entry.seq, record.actor, expires_at)

    def _why_not(self, key: Key) -> str:
        seq = self.revoked.get(key)
        return f"and revoked in entry {seq}" if seq else "and no entry granted it"


@dataclass(slots=True)
class PolicyHistory:
    """The policy rows according to the entries read so far, each with the number of its entry."""

    history: list[tuple[int, PolicyRule]] = field(default_factory=list)
    unreadable: list[int] = field(default_factory=list)

    def read(self, entries: Iterable[AuditEntry]) -> None:
        """Read entries in the order of their numbers."""
        for entry in entries:
            if entry.record.kind == POLICY_SET:
                try:
                    self.history.append((entry.seq, _rule(entry)))
                except (LookupError, TypeError, ValueError):
                    self.unreadable.append(entry.seq)

    def rows(self, before: float = math.inf) -> dict[tuple[str, str, str], tuple[int, PolicyRule]]:
        """Return the rows as they were before the entry with this number."""
        last = {_policy_key(rule): (seq, rule) for seq, rule in self.history if seq < before}
        return {key: found for key, found in last.items() if found[1].approvals != _NO_ROW}

    def without(self, people: Collection[str]) -> list[PolicyRule]:
        """Return the rows as they would be had these people set and removed none."""
        others = [one for one in self.history if one[1].set_by not in people]
        return [rule for _, rule in PolicyHistory(others).rows().values()]

    def needed(self, before: int, customer: str, topic: str, scope: Scope) -> int:
        """Return the approvals that the rows demanded then; 0 where no row matches."""
        recorded = (rule for _, rule in self.rows(before).values())
        rule = most_specific(recorded, customer=customer, topic=topic, scope=scope)
        return rule.approvals if rule else 0

    def differences(self, table: Iterable[PolicyRule]) -> list[str]:
        """Return a sentence for each row on which the table and the entries differ."""
        found, left = [], self.rows()
        for rule in table:
            key = _policy_key(rule)
            seq, recorded = left.pop(key, (0, None))
            if recorded is None:
                found.append(
                    f"{_policy_name(key)}: {rule.approvals} in the table, and no entry set it"
                )
            elif recorded.approvals != rule.approvals:
                found.append(
                    f"{_policy_name(key)}: {rule.approvals} in the table, {recorded.approvals} in entry {seq}"
                )
            elif recorded.set_by != rule.set_by:
                found.append(
                    f"{_policy_name(key)}: set by {rule.set_by} in the table, by {recorded.set_by} in entry {seq}"
                )
        found += [
            f"{_policy_name(key)}: set to {recorded.approvals} in entry {seq}, and not in the table"
            for key, (seq, recorded) in left.items()
        ]
        return found + [f"entry {seq} names no policy row" for seq in self.unreadable]


@dataclass(slots=True)
class NameHistory:
    """The names of customers and the ids of people according to the entries read so far."""

    customers: dict[str, tuple[int, str]] = field(default_factory=dict)
    people: dict[str, tuple[int, str]] = field(default_factory=dict)

    def read(self, entries: Iterable[AuditEntry]) -> None:
        """Read entries in the order of their numbers; unreadable ones are skipped."""
        for entry in entries:
            kind, detail = entry.record.kind, entry.record.detail
            with contextlib.suppress(LookupError, TypeError):
                if kind == NAMED:
                    self.customers[entry.record.customer] = (entry.seq, str(detail["name"]))
                elif kind == IDS_RECORDED:
                    person, *others = recorded_ids(entry)
                    self.people |= dict.fromkeys(others, (entry.seq, person))

    def differences(self, customers: Mapping[str, str], people: Mapping[str, str]) -> list[str]:
        """Return a sentence for each name and id on which a table and the entries differ."""
        return [
            *_unlike("the name of customer", customers, self.customers),
            *_unlike("the person behind", people, self.people),
        ]


def recorded_ids(entry: AuditEntry) -> list[str]:
    """Return the ids of one person in an entry; the first is the one that Slack answers with.

    Raises LookupError or TypeError.
    """
    others = entry.record.detail["others"]
    if not isinstance(others, list):
        raise TypeError("others is no list")
    return [str(entry.record.detail["person"]), *map(str, others)]


def _unlike(
    what: str, table: Mapping[str, str], recorded: Mapping[str, tuple[int, str]]
) -> Iterator[str]:
    for key in sorted({*table, *recorded}):
        here = f"“{table[key]}” in the table" if key in table else "not in the table"
        seq, there = recorded.get(key, (0, ""))
        if key not in recorded:
            yield f"{what} {key}: {here}, and no entry tells it"
        elif table.get(key) != there:
            yield f"{what} {key}: {here}, “{there}” in entry {seq}"


def _rule(entry: AuditEntry) -> PolicyRule:
    record, detail = entry.record, entry.record.detail
    key = (record.customer, str(detail["flag"]), str(detail["scope"]))
    told = str(detail["approvals"])
    approvals = _NO_ROW if told == REMOVED else int(told)
    return PolicyRule(*key, approvals, record.actor, record.at)


def _policy_key(rule: PolicyRule) -> tuple[str, str, str]:
    return rule.customer, rule.flag, rule.scope_kind


def _policy_name(key: tuple[str, str, str]) -> str:
    return f"policy {' '.join(key)}"


def _name(key: Key) -> str:
    subject, role, customer = key
    return f"{subject.id} {role} {customer}"


def _terms(row: Grant | RoleTerms) -> str:
    until = f"until {row.expires_at.isoformat()}" if row.expires_at else "for good"
    return f"by {row.granted_by} {until}"
