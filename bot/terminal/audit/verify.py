"""`audit verify`: check the chain, a reference, and the tables that follow from the trail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from bot.database_address import Database
from bot.domain.audit.chain import (
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
from bot.domain.audit.configuration_history import ConfigurationHistory
from bot.domain.audit.drill_history import DrillHistory
from bot.domain.audit.notify_history import NotifyHistory
from bot.domain.audit.report_message_history import ReportMessageHistory
from bot.domain.audit.role_history import NameHistory, PolicyHistory, RoleHistory
from bot.errors import BotError
from bot.ports import ReadableStore, Transaction
from bot.service.access import audit_consistency
from bot.terminal.audit import export
from bot.terminal.audit.checkpoint import AuditReference, load_reference

MAX_SHOWN_DIFFERENCES = 20  # more are counted
PAGE_CHANGES = 200  # read in one transaction


@dataclass(slots=True)
class Differences:
    """Differences between tables and entries: the first ones, and how many there are.

    ``uncovered`` counts changes whose last entry an older version wrote: it covers part of the row.
    """

    first: list[str] = field(default_factory=list)
    count: int = 0
    uncovered: int = 0

    def add(self, found: Sequence[str]) -> None:
        """Add differences."""
        self.first += found[: MAX_SHOWN_DIFFERENCES - len(self.first)]
        self.count += len(found)

    def lines(self) -> list[str]:
        """Return the lines to print."""
        more = self.count - len(self.first)
        return [*self.first, *([f"and {more} more"] if more else [])]


@dataclass(slots=True)
class TablesByAudit:
    """The content of the tables, as it follows from the entries read so far."""

    roles: RoleHistory = field(default_factory=RoleHistory)
    policy: PolicyHistory = field(default_factory=PolicyHistory)
    names: NameHistory = field(default_factory=NameHistory)
    notify: NotifyHistory = field(default_factory=NotifyHistory)
    configuration: ConfigurationHistory = field(default_factory=ConfigurationHistory)
    drills: DrillHistory = field(default_factory=DrillHistory)
    messages: ReportMessageHistory = field(default_factory=ReportMessageHistory)

    def read(self, entries: Sequence[AuditEntry]) -> None:
        """Apply entries, in the order of their numbers."""
        for one in (
            self.roles,
            self.policy,
            self.names,
            self.notify,
            self.configuration,
            self.drills,
            self.messages,
        ):
            one.read(entries)

    def differences(self, tx: Transaction) -> list[str]:
        """Return the differences to the tables."""
        return [
            *tx.schema_differences(),
            *self.roles.differences(tx.grants()),
            *self.policy.differences(tx.policy_rules()),
            *self.names.differences(tx.customer_names(), tx.other_ids()),
            *self.notify.differences(tx.notify_rules(), tx.unreadable_notify_rules()),
            *self.configuration.differences(tx.configured(), tx.unreadable_configuration()),
            *self.drills.differences(tx.drills(), tx.unreadable_drills()),
            *self.messages.differences(tx.report_messages()),
            *audit_consistency.changes_without_row(tx),
        ]


@dataclass(frozen=True, slots=True)
class Verification:
    """The result: the chain, the hash of the requested entry (``""`` if there is none), and the
    differences between tables and entries."""

    report: ChainReport
    found: str
    differences: Differences


async def verify_trail(store: ReadableStore, seq: int = 0, *, tables: bool = True) -> Verification:
    """Read the trail once, then the changes; ``seq`` is the entry whose hash is returned.

    It stops at the first fault of the chain. ``tables`` says whether tables are compared, which is
    not possible with an older schema.
    """
    report, expected, found = EMPTY_CHAIN, TablesByAudit(), "" if seq else GENESIS
    differences = Differences()

    def take(page: Sequence[AuditEntry]) -> None:
        nonlocal report, found
        before, report = report.entries, verify(page, report)
        if before < seq <= report.entries:
            found = page[seq - before - 1].hash
        expected.read(page)

    def last(tx: Transaction) -> list[str]:
        # In one transaction: a grant that is made now is in both the rows and the entries.
        take(tx.entries_after(report.entries, export.PAGE_ENTRIES))
        return [] if report.fault else expected.differences(tx)

    async for page in export.pages(store):
        take(page)
        if report.fault:
            return Verification(report, found, differences)
    if tables:
        differences.add(await store.read(last))
    if tables and not report.fault:
        await _changes(store, expected.policy, report.entries, differences)
    return Verification(report, found, differences)


async def _changes(
    store: ReadableStore, policy: PolicyHistory, entries: int, differences: Differences
) -> None:
    """Compare each change with its entries, one page per transaction."""

    def page(tx: Transaction, after: str) -> str:
        rows = tx.stored_changes(after=after, limit=PAGE_CHANGES)
        for row in rows:
            found, covered = audit_consistency.differences(tx, row, policy, entries)
            differences.add(found)
            differences.uncovered += not covered
        return rows[-1].id if rows else ""

    after = await store.read(partial(page, after=""))
    while after:
        after = await store.read(partial(page, after=after))


async def verify_against(
    store: ReadableStore, against: str | None, live: Database
) -> tuple[list[str], str]:
    """Return the lines to print, and a sentence on what is wrong, or ``""``.

    Raises BotError if the chain is broken or the reference cannot be read.
    """
    reference = await load_reference(against, live) if against is not None else None
    result = await verify_trail(store, reference.head.seq if reference else 0)
    report, differences = result.report, result.differences
    if report.fault:
        raise BotError(f"The audit trail is broken: {report.fault}.")
    lines, wrong = [f"{report.entries} entries, intact. Head {report.head}"], []
    if reference:
        fault = checkpoint_fault(reference.head, report.entries, result.found)
        if fault:
            fault = await _divergence(store, reference) or fault
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
    if wrong:  # then no line says that it is intact
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
    line = f"It continues {reference.name}, unchanged to entry {seq}{kept}: {entries - seq} more."
    if not reference.hashes_only:
        return line
    return f"{line} Of this csv the numbers and hashes were compared, not its other columns."


async def _divergence(store: ReadableStore, reference: AuditReference) -> str:
    """Return where the two trails differ; ``""`` if one is only shorter, or for a checkpoint."""
    if reference.pages is None:
        return ""
    async for theirs in reference.pages():
        ours = await store.read(partial(_entries_from, seq=theirs[0].seq))
        if different := first_difference(ours, theirs):
            our, their = different
            return f"from entry {our.seq} on it is another one, {_summary(our)} here, {_summary(their)} there"
    return ""


def _entries_from(tx: Transaction, seq: int) -> Sequence[AuditEntry]:
    return tx.entries_after(seq - 1, export.PAGE_ENTRIES)


def _summary(entry: AuditEntry) -> str:
    record = entry.record
    return f"{record.kind} by {record.actor} at {record.at:%Y-%m-%d %H:%M:%S} UTC"
