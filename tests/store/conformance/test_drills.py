"""Drills are read as they were written; an odd row is left out and named."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.domain.drill import Drill, Ending, Scenario, Score
from bot.ports import Store, Transaction
from tests.builders import CHANNEL, CUSTOMER, NOW, OTHER_CUSTOMER, REQUESTER

RUNS = Drill("D-00001", CUSTOMER, Scenario.LOST, CHANNEL, REQUESTER, NOW)
SCORE = Score(Ending.VERIFIED, "C-1", 1, 2, 3, 1, ("Nobody “approves” <it>.",), (REQUESTER, "U2"))
OVER = replace(
    RUNS,
    id="D-00002",
    customer=OTHER_CUSTOMER,
    started_at=NOW + timedelta(hours=1),
    ended_at=NOW + timedelta(hours=2),
    score=SCORE,
)


async def put(store: Store, *drills: Drill) -> None:
    def step(tx: Transaction) -> None:
        for one in drills:
            tx.put_drill(one)

    await store.write(step)


async def test_they_are_read_as_they_were_written_the_newest_first(store: Store) -> None:
    await put(store, RUNS, OVER)
    assert await store.read(lambda tx: tx.drills()) == [OVER, RUNS]
    assert await store.read(lambda tx: tx.drills([CUSTOMER])) == [RUNS]
    assert await store.read(lambda tx: tx.drills([])) == []
    assert await store.read(lambda tx: tx.drills(limit=1)) == [OVER]
    assert await store.read(lambda tx: tx.drill(OVER.id)) == OVER
    assert await store.read(lambda tx: tx.drill("D-X")) is None
    assert await store.read(lambda tx: tx.unreadable_drills()) == []


async def test_the_one_that_has_not_ended_runs(store: Store) -> None:
    await put(store, RUNS, OVER)
    assert await store.read(lambda tx: tx.running_drill(CUSTOMER)) == RUNS
    assert await store.read(lambda tx: tx.running_drill(OTHER_CUSTOMER)) is None
    ended = replace(RUNS, ended_at=NOW, score=Score(Ending.TIME))
    await put(store, ended)
    assert await store.read(lambda tx: tx.running_drill(CUSTOMER)) is None
    assert await store.read(lambda tx: tx.drill(RUNS.id)) == ended
