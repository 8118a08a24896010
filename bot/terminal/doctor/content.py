"""Check what is in the database, whichever it is: open changes, audit trail, tables, admins."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from bot.domain.policy import PolicyRule
from bot.domain.roles import Grant, Role
from bot.ports import Transaction
from bot.program import PROGRAM
from bot.service.access.customer_names import known_customers
from bot.service.queries.status import UNSETTLED
from bot.store.times import SystemClock
from bot.terminal.audit.verify import Verification
from bot.terminal.doctor.finding import MEMBER_ID, Finding, fails, ok, warns

GRANT = f"{PROGRAM} role grant U0123 admin '*'"


@dataclass(slots=True)
class DatabaseFacts:
    """What later checks need from the database."""

    customers: Collection[str] = ()
    grants: Sequence[Grant] = ()
    rules: Sequence[PolicyRule] = ()
    other_ids: Mapping[str, str] = field(default_factory=dict)


def take(tx: Transaction, seen: DatabaseFacts) -> None:
    """Fill in ``seen``."""
    seen.grants, seen.rules = tx.grants(), tx.policy_rules()
    seen.customers = known_customers(tx, SystemClock().now())
    seen.other_ids = tx.other_ids()


def open_changes(tx: Transaction) -> Finding:
    """Return how many changes are open, and which of them cannot be read."""
    number = len(tx.changes(states=UNSETTLED))
    if tx.unreadable:
        text = (
            f"set aside, since their rows cannot be read: {', '.join(sorted(tx.unreadable))}. Look with "
            "`/continuity status` what is set, and see “Restore” in docs/operations.md."
        )
        return fails("open changes", text)
    return ok("open changes", f"{number}, each can be read")


def audit_trail(verified: Verification, *, compared: bool) -> Sequence[Finding]:
    """Return what the chain is like and, where they were ``compared``, the tables."""
    report = verified.report
    if report.fault:
        return [
            fails(
                "audit trail",
                f"{report.fault}. Keep the database as evidence; see “Restore” in docs/operations.md.",
            )
        ]
    trail = ok("audit trail", f"{report.entries} entries, intact. Head {report.head}")
    if not compared:
        return [trail]
    differences = verified.differences
    if differences.count:
        text = (
            f"they differ from the audit trail ({differences.count}), first: {differences.first[0]}. "
            f"See all: {PROGRAM} audit verify"
        )
        return [trail, fails("tables", text)]
    return [trail, ok("tables", "as the audit trail tells them")]


def admins(rows: Sequence[Grant]) -> Finding:
    """Return how many admins are in force."""
    now = SystemClock().now()
    found = {row.subject.id for row in rows if row.role is Role.ADMIN and row.in_force(now)}
    if not found:
        return fails("admins", f"none in force. Grant one: {GRANT} {MEMBER_ID}")
    if len(found) == 1:
        return warns(
            "admins",
            f"{found.pop()} only: nobody grants while they are away. Add one: {GRANT} {MEMBER_ID}",
        )
    return ok("admins", f"{len(found)} in force")
