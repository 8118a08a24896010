"""`audit verify`: the chain, a witness of former days, and the role table that follows from the trail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.domain.audit import (
    EMPTY_CHAIN,
    GENESIS,
    WITNESSED,
    AuditEntry,
    ChainReport,
    Head,
    contradiction,
    first_other,
    verify,
)
from bot.domain.replay import RolesTold
from bot.errors import BotError
from bot.ports import Store
from bot.terminal import audit
from bot.terminal.witness import Witness, call

SHOWN = 20  # differences between role table and trail: more are counted


@dataclass(frozen=True, slots=True)
class Survey:
    """What a walk found: the chain, its hash of the entry that was asked for or ``""``, and where the
    role table says something else than the entries."""

    report: ChainReport
    found: str
    differences: Sequence[str]


async def survey(store: Store, seq: int = 0) -> Survey:
    """Walk the trail once; ``seq`` is the entry whose hash is wanted. Stops at the first fault."""
    report, told, found = EMPTY_CHAIN, RolesTold(), "" if seq else GENESIS

    def take(page: Sequence[AuditEntry]) -> None:
        nonlocal report, found
        before, report = report.entries, verify(page, report)
        if before < seq <= report.entries:
            found = page[seq - before - 1].hash
        told.read(page)

    async for page in audit.pages(store):
        take(page)
        if report.fault:
            return Survey(report, found, ())
    # Rows and the entries that came meanwhile, of one moment: a grant given right now is in both.
    page, rows = await store.read(
        lambda tx: (tx.entries_after(report.entries, audit.PAGE), tx.grants())
    )
    take(page)
    return Survey(report, found, () if report.fault else told.differences(rows))


async def inspect(store: Store, against: str | None, live: Path) -> tuple[list[str], str]:
    """Return the lines to show, and in a sentence what is wrong, or ``""``.

    Raises BotError where the chain is broken, or the witness cannot be heard.
    """
    witness = await call(against, live) if against is not None else None
    walked = await survey(store, witness.head.seq if witness else 0)
    report = walked.report
    if report.fault:
        raise BotError(f"The audit trail is broken: {report.fault}.")
    lines, wrong = [f"{report.entries} entries, intact. Head {report.head}"], []
    if witness:
        fault = contradiction(witness.head, report.entries, walked.found)
        if fault:
            fault = await _departure(store, witness) or fault
            wrong.append(f"The audit trail does not continue {witness.name}: {fault}.")
        elif not witness.head.proves:
            wrong.append(_too_short(witness.head))
        else:
            lines.append(_continued(witness, report.entries))
    count = len(walked.differences)
    if count:
        places = "one place" if count == 1 else f"{count} places"
        wrong.append(f"The role table differs from the audit trail in {places}.")
    if wrong:  # then nothing is called intact
        lines = [
            *walked.differences[:SHOWN],
            *([f"and {count - SHOWN} more"] if count > SHOWN else []),
        ]
    return lines, " ".join(wrong)


def _too_short(head: Head) -> str:
    return (
        f"Entry {head.seq} agrees with {head}, and that proves nothing: {head.strength} are another "
        f"chain's as well after about 2^{head.bits} tries. Give {WITNESSED} characters of the hash or more."
    )


def _continued(witness: Witness, entries: int) -> str:
    seq, strength = witness.head.seq, witness.head.strength
    kept = f" ({strength} compared)" if strength else ""
    return f"It continues {witness.name}, unchanged to entry {seq}{kept}: {entries - seq} more."


async def _departure(store: Store, witness: Witness) -> str:
    """Return where the two trails part, or ``""`` where one is only shorter, or the witness a mere head."""
    if witness.pages is None:
        return ""
    async for theirs in witness.pages():
        first = theirs[0].seq
        ours = await store.read(lambda tx, first=first: tx.entries_after(first - 1, audit.PAGE))  # type: ignore[misc]  # mypy cannot infer a lambda with defaults
        if parted := first_other(ours, theirs):
            our, their = parted
            return f"from entry {our.seq} on it is another one, {_shown(our)} here, {_shown(their)} there"
    return ""


def _shown(entry: AuditEntry) -> str:
    record = entry.record
    return f"{record.kind} by {record.actor} at {record.at:%Y-%m-%d %H:%M:%S} UTC"
