"""What one process notifies, another one hears, also after its connection was lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import psycopg
import pytest
from structlog.testing import capture_logs

from bot.database_address import PostgresUrl
from bot.errors import Conflict
from bot.ports import Transaction
from bot.store.opening import listening
from bot.store.postgresql.store import PostgresStore

PATIENCE = 30.0  # seconds


@pytest.fixture
async def heard(address: PostgresUrl) -> AsyncIterator[asyncio.Queue[str]]:
    """What is heard on the channel `queue`; it listens already."""
    told = asyncio.Queue[str]()
    async with listening(address, {"queue": lambda: told.put_nowait("queue")}):
        await next_of(told)
        yield told


async def next_of(told: asyncio.Queue[str]) -> str:
    return await asyncio.wait_for(told.get(), PATIENCE)


async def test_a_step_wakes_others_when_it_is_committed(
    opened: PostgresStore, heard: asyncio.Queue[str]
) -> None:
    def undone(tx: Transaction) -> None:
        tx.notify("queue")
        raise Conflict("no")

    with pytest.raises(Conflict):
        await opened.write(undone)
    await opened.write(lambda tx: tx.notify("another"))
    await opened.write(lambda tx: tx.notify("queue"))

    assert await next_of(heard) == "queue"
    assert heard.empty()


async def test_it_listens_again_after_its_connection_was_lost(
    opened: PostgresStore, heard: asyncio.Queue[str], address: PostgresUrl
) -> None:
    with capture_logs() as logs:
        with psycopg.connect(address.reveal(), autocommit=True) as raw:
            raw.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query ~ '^LISTEN'"
            )

        assert await next_of(heard) == "queue"  # what it may have missed
    assert [one["event"] for one in logs] == ["store.not_notified", "store.notified_again"]
    assert address.reveal() not in logs[0]["why"]
    await opened.write(lambda tx: tx.notify("queue"))
    assert await next_of(heard) == "queue"


async def test_nobody_listens_to_a_file(tmp_path: Path) -> None:
    heard: list[str] = []
    async with listening(tmp_path / "continuity.db", {"queue": lambda: heard.append("queue")}):
        assert heard == []
