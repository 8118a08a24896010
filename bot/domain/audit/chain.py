"""The audit trail: a hash chain of entries, each with the hash of the one before."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

# The hash before the first entry.
GENESIS = "0" * 64
# Hexadecimal characters of a hash that are posted: 64 bits. For 24 bits, another chain with the
# same ones is found within a minute on one computer.
POSTED_HASH_CHARS = 16
_BITS_PER_CHAR = 4
_HEAD = re.compile(r"([0-9]{1,15}):([0-9a-fA-F]{6,64})")  # older outcomes show six characters
# Made once: json.dumps would make one for every entry.
_JSON = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Record:
    """An entry before it is stored; the store adds its number and hashes.

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
    """A stored entry: its number, its content, the hash of the entry before and its own hash."""

    seq: int
    record: Record
    previous: str
    hash: str

    @property
    def reference(self) -> str:
        """Number and hash as posted to Slack, where others keep them: `812 3f9a1c02b7d4e586`."""
        return f"{self.seq} {self.hash[:POSTED_HASH_CHARS]}"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The last entry of an earlier time, kept outside: its number and at least six characters of
    its hash."""

    seq: int
    hash: str

    @property
    def bits(self) -> int:
        """How many bits of the hash it holds, of 256."""
        return len(self.hash) * _BITS_PER_CHAR

    @property
    def strength(self) -> str:
        """The bits in words, `64 of 256 bits`, or ``""`` for all of them."""
        whole = len(GENESIS) * _BITS_PER_CHAR
        return f"{self.bits} of {whole} bits" if self.bits < whole else ""

    @property
    def proves(self) -> bool:
        """Whether the hash is so long that no other chain with it can be found."""
        return len(self.hash) >= POSTED_HASH_CHARS

    def __str__(self) -> str:
        """Return `SEQ:HASH`, as it is printed and typed."""
        return f"{self.seq}:{self.hash}"


@dataclass(frozen=True, slots=True)
class ChainReport:
    """The result of a verification: entries read, the last hash, and the first fault or ``""``."""

    entries: int
    hash: str
    fault: str = ""

    @property
    def head(self) -> Checkpoint:
        """The last entry, to be kept outside."""
        return Checkpoint(self.entries, self.hash)


def parse_checkpoint(text: str) -> Checkpoint | None:
    """Return the checkpoint written as `SEQ:HASH`, or None where it is not one."""
    read = _HEAD.fullmatch(text)
    return Checkpoint(int(read[1]), read[2].lower()) if read else None


def canonical(value: object) -> str:
    """Return the canonical JSON text of a value: keys sorted, no spaces."""
    return _JSON.encode(value)


def hash_entry(seq: int, record: Record, previous: str) -> AuditEntry:
    """Return the entry ``seq`` with the SHA-256 of its content and of the hash before."""
    return AuditEntry(seq, record, previous, _digest(seq, record, previous))


EMPTY_CHAIN = ChainReport(0, GENESIS)


def verify(entries: Iterable[AuditEntry], so_far: ChainReport = EMPTY_CHAIN) -> ChainReport:
    """Verify entries in the order of their numbers, after ``so_far``, up to the first fault."""
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
    """Whether the content of an entry matches its hash; the entry before it is not looked at."""
    return entry.hash == _digest(entry.seq, entry.record, entry.previous)


def checkpoint_fault(head: Checkpoint, last: int, found: str) -> str:
    """Return how a trail of ``last`` entries contradicts an earlier checkpoint, or ``""``.

    ``found`` is the trail's own hash of the entry with the checkpoint's number. An intact chain
    that contains the checkpoint contains everything before it unchanged.
    """
    if head.seq > last:
        return f"it ends with entry {last}; what came after, up to entry {head.seq}, is missing"
    if not found.startswith(head.hash):
        return f"entry {head.seq} is another one, its hash is {found}"
    return ""


def first_difference(
    ours: Sequence[AuditEntry], theirs: Sequence[AuditEntry]
) -> tuple[AuditEntry, AuditEntry] | None:
    """Return the first pair of entries that differ in two pages that begin with the same number."""
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
