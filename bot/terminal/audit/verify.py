"""`audit verify`: the chain, a witness of former days, and the tables that follow from the trail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from bot.domain.audit import (
    EMPTY_CHAIN,
    GENESIS,
    POSTED_HASH_CHARS,
    AuditEntry,
    ChainReport,
    Checkpoint,
    checkpoint_fault,
    first_difference,
    verify,
)
from bot.domain.role_history import NameHistory, PolicyHistory, RoleHistory
from bot.errors import BotError
from bot.ports import Store, Transaction
from bot.service.access import audit_consistency
from bot.terminal.audit import export
from bot.terminal.audit.reference import AuditReference, call

SHOWN = 20  # differences: more are counted
CHANGES = 200  # rows of changes read in one step


@dataclass(slots=True)
class Differences:
    """Where tables say something else than the entries: the first ones, and how many there are.

    ``uncovered`` are changes whose last step an older version recorded: the entries cover part of the row.
    """

    first: list[str] = field(default_factory=list)
    count: int = 0
    uncovered: int = 0

    def add(self, found: Sequence[str]) -> None:
        """Take in more of them."""
        self.first += found[: SHOWN - len(self.first)]
        self.count += len(found)

    def lines(self) -> list[str]:
        """Return the lines that show them."""
        more = self.count - len(self.first)
        return [*self.first, *([f"and {more} more"] if more else [])]


@dataclass(slots=True)
class TablesByAudit:
    """What the entries read so far tell of the tables."""

    roles: RoleHistory = field(default_factory=RoleHistory)
    policy: PolicyHistory = field(default_factory=PolicyHistory)
    names: NameHistory = field(default_factory=NameHistory)

    def read(self, entries: Sequence[AuditEntry]) -> None:
        """Take in entries, in the order of their numbers."""
        for one in (self.roles, self.policy, self.names):
            one.read(entries)

    def differences(self, tx: Transaction) -> list[str]:
        """Return where the tables say something else."""
        return [
            *tx.schema_differences(),
            *self.roles.differences(tx.grants()),
            *self.policy.differences(tx.policy_rules()),
            *self.names.differences(tx.customer_names(), tx.other_ids()),
            *audit_consistency.changes_without_row(tx),
        ]


@dataclass(frozen=True, slots=True)
class Verification:
    """What a walk found: the chain, its hash of the entry that was asked for or ``""``, and where the
    tables say something else than the entries."""

    report: ChainReport
    found: str
    differences: Differences


async def survey(store: Store, seq: int = 0, *, tables: bool = True) -> Verification:
    """Walk the trail once, then the changes; ``seq`` is the entry whose hash is wanted.

    Stops at the first fault of the chain. ``tables`` is whether they are compared: those of an older
    schema cannot be.
    """
    report, told, found = EMPTY_CHAIN, TablesByAudit(), "" if seq else GENESIS
    differences = Differences()

    def take(page: Sequence[AuditEntry]) -> None:
        nonlocal report, found
        before, report = report.entries, verify(page, report)
        if before < seq <= report.entries:
            found = page[seq - before - 1].hash
        told.read(page)

    def last(tx: Transaction) -> list[str]:
        # Rows and the entries that came meanwhile, of one moment: a grant given right now is in both.
        take(tx.entries_after(report.entries, export.PAGE))
        return [] if report.fault else told.differences(tx)

    async for page in export.pages(store):
        take(page)
        if report.fault:
            return Verification(report, found, differences)
    if tables:
        differences.add(await store.read(last))
    if tables and not report.fault:
        await _changes(store, told.policy, report.entries, differences)
    return Verification(report, found, differences)


async def _changes(
    store: Store, policy: PolicyHistory, walked: int, differences: Differences
) -> None:
    """Hold each change against its entries, of one moment, a page at a time."""

    def page(tx: Transaction, after: str) -> str:
        rows = tx.stored_changes(after=after, limit=CHANGES)
        for row in rows:
            found, covered = audit_consistency.differences(tx, row, policy, walked)
            differences.add(found)
            differences.uncovered += not covered
        return rows[-1].id if rows else ""

    after = await store.read(partial(page, after=""))
    while after:
        after = await store.read(partial(page, after=after))


async def inspect(store: Store, against: str | None, live: Path) -> tuple[list[str], str]:
    """Return the lines to show, and in a sentence what is wrong, or ``""``.

    Raises BotError where the chain is broken, or the witness cannot be heard.
    """
    reference = await call(against, live) if against is not None else None
    walked = await survey(store, reference.head.seq if reference else 0)
    report, differences = walked.report, walked.differences
    if report.fault:
        raise BotError(f"The audit trail is broken: {report.fault}.")
    lines, wrong = [f"{report.entries} entries, intact. Head {report.head}"], []
    if reference:
        fault = checkpoint_fault(reference.head, report.entries, walked.found)
        if fault:
            fault = await _departure(store, reference) or fault
            wrong.append(f"The audit trail does not continue {reference.name}: {fault}.")
        elif not reference.head.proves:
            wrong.append(_too_short(reference.head))
        else:
            lines.append(_continued(reference, report.entries))
    if differences.uncovered:
        lines.append(_uncovered(differences.uncovered))
    if differences.count:
        places = "one place" if differences.count == 1 else f"{differences.count} places"
        wrong.append(f"The database differs from the audit trail in {places}.")
    if wrong:  # then nothing is called intact
        lines = differences.lines()
    return lines, " ".join(wrong)


def _uncovered(changes: int) -> str:
    return (
        f"Not covered, except for requester, customer, approvals and state: {changes} "
        f"{'change' if changes == 1 else 'changes'} whose entries an older version wrote."
    )


def _too_short(head: Checkpoint) -> str:
    return (
        f"Entry {head.seq} agrees with {head}, and that proves nothing: {head.strength} can be forged in "
        f"about 2^{head.bits} tries. Give {POSTED_HASH_CHARS} characters of the hash or more."
    )


def _continued(reference: AuditReference, entries: int) -> str:
    seq, strength = reference.head.seq, reference.head.strength
    kept = f" ({strength} compared)" if strength else ""
    return f"It continues {reference.name}, unchanged to entry {seq}{kept}: {entries - seq} more."


async def _departure(store: Store, reference: AuditReference) -> str:
    """Return where the two trails part, or ``""`` where one is only shorter, or the witness a mere head."""
    if reference.pages is None:
        return ""
    async for theirs in reference.pages():
        first = theirs[0].seq
        ours = await store.read(lambda tx, first=first: tx.entries_after(first - 1, export.PAGE))  # type: ignore[misc]  # mypy cannot infer a lambda with defaults
        if parted := first_difference(ours, theirs):
            our, their = parted
            return f"from entry {our.seq} on it is another one, {_shown(our)} here, {_shown(their)} there"
    return ""


def _shown(entry: AuditEntry) -> str:
    record = entry.record
    return f"{record.kind} by {record.actor} at {record.at:%Y-%m-%d %H:%M:%S} UTC"
