"""The audit trail: entries written to be read a year later, each sealed to the one before."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

GENESIS = "0" * 64  # the hash "before" the first entry
_JSON = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Record:
    """What is to be recorded; the store gives it its number and seals it.

    ``kind`` is `thing.what_happened`, e.g. `change.approved`. ``actor`` is a Slack id, `bot`, or
    `user@host` of a terminal; ``actor_name`` the name of that day. ``detail`` is plain JSON.
    """

    at: datetime
    kind: str
    actor: str
    actor_name: str = ""
    customer: str = ""
    change_id: str = ""
    channel: str = ""
    detail: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """A recorded entry: number, content, the hash of the one before and its own."""

    seq: int
    record: Record
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What a walk along the chain found: entries read, the head, and the first fault or ``""``."""

    entries: int
    head: str
    fault: str = ""


def canonical(value: object) -> str:
    """Return the one JSON text of a value: keys sorted, no spaces."""
    return _JSON.encode(value)


def seal(seq: int, record: Record, previous: str) -> AuditEntry:
    """Return the entry ``seq`` with its SHA-256 over its own content and the hash before."""
    return AuditEntry(seq, record, previous, _digest(seq, record, previous))


EMPTY_CHAIN = ChainReport(0, GENESIS)


def verify(entries: Iterable[AuditEntry], so_far: ChainReport = EMPTY_CHAIN) -> ChainReport:
    """Walk entries in the order of their numbers, on from ``so_far``; name the first that is wrong."""
    if so_far.fault:
        return so_far
    count, head = so_far.entries, so_far.head
    for entry in entries:
        if entry.seq != count + 1:
            return ChainReport(count, head, f"entry {count + 1} is missing: {entry.seq} follows")
        if entry.previous != head:
            return ChainReport(count, head, f"entry {entry.seq} does not follow the one before it")
        if entry.hash != _digest(entry.seq, entry.record, head):
            return ChainReport(count, head, f"entry {entry.seq} was altered")
        count, head = entry.seq, entry.hash
    return ChainReport(count, head)


def _digest(seq: int, record: Record, previous: str) -> str:
    content = canonical(
        [
            seq,
            record.at.isoformat(),
            record.kind,
            record.actor,
            record.actor_name,
            record.customer,
            record.change_id,
            record.channel,
            record.detail,
            previous,
        ]
    )
    return hashlib.sha256(content.encode()).hexdigest()
