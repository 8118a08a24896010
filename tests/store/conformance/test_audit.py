"""The audit trail: numbered, sealed, read back exactly as it was sealed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone

import pytest

from bot.domain.audit.chain import EMPTY_CHAIN, GENESIS, AuditEntry, ChainReport, Record, verify
from bot.domain.change_state import State
from bot.ports import AuditFilter, Store, Transaction
from tests.builders import CUSTOMER, NOW, OTHER_CUSTOMER, a_change, a_record


async def _record(store: Store, *records: Record) -> list[AuditEntry]:
    return await store.write(lambda tx: [tx.record(record) for record in records])


async def test_an_entry_is_numbered_and_sealed_to_the_one_before(store: Store) -> None:
    first, second = await _record(store, a_record(), a_record("change.approved"))

    assert (first.seq, first.previous) == (1, GENESIS)
    assert (second.seq, second.previous) == (2, first.hash)
    assert await store.read(lambda tx: tx.entries()) == [first, second]


async def test_the_first_entry_of_a_change_is_found(store: Store) -> None:
    written = await _record(
        store,
        a_record(change_id="C-00001"),
        a_record(),
        a_record("change.approved"),
    )
    assert await store.read(lambda tx: tx.first_entry("C-7K3MX")) == written[1]
    assert await store.read(lambda tx: tx.first_entry("C-99999")) is None


AWKWARD = [
    a_record(at=NOW.replace(microsecond=0)),
    a_record(at=datetime(2026, 3, 14, 12, tzinfo=timezone(timedelta(hours=5, minutes=30)))),
    a_record(detail={}),
    a_record(detail={"z": 1, "a": [1.5, None, True, {"y": "ä", "b": "“—”\n\x00"}]}),
    a_record(detail={"states": (State.APPLIED, State.FAILED), "by": {10: "ten", 9: "nine"}}),
    Record(NOW, "refused", "U\x00", "jo\x00", "4\x00", "C-\x00", "C0\x00"),
    a_record(detail={"huge": 2**70, "small": 1e-9}),
    Record(at=NOW, kind="bot.started", actor="bot"),
]


async def test_whatever_was_recorded_still_verifies_when_it_is_read_back(store: Store) -> None:
    """Zones, whole seconds, tuples and keys that are no text are where a hash could differ."""
    written = await _record(store, *AWKWARD)

    read = await store.read(lambda tx: tx.entries_after(0, 100))

    assert read == written
    assert verify(read) == ChainReport(len(AWKWARD), written[-1].hash)
    assert read[1].record.at == AWKWARD[1].at
    assert read[1].record.at.tzinfo is UTC
    assert read[4].record.detail == {
        "states": ["applied", "failed"],
        "by": {"10": "ten", "9": "nine"},
    }


async def test_a_time_without_a_zone_is_not_recorded(store: Store) -> None:
    with pytest.raises(ValueError, match="no time zone"):
        await _record(store, a_record(at=NOW.replace(tzinfo=None)))

    assert await store.read(lambda tx: tx.entries()) == []


async def test_a_chain_is_walked_page_by_page(store: Store) -> None:
    written = await _record(store, *(a_record(detail={"n": n}) for n in range(25)))

    async def page(after: int) -> Sequence[AuditEntry]:
        return await store.read(lambda tx: tx.entries_after(after, 10))

    report, sizes = EMPTY_CHAIN, list[int]()
    while entries := await page(report.entries):
        sizes.append(len(entries))
        report = verify(entries, report)

    assert sizes == [10, 10, 5]
    assert report == ChainReport(25, written[-1].hash)


async def test_the_last_entries_are_found_in_the_order_of_their_numbers(store: Store) -> None:
    await _record(
        store,
        a_record(change_id="C-00001"),
        a_record(change_id="C-00002", customer=OTHER_CUSTOMER),
        a_record("role.granted", change_id="", customer=""),
        a_record(change_id="C-00001"),
        a_record(change_id="C-00003"),
    )

    def query(tx: Transaction) -> list[list[int]]:
        found = [
            tx.entries(),
            tx.entries(limit=2),
            tx.entries(customers=[CUSTOMER]),
            tx.entries(customers=[CUSTOMER], limit=2),
            tx.entries(customers={CUSTOMER, OTHER_CUSTOMER}, limit=3),
            tx.entries(customers=[]),
            tx.entries(change_id="C-00001"),
            tx.entries(change_id="C-00001", customers=[OTHER_CUSTOMER]),
            tx.entries_after(3, 1),
        ]
        return [[entry.seq for entry in entries] for entries in found]

    assert await store.read(query) == [
        [1, 2, 3, 4, 5],
        [4, 5],
        [1, 4, 5],
        [4, 5],
        [2, 4, 5],
        [],
        [1, 4],
        [],
        [4],
    ]


async def test_a_step_that_is_rolled_back_leaves_no_gap(store: Store) -> None:
    def fails(tx: Transaction) -> None:
        tx.record(a_record())
        raise LookupError("rolled back")

    await _record(store, a_record())
    with pytest.raises(LookupError, match="rolled back"):
        await store.write(fails)
    await _record(store, a_record())

    entries = await store.read(lambda tx: tx.entries())
    assert [entry.seq for entry in entries] == [1, 2]
    assert verify(entries).fault == ""


async def test_questions_are_those_of_one_person_about_one_customer_since_then(
    store: Store,
) -> None:
    later = NOW + timedelta(minutes=1)
    question = a_record("others.asked", actor="U0A", at=later)
    written = await _record(
        store,
        a_record("others.asked", actor="U0A", at=NOW - timedelta(microseconds=1)),
        a_record("others.asked", actor="U0A", at=NOW),
        a_record("others.asked", actor="U0B", at=later),
        a_record("others.asked", actor="U0A", at=later, customer=OTHER_CUSTOMER),
        a_record("refused", actor="U0A", at=later),
        question,
    )
    found = await store.read(lambda tx: tx.questions({"U0A", "W0A"}, CUSTOMER, NOW))
    assert found == [written[1], written[5]]


async def test_of_an_actor_the_last_name_is_known(store: Store) -> None:
    names = [("U0A", "Ann"), ("U0B", ""), ("U0A", "Anna"), ("U0C", "Cy"), ("U0A", "")]
    await _record(store, *(a_record(actor=one, actor_name=name) for one, name in names))

    assert await store.read(lambda tx: tx.actor_names()) == {"U0A": "Anna", "U0C": "Cy"}


async def test_the_id_of_a_batch_stands_for_all_its_changes_where_that_is_asked(
    store: Store,
) -> None:
    def step(tx: Transaction) -> None:
        for change_id in ("C-00009", "C-00001"):
            tx.add_change(a_change(id=change_id, batch="C-00009"))
            tx.record(a_record(change_id=change_id))

    await store.write(step)
    whole = AuditFilter(change_id="C-00009", whole_batch=True)
    found = await store.read(lambda tx: tx.matching(whole))
    assert [one.record.change_id for one in found] == ["C-00009", "C-00001"]
    assert await store.read(lambda tx: tx.count_matching(whole)) == 2
    alone = await store.read(lambda tx: tx.matching(AuditFilter(change_id="C-00009")))
    assert [one.record.change_id for one in alone] == ["C-00009"]
