"""The audit trail: entries written to be read a year later, each sealed to the one before."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

GENESIS = "0" * 64  # the hash "before" the first entry
# Hexadecimal characters of a hash that are posted: 64 bits. Another chain with the same 24 bits is found
# within a minute on one computer.
POSTED_HASH_CHARS = 16
_BITS = 4  # of a hexadecimal character
_HEAD = re.compile(r"([0-9]{1,15}):([0-9a-fA-F]{6,64})")  # older outcomes show six characters
# Made once: json.dumps makes it anew for every entry of a walk.
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

    @property
    def reference(self) -> str:
        """The entry as it is posted where somebody else keeps it: `812 3f9a1c02b7d4e586`."""
        return f"{self.seq} {self.hash[:POSTED_HASH_CHARS]}"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """An entry that was the last one once, as somebody outside kept it: its number and its hash, or the
    first six characters of it or more."""

    seq: int
    hash: str

    @property
    def bits(self) -> int:
        """How many bits of the hash it holds, of 256."""
        return len(self.hash) * _BITS

    @property
    def strength(self) -> str:
        """The same in words, `64 of 256 bits`, or ``""`` for all of them."""
        whole = len(GENESIS) * _BITS
        return f"{self.bits} of {whole} bits" if self.bits < whole else ""

    @property
    def proves(self) -> bool:
        """Whether nobody finds another chain that agrees with it: it holds what is posted today."""
        return len(self.hash) >= POSTED_HASH_CHARS

    def __str__(self) -> str:
        """Return it as it is printed and typed."""
        return f"{self.seq}:{self.hash}"


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What a walk along the chain found: entries read, the last hash, and the first fault or ``""``."""

    entries: int
    hash: str
    fault: str = ""

    @property
    def head(self) -> Checkpoint:
        """The last entry, as somebody outside may keep it."""
        return Checkpoint(self.entries, self.hash)


def parse_checkpoint(text: str) -> Checkpoint | None:
    """Return the head that is written as `SEQ:HASH`, or None."""
    read = _HEAD.fullmatch(text)
    return Checkpoint(int(read[1]), read[2].lower()) if read else None


def canonical(value: object) -> str:
    """Return the one JSON text of a value: keys sorted, no spaces."""
    return _JSON.encode(value)


def hash_entry(seq: int, record: Record, previous: str) -> AuditEntry:
    """Return the entry ``seq`` with its SHA-256 over its own content and the hash before."""
    return AuditEntry(seq, record, previous, _digest(seq, record, previous))


EMPTY_CHAIN = ChainReport(0, GENESIS)


def verify(entries: Iterable[AuditEntry], so_far: ChainReport = EMPTY_CHAIN) -> ChainReport:
    """Walk entries in the order of their numbers, on from ``so_far``; name the first that is wrong."""
    if so_far.fault:
        return so_far
    count, head = so_far.entries, so_far.hash
    for entry in entries:
        if entry.seq != count + 1:
            return ChainReport(count, head, f"entry {count + 1} is missing: {entry.seq} follows")
        if entry.previous != head:
            return ChainReport(count, head, f"entry {entry.seq} does not follow the one before it")
        if entry.hash != _digest(entry.seq, entry.record, head):
            return ChainReport(count, head, f"entry {entry.seq} was altered")
        count, head = entry.seq, entry.hash
    return ChainReport(count, head)


def is_unaltered(entry: AuditEntry) -> bool:
    """Whether an entry holds what it was sealed with, whatever stands before it."""
    return entry.hash == _digest(entry.seq, entry.record, entry.previous)


def checkpoint_fault(head: Checkpoint, last: int, found: str) -> str:
    """Return what a trail of ``last`` entries says against a head of former days, or ``""``.

    ``found`` is its own hash of the entry with the head's number. An intact chain that holds the head
    holds everything before it unchanged.
    """
    if head.seq > last:
        return f"it ends with entry {last}; what came after, up to entry {head.seq}, is missing"
    if not found.startswith(head.hash):
        return f"entry {head.seq} is another one, its hash is {found}"
    return ""


def first_difference(
    ours: Sequence[AuditEntry], theirs: Sequence[AuditEntry]
) -> tuple[AuditEntry, AuditEntry] | None:
    """Return the first two entries of two pages that begin with the same number and are not the same."""
    pairs = zip(ours, theirs, strict=False)
    return next(((our, their) for our, their in pairs if our.hash != their.hash), None)


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
