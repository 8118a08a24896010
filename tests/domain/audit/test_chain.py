"""The chain against what somebody outside kept of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.audit.chain import (
    EMPTY_CHAIN,
    GENESIS,
    AuditEntry,
    Checkpoint,
    checkpoint_fault,
    first_difference,
    hash_entry,
    parse_checkpoint,
    verify,
)
from tests.builders import a_record


def chain(*actors: str) -> list[AuditEntry]:
    entries: list[AuditEntry] = []
    for seq, actor in enumerate(actors, 1):
        previous = entries[-1].hash if entries else GENESIS
        entries.append(hash_entry(seq, a_record(actor=actor), previous))
    return entries


FULL = "3f9a1c" + "0" * 58


@pytest.mark.parametrize(
    ("text", "head"),
    [
        (f"812:{FULL}", Checkpoint(812, FULL)),
        ("812:3F9A1C", Checkpoint(812, "3f9a1c")),
        (f"0:{GENESIS}", Checkpoint(0, GENESIS)),
        ("812:3f9a1", None),  # fewer than a channel shows
        (f"812:{FULL}0", None),
        ("812:3f9a1g", None),
        ("812:3f9a1c\n", None),
        ("-1:3f9a1c", None),
        ("٣:3f9a1c", None),
        ("backup.db", None),
    ],
)
def test_a_head_is_read_as_it_is_printed_or_with_its_first_characters(
    text: str, head: Checkpoint | None
) -> None:
    assert parse_checkpoint(text) == head


def test_a_head_is_printed_as_it_is_read() -> None:
    assert str(Checkpoint(812, FULL)) == f"812:{FULL}"


@pytest.mark.parametrize(
    ("head", "last", "found", "said"),
    [
        (Checkpoint(3, FULL), 3, FULL, ""),
        (Checkpoint(3, FULL), 9, FULL, ""),
        (Checkpoint(3, "3f9a1c"), 9, FULL, ""),
        (Checkpoint(0, GENESIS), 0, GENESIS, ""),
        (
            Checkpoint(3, FULL),
            2,
            "",
            "it ends with entry 2; what came after, up to entry 3, is missing",
        ),
        (Checkpoint(3, "3f9a1d"), 9, FULL, f"entry 3 is another one, its hash is {FULL}"),
        (Checkpoint(3, FULL[1:]), 9, FULL, f"entry 3 is another one, its hash is {FULL}"),
        (Checkpoint(0, FULL), 9, GENESIS, f"entry 0 is another one, its hash is {GENESIS}"),
    ],
)
def test_a_trail_is_held_against_a_head(head: Checkpoint, last: int, found: str, said: str) -> None:
    assert checkpoint_fault(head, last, found) == said


def test_the_first_entry_that_is_another_one_is_found() -> None:
    ours, theirs = chain("U1", "U2", "U3", "U4"), chain("U1", "U2", "U0EVIL", "U4")
    assert first_difference(ours, theirs) == (ours[2], theirs[2])
    assert first_difference(ours, ours) is None
    assert first_difference(ours, ours[:2]) is None
    assert first_difference([], ours) is None


def test_a_walk_goes_on_where_the_one_before_ended_and_stops_for_good_at_a_fault() -> None:
    entries = chain("U1", "U2", "U3", "U4")
    half = verify(entries[:2])
    assert verify(entries[2:], half) == verify(entries)
    assert verify(entries).head == Checkpoint(4, entries[3].hash)
    broken = verify([entries[0], replace(entries[1], hash=FULL)])
    assert broken.fault == "entry 2 was altered"
    assert verify(entries[2:], broken) is broken
    assert verify([], EMPTY_CHAIN) == EMPTY_CHAIN
