"""A trail as a year leaves it, seeded, and what somebody with access to the file could do to it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta, timezone

from bot.domain.audit.chain import GENESIS, AuditEntry, Record, hash_entry
from tests.builders import ADMIN, APPROVER, CHANNEL, NOW, REQUESTER

KINDS = ("change.proposed", "change.previewed", "change.approved", "change.applied", "refused")
TEXTS = ("kind", "actor", "actor_name", "customer", "change_id", "channel")


def records(number: int, seed: int = 7) -> Iterator[Record]:
    """Yield so many records; no two are alike."""
    dice = random.Random(seed)  # noqa: S311  # reproducible, not secret
    for one in range(number):
        yield Record(
            at=NOW + timedelta(seconds=one, microseconds=dice.randrange(1_000_000)),
            kind=dice.choice(KINDS),
            actor=dice.choice((REQUESTER, APPROVER, ADMIN, "bot")),
            actor_name=dice.choice(("", "on call", "Zoë")),
            customer=dice.choice(("44444", "55555DE")),
            change_id=f"C-{dice.randrange(100_000):05}",
            channel=dice.choice((CHANNEL, "")),
            detail={
                "rows": f"{REQUESTER} operator 44444 granted by {ADMIN}",
                "preview": {"total": dice.randrange(2_000), "already": 0, "problem": ""},
                "reason": f"Exchange down “{one}”",
            },
        )


def chain(number: int, seed: int = 7) -> list[AuditEntry]:
    """Return a trail of so many entries."""
    entries: list[AuditEntry] = []
    previous = GENESIS
    for seq, record in enumerate(records(number, seed), start=1):
        entries.append(hash_entry(seq, record, previous))
        previous = entries[-1].hash
    return entries


def edits(entry: AuditEntry, other: AuditEntry) -> Iterator[tuple[str, AuditEntry]]:
    """Yield the entry with one column altered, each in several ways; ``other`` lends its values.

    An edit that leaves the entry as it was is left out.
    """
    for column, edited in _edits(entry, other):
        if repr(edited) != repr(entry):  # the same moment in another zone is equal, and an edit
            yield column, edited


def _edits(entry: AuditEntry, other: AuditEntry) -> Iterator[tuple[str, AuditEntry]]:
    for column, record in _record_edits(entry.record, other.record):
        yield column, replace(entry, record=record)
    for seq in (0, -entry.seq, entry.seq + 1, entry.seq + 1_000_000):
        yield "seq", replace(entry, seq=seq)
    for value in ("", other.previous, other.hash, entry.hash):
        yield "previous", replace(entry, previous=value)
    for value in ("", other.hash, entry.hash + " ", entry.hash[:-1], entry.previous):
        yield "hash", replace(entry, hash=value)
    # Somebody who knows how an entry is sealed: whole in itself.
    yield (
        "actor and hash",
        hash_entry(entry.seq, replace(entry.record, actor="U0EVIL"), entry.previous),
    )
    yield "previous and hash", hash_entry(entry.seq, entry.record, other.hash)


def _record_edits(record: Record, other: Record) -> Iterator[tuple[str, Record]]:
    for column in TEXTS:
        text = getattr(record, column)
        for value in ("", text + " ", text + "\x00", text.swapcase(), getattr(other, column)):
            yield column, replace(record, **{column: value})  # type: ignore[arg-type]  # the columns of text
    elsewhere = timezone(timedelta(hours=1))
    for at in (
        record.at + timedelta(microseconds=1),
        record.at - timedelta(days=365),
        record.at.astimezone(elsewhere),  # the same moment
        other.at,
    ):
        yield "at", replace(record, at=at)
    detail = dict(record.detail)
    preview = {"total": 0, "already": 0, "problem": ""}
    for changed in ({}, detail | {"more": None}, detail | {"preview": preview | {"total": -1}}):
        yield "detail", replace(record, detail=changed)
    yield "detail", replace(record, detail={key: detail[key] for key in list(detail)[1:]})
    yield "detail", replace(record, detail=other.detail)


def reseal(entries: list[AuditEntry], start: int) -> Iterator[AuditEntry]:
    """Yield the entries from index ``start`` on, numbered and sealed anew to what stands before."""
    previous = entries[start - 1].hash if start else GENESIS
    for seq, entry in enumerate(entries[start:], start=start + 1):
        made = hash_entry(seq, entry.record, previous)
        previous = made.hash
        yield made
