"""The chain of audit entries: what is sealed, and how the first fault is named."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.audit.chain import (
    EMPTY_CHAIN,
    GENESIS,
    AuditEntry,
    ChainReport,
    Checkpoint,
    canonical,
    hash_entry,
    verify,
)
from tests.builders import a_record


def chain(length: int) -> list[AuditEntry]:
    entries: list[AuditEntry] = []
    for seq in range(1, length + 1):
        before = entries[-1].hash if entries else GENESIS
        entries.append(hash_entry(seq, a_record(detail={"n": seq}), before))
    return entries


def test_an_entry_is_sealed_as_it_has_been_from_the_start() -> None:
    """Another digest would turn every trail that was ever written into a forged one."""
    detail = {"users": 1284, "reason": "Exchange “down”", "rows": [None, True, 1.5]}
    entry = hash_entry(812, a_record(actor_name="Jürgen", detail=detail), GENESIS)
    assert entry.hash == "db9642265522177ab3a7b410aa9b29ed458f7f3df628da109943bf971af781dc"


def test_a_value_has_one_spelling() -> None:
    assert canonical({"b": [1, "ä"], "a": None}) == '{"a":null,"b":[1,"ä"]}'


def test_an_intact_chain_is_counted_to_its_head() -> None:
    entries = chain(3)
    assert verify([]) == EMPTY_CHAIN == ChainReport(0, GENESIS, "")
    assert verify(entries) == ChainReport(3, entries[-1].hash, "")
    assert verify(entries[1:], verify(entries[:1])) == verify(entries)


@pytest.mark.parametrize(
    ("forge", "fault"),
    [
        (lambda second: replace(second, seq=7), "entry 2 is missing: 7 follows"),
        (lambda second: replace(second, previous=GENESIS), "entry 2 does not follow the one"),
        (lambda second: replace(second, hash=GENESIS), "entry 2 was altered"),
        (lambda second: replace(second, record=a_record(actor="U0EVIL")), "entry 2 was altered"),
    ],
)
def test_the_walk_stops_at_the_first_fault_and_keeps_what_was_intact(
    forge: object, fault: str
) -> None:
    first, second, third = chain(3)
    assert callable(forge)
    report = verify([first, forge(second), third])
    assert report.head == Checkpoint(1, first.hash)
    assert report.fault.startswith(fault)
    assert verify([second], report) is report, "nothing is intact behind a fault"
