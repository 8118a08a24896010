"""The stores under test. The conformance suite runs over STORES; the rest is about SQLite alone."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from bot.ports import Clock, Store
from bot.store.sqlite.store import SqliteStore
from tests.store.clock import StandingClock

STORES: dict[str, Callable[[Path, Clock], Store]] = {
    "sqlite": lambda folder, clock: SqliteStore.open(folder / "continuity.db", clock=clock),
}


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture(params=STORES)
async def store(
    request: pytest.FixtureRequest, tmp_path: Path, clock: StandingClock
) -> AsyncIterator[Store]:
    opened = STORES[request.param](tmp_path, clock)
    yield opened
    await opened.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "continuity.db"


@pytest.fixture
async def sqlite(path: Path, clock: StandingClock) -> AsyncIterator[SqliteStore]:
    opened = SqliteStore.open(path, clock=clock)
    yield opened
    await opened.close()
