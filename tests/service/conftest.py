"""A house for each test: the real store on a fresh file, fakes around it."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator, MutableMapping
from pathlib import Path
from typing import Any

import pytest
import structlog

from bot.store.sqlite.store import SqliteStore
from bot.terminal.audit.verify import survey
from tests.fakes import FakeClock, WatchedStore
from tests.service.house import House, grants


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
async def house(tmp_path: Path, empty_database: Path, clock: FakeClock) -> AsyncIterator[House]:
    path = tmp_path / "continuity.db"
    shutil.copy(empty_database, path)
    store = SqliteStore.open(path, clock=clock)
    # What a power cut would lose is not the question here.
    await store._on_thread(lambda: store._db.conn.execute("PRAGMA synchronous = OFF"))
    built = House(WatchedStore(store), clock)
    await built.grant(*grants())
    yield built
    await built.executor.kill()
    found = await survey(store)
    await store.close()
    assert built.rewritten or found.report.fault == ""
    # Whatever a step leaves, the trail explains. Rows of the other tables are written by the tests.
    told = [one for one in found.differences.first if one.startswith("C-")]
    assert built.rewritten or all("the outbox has no row" in one for one in told), told
