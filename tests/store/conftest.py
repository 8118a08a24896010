"""The stores under test. The conformance suite runs over all of them; the rest is about one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from bot.database_address import PostgresUrl
from bot.ports import Clock, Store
from bot.store.postgresql.store import PostgresStore
from bot.store.sqlite.sqlite_library import Journal, preferred_journal
from bot.store.sqlite.store import SqliteStore
from tests.store.clock import FixedClock


def _sqlite(journal: Journal) -> Callable[[Path, Clock], Store]:
    return lambda folder, clock: SqliteStore.open(
        folder / "continuity.db", clock=clock, journal=journal
    )


SQLITE = {f"sqlite-{journal.name.lower()}": _sqlite(journal) for journal in Journal}


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture(params=[*SQLITE, "postgresql"])
async def store(
    request: pytest.FixtureRequest, tmp_path: Path, clock: FixedClock
) -> AsyncIterator[Store]:
    if request.param in SQLITE:
        opened = SQLITE[request.param](tmp_path, clock)
    else:
        opened = PostgresStore.open(request.getfixturevalue("address"), clock=clock)
    yield opened
    await opened.close()


@pytest.fixture
def address(postgresql: str) -> PostgresUrl:
    """The address of a database of this test's own on PostgreSQL."""
    return PostgresUrl(postgresql)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "continuity.db"


@pytest.fixture(
    params=[
        Journal.ROLLBACK,
        pytest.param(
            Journal.WAL,
            marks=pytest.mark.skipif(
                preferred_journal() is not Journal.WAL, reason="this SQLite is too old for WAL"
            ),
        ),
    ],
    ids=lambda one: one.name.lower(),
)
def journal(request: pytest.FixtureRequest) -> Journal:
    return Journal(request.param)


@pytest.fixture
async def sqlite(path: Path, clock: FixedClock, journal: Journal) -> AsyncIterator[SqliteStore]:
    opened = SqliteStore.open(path, clock=clock, journal=journal)
    yield opened
    await opened.close()


@pytest.fixture
async def opened(address: PostgresUrl, clock: FixedClock) -> AsyncIterator[PostgresStore]:
    store = PostgresStore.open(address, clock=clock)
    yield store
    await store.close()


@pytest.fixture
def raw_postgresql(
    opened: PostgresStore, address: PostgresUrl
) -> Iterator[psycopg.Connection[Any]]:
    """A plain connection, as somebody with psql has it."""
    with psycopg.connect(address.reveal(), autocommit=True) as connection:
        yield connection
