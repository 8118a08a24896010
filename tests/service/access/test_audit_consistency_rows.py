"""The trail of a whole story: one chain, in which nothing can be changed, taken out or put in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from bot.domain.audit.chain import GENESIS, AuditEntry, ChainReport, hash_entry, verify
from tests.builders import a_record
from tests.service.harness import ServiceHarness


async def story(harness: ServiceHarness) -> Sequence[AuditEntry]:
    """Return five role rows and the five entries of a change from the proposal to the outcome."""
    await harness.executed()
    return await harness.look(lambda tx: tx.entries_after(0, 100))


async def test_a_whole_story_is_a_chain(harness: ServiceHarness) -> None:
    entries = await story(harness)
    assert [entry.seq for entry in entries] == list(range(1, 11))
    assert entries[0].previous == GENESIS
    assert verify(entries) == ChainReport(10, entries[-1].hash)


async def test_the_walk_can_go_page_by_page(harness: ServiceHarness) -> None:
    entries = await story(harness)
    assert verify(entries[2:], verify(entries[:2])) == verify(entries)
    faulty = verify(entries[1:])
    assert verify(entries, faulty) == faulty


@pytest.mark.parametrize("field", ["actor", "kind", "customer", "change_id", "channel"])
async def test_an_altered_entry_is_named(harness: ServiceHarness, field: str) -> None:
    entries = list(await story(harness))
    other: dict[str, Any] = {field: "x"}
    entries[2] = replace(entries[2], record=replace(entries[2].record, **other))
    assert verify(entries) == ChainReport(2, entries[1].hash, "entry 3 was altered")


async def test_an_entry_that_was_altered_and_sealed_again_is_found_at_the_next(
    harness: ServiceHarness,
) -> None:
    entries = list(await story(harness))
    entries[2] = hash_entry(3, replace(entries[2].record, actor="x"), entries[2].previous)
    report = verify(entries)
    assert (report.entries, report.fault) == (3, "entry 4 does not follow the one before it")


async def test_an_entry_that_was_taken_out_is_named(harness: ServiceHarness) -> None:
    entries = list(await story(harness))
    del entries[2]
    assert verify(entries).fault == "entry 3 is missing: 4 follows"


async def test_an_entry_that_was_put_in_is_found(harness: ServiceHarness) -> None:
    entries = list(await story(harness))
    entries.insert(2, hash_entry(3, a_record(), entries[1].hash))
    assert verify(entries).fault == "entry 4 is missing: 3 follows"
