"""Read the audit trail in pages, verify it, and export everything that is sealed."""

from __future__ import annotations

import json
import math
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import TextIO

from bot.domain.audit.chain import EMPTY_CHAIN, AuditEntry, ChainReport, Record, verify
from bot.ports import ReadableStore

PAGE_ENTRIES = 1000
COLUMNS = (
    "seq",
    "at",
    "kind",
    "actor",
    "actor_name",
    "customer",
    "change_id",
    "channel",
    "detail",
    "previous",
    "hash",
)


async def pages(store: ReadableStore) -> AsyncIterator[Sequence[AuditEntry]]:
    """Yield the whole trail in pages, so that no read is long."""
    seq = -math.inf  # the bot's numbers begin with 1; a lower one is forged and must be found
    while True:
        page = await store.read(lambda tx, seq=seq: tx.entries_after(seq, PAGE_ENTRIES))  # type: ignore[misc]  # mypy cannot infer a lambda with defaults
        if not page:
            return
        yield page
        seq = page[-1].seq


async def verify_all(store: ReadableStore) -> ChainReport:
    """Verify the chain from the first entry to the last."""
    return await verify_pages(pages(store))


async def verify_pages(found: AsyncIterator[Sequence[AuditEntry]]) -> ChainReport:
    """Verify a chain that comes in pages, up to its end or its first fault."""
    report = EMPTY_CHAIN
    async for page in found:
        report = verify(page, report)
        if report.fault:
            break
    return report


async def export_jsonl(store: ReadableStore, out: TextIO) -> None:
    """Write every entry, a line each, with everything that it holds."""
    async for page in pages(store):
        for entry in page:
            out.write(json.dumps(as_row(entry), ensure_ascii=False) + "\n")
    out.flush()  # a closed pipe is noticed here and not at exit


def as_row(entry: AuditEntry) -> dict[str, object]:
    """Return an entry as plain values; ``detail`` is JSON text."""
    record = entry.record
    return {
        "seq": entry.seq,
        "at": record.at.isoformat(),
        "kind": record.kind,
        "actor": record.actor,
        "actor_name": record.actor_name,
        "customer": record.customer,
        "change_id": record.change_id,
        "channel": record.channel,
        "detail": json.dumps(record.detail, ensure_ascii=False, sort_keys=True),
        "previous": entry.previous,
        "hash": entry.hash,
    }


def as_entry(row: Mapping[str, object]) -> AuditEntry:
    """Return the entry of a row that ``as_row`` returned. Raises KeyError or ValueError."""
    record = Record(
        at=datetime.fromisoformat(str(row["at"])),
        kind=str(row["kind"]),
        actor=str(row["actor"]),
        actor_name=str(row["actor_name"]),
        customer=str(row["customer"]),
        change_id=str(row["change_id"]),
        channel=str(row["channel"]),
        detail=json.loads(str(row["detail"])),
    )
    return AuditEntry(int(str(row["seq"])), record, str(row["previous"]), str(row["hash"]))
