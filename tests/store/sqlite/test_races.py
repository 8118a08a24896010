"""Several threads and processes on one file: one winner, and nobody is broken by a slow neighbour."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from bot.domain.audit.chain import verify
from bot.domain.change_state import State
from bot.domain.scope import Groups
from bot.errors import StoreBusy
from bot.ports import Transaction
from bot.store.sqlite.store import SqliteStore
from tests.builders import a_change, a_record
from tests.store.sqlite import processes

ROUNDS = 50
IDS = [f"C-{number:05}" for number in range(ROUNDS)]


@pytest.fixture
async def other(path: Path, sqlite: SqliteStore) -> AsyncIterator[SqliteStore]:
    """A second store on the same file: another connection on another thread."""
    opened = SqliteStore.open(path)
    yield opened
    await opened.close()


async def _prepare(store: SqliteStore, state: State) -> None:
    """Write two overlapping changes a round, each round on a customer of its own."""

    def step(tx: Transaction) -> None:
        for number, one in enumerate(IDS):
            customer = f"{10000 + number}"
            tx.add_change(a_change(id=one, customer=customer, state=state))
            rival = a_change(id=f"R{one}", customer=customer, state=state, scope=Groups(("emea",)))
            tx.add_change(rival)

    await store.write(step)


def _race_of_processes(path: Path, *racers: list[tuple[str, str]]) -> list[list[str]]:
    context = processes.context()
    start = context.Barrier(len(racers))
    running = []
    for steps in racers:
        ours, theirs = context.Pipe(duplex=False)
        process = context.Process(target=processes.race, args=(path, steps, start, theirs))
        process.start()
        theirs.close()
        running.append((process, ours))
    results = [ours.recv() for _, ours in running]
    for process, ours in running:
        process.join(60)
        ours.close()
    return results


async def test_two_processes_race_for_one_approval_and_one_wins(
    path: Path, sqlite: SqliteStore
) -> None:
    await _prepare(sqlite, State.AWAITING_APPROVAL)
    steps = [("approve", one) for one in IDS]

    results = await asyncio.to_thread(_race_of_processes, path, steps, steps)

    assert [sorted(pair) for pair in zip(*results, strict=True)] == [["Conflict", "won"]] * ROUNDS
    entries = await sqlite.read(lambda tx: tx.entries())
    assert sorted(entry.record.change_id for entry in entries) == IDS
    assert verify(entries).fault == ""


async def test_two_processes_claim_overlapping_changes_and_one_wins(
    path: Path, sqlite: SqliteStore
) -> None:
    """The rule is over several rows: no UPDATE of one row could keep it."""
    await _prepare(sqlite, State.APPROVED)
    one, other = [("claim", one) for one in IDS], [("claim", f"R{one}") for one in IDS]

    results = await asyncio.to_thread(_race_of_processes, path, one, other)

    assert [sorted(pair) for pair in zip(*results, strict=True)] == [["Conflict", "won"]] * ROUNDS
    running = await sqlite.read(lambda tx: tx.changes(states=[State.EXECUTING]))
    assert len({change.customer for change in running}) == len(running) == ROUNDS


@pytest.mark.parametrize(
    ("build", "state"),
    [(processes.approve, State.AWAITING_APPROVAL), (processes.claim, State.APPROVED)],
)
async def test_two_threads_race_and_one_wins(
    sqlite: SqliteStore, other: SqliteStore, build: Callable[[str], processes.Step], state: State
) -> None:
    await _prepare(sqlite, state)

    for one in IDS:
        results = await asyncio.gather(
            processes.outcome_of(sqlite, build(one)), processes.outcome_of(other, build(one))
        )
        assert sorted(results) == ["Conflict", "won"]


async def test_eight_processes_open_a_database_that_is_not_there_yet(path: Path) -> None:
    context = processes.context()
    start = context.Barrier(8)
    ours, theirs = context.Pipe(duplex=False)
    running = [
        context.Process(target=processes.open_and_record, args=(path, start, theirs))
        for _ in range(8)
    ]
    for process in running:
        process.start()
    for process in running:
        await asyncio.to_thread(process.join, 30)
    theirs.close()
    results = [ours.recv() for _ in running]
    ours.close()

    assert results == ["recorded"] * 8
    store = SqliteStore.open(path)
    entries = await store.read(lambda tx: tx.entries())
    await store.close()
    assert len(entries) == 8
    assert verify(entries).fault == ""


@pytest.mark.parametrize("hold", [processes.hold_write_lock, processes.hold_read_lock])
async def test_a_slow_neighbour_never_breaks_a_step(
    path: Path, sqlite: SqliteStore, hold: Callable[[Path, Connection, float], None]
) -> None:
    """Another process holds its lock for 200 ms: the step waits and succeeds."""
    context = processes.context()
    ours, theirs = context.Pipe()
    process = context.Process(target=hold, args=(path, theirs, 0.2))
    process.start()
    theirs.close()
    assert await asyncio.to_thread(ours.recv) == "held"

    entry = await sqlite.write(lambda tx: tx.record(a_record()))
    names = await sqlite.read(lambda tx: tx.customer_names())

    assert entry.seq == 1
    assert names == ({"99999": "Slow"} if hold is processes.hold_write_lock else {})
    await asyncio.to_thread(process.join, 60)
    ours.close()
    assert process.exitcode == 0


async def test_a_lock_that_is_never_let_go_is_told_as_busy(path: Path, sqlite: SqliteStore) -> None:
    hasty = SqliteStore.open(path, busy_timeout=0.01)

    def step(tx: Transaction) -> None:
        tx.record(a_record())
        with pytest.raises(StoreBusy, match="held by another process"):
            asyncio.run(hasty.write(lambda tx: tx.record(a_record())))

    await sqlite.write(step)
    entry = await hasty.write(lambda tx: tx.record(a_record()))
    await hasty.close()

    assert entry.seq == 2
