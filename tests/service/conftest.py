"""A service harness for each test: the real store on a fresh file, with fakes around it."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator, MutableMapping
from pathlib import Path
from typing import Any

import pytest
import structlog

from bot.store.sqlite.store import SqliteStore
from tests.fakes import FakeClock
from tests.fixtures.databases import database_in
from tests.service.harness import ServiceHarness, grants, opened


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file to copy: the migrations take ten times as long as a copy."""
    path = tmp_path_factory.mktemp("service") / "empty.db"
    store = SqliteStore.open(path)
    store._submit(store._db.close).result()
    store._thread.shutdown()
    return path


@pytest.fixture(autouse=True)
def logs() -> Iterator[list[MutableMapping[str, Any]]]:
    """What is logged; without this, a traceback in colour takes seconds."""
    with structlog.testing.capture_logs() as entries:
        yield entries


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def harness(
    tmp_path: Path, empty_database: Path, clock: FakeClock
) -> AsyncIterator[ServiceHarness]:
    database = database_in(tmp_path)
    if isinstance(database, Path):
        shutil.copy(empty_database, database)
    async with opened(database, clock) as built:
        await built.grant(*grants())
        yield built
