"""A connection is lost: idle, inside a step, around a COMMIT. Nothing is lost, and nothing done twice."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest

from bot.database_address import PostgresUrl
from bot.errors import StoreBusy, StoreUnusable
from bot.ports import Transaction
from bot.store.postgresql import connecting
from bot.store.postgresql.store import PostgresStore
from tests.builders import a_delivery, a_record
from tests.postgresql.proxy import At, Proxy

NOT_SAVED = r"^The connection to the database .* was lost, and nothing was saved; try again\.$"
OTHERS = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


@pytest.fixture
def proxy(address: PostgresUrl) -> Iterator[Proxy]:
    with Proxy(urlsplit(address.reveal()).port or 5432) as started:
        yield started


@pytest.fixture
def by_proxy(address: PostgresUrl, proxy: Proxy) -> PostgresUrl:
    port = urlsplit(address.reveal()).port
    return PostgresUrl(address.reveal().replace(f":{port}/", f":{proxy.port}/"))


@pytest.fixture
async def cut(by_proxy: PostgresUrl) -> AsyncIterator[PostgresStore]:
    """The store behind the proxy."""
    store = PostgresStore.open(by_proxy)
    yield store
    await store.close()


def end_others(raw: psycopg.Connection[Any]) -> None:
    raw.execute(f"SELECT pg_terminate_backend(pid, 10000) {OTHERS}".encode())


def until_somebody_waits(raw: psycopg.Connection[Any]) -> None:
    """Return when a process waits for the lock of the writers. Raises AssertionError."""
    end = time.monotonic() + 30
    while not raw.execute(
        "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    ).fetchall():
        assert time.monotonic() < end
        time.sleep(0.01)


async def entries_of(store: PostgresStore) -> list[int]:
    return [entry.seq for entry in await store.read(lambda tx: tx.entries())]


async def test_idle_connections_that_were_ended_are_opened_again(
    opened: PostgresStore, raw_postgresql: psycopg.Connection[Any]
) -> None:
    await opened.write(lambda tx: tx.record(a_record()))
    assert await entries_of(opened) == [1]
    end_others(raw_postgresql)
    assert await opened.write(lambda tx: tx.record(a_record()).seq) == 2
    end_others(raw_postgresql)
    assert await entries_of(opened) == [1, 2]


async def test_a_step_whose_connection_is_ended_saves_nothing_and_is_not_repeated(
    opened: PostgresStore, raw_postgresql: psycopg.Connection[Any]
) -> None:
    runs = []

    def step(tx: Transaction) -> None:
        runs.append(tx.record(a_record()))
        end_others(raw_postgresql)
        tx.record(a_record())

    with pytest.raises(StoreBusy, match=NOT_SAVED):
        await opened.write(step)

    assert len(runs) == 1
    assert await entries_of(opened) == []
    assert await opened.write(lambda tx: tx.record(a_record()).seq) == 1


async def test_a_step_that_only_computes_while_its_connection_is_ended_is_not_saved(
    opened: PostgresStore, raw_postgresql: psycopg.Connection[Any]
) -> None:
    """The commit is the first to notice."""

    def step(tx: Transaction) -> None:
        tx.record(a_record())
        end_others(raw_postgresql)

    with pytest.raises(StoreBusy, match=NOT_SAVED):
        await opened.write(step)
    assert await entries_of(opened) == []


async def test_a_commit_that_did_not_arrive_is_told_to_all_whose_steps_were_in_it(
    cut: PostgresStore, proxy: Proxy
) -> None:
    await cut.write(lambda tx: tx.save_delivery(a_delivery("before")))
    proxy.cut_at_commit(At.BEFORE)
    steps = [cut.write(lambda tx: tx.record(a_record()).seq) for _ in range(3)]
    results = await asyncio.gather(*steps, return_exceptions=True)

    proxy.wait_for_cut()
    lost = [result for result in results if isinstance(result, StoreBusy)]
    assert lost, results
    saved = await entries_of(cut)
    assert len(saved) == len(results) - len(lost)
    assert await cut.write(lambda tx: tx.record(a_record()).seq) == len(saved) + 1


async def test_a_commit_whose_answer_was_lost_is_found(cut: PostgresStore, proxy: Proxy) -> None:
    proxy.cut_at_commit(At.BEHIND)
    assert await cut.write(lambda tx: tx.record(a_record()).seq) == 1
    proxy.wait_for_cut()
    assert await entries_of(cut) == [1]


async def test_the_one_before_is_not_taken_for_a_commit_that_was_lost(
    cut: PostgresStore, proxy: Proxy
) -> None:
    await cut.write(lambda tx: tx.record(a_record()))
    proxy.cut_at_commit(At.BEFORE)
    with pytest.raises(StoreBusy, match=NOT_SAVED):
        await cut.write(lambda tx: tx.record(a_record()))
    assert await entries_of(cut) == [1]


async def test_a_commit_that_arrives_late_is_waited_for(
    cut: PostgresStore, proxy: Proxy, raw_postgresql: psycopg.Connection[Any]
) -> None:
    """Until then its transaction has the lock: that it has not committed yet does not mean that it will not."""
    proxy.cut_at_commit(At.LATE)
    writing = asyncio.create_task(cut.write(lambda tx: tx.record(a_record()).seq))
    await asyncio.to_thread(proxy.wait_for_cut)
    await asyncio.to_thread(until_somebody_waits, raw_postgresql)
    assert not writing.done()
    proxy.deliver()
    assert await writing == 1
    assert await entries_of(cut) == [1]


async def test_what_cannot_be_looked_up_is_said_not_to_be_known(
    by_proxy: PostgresUrl, proxy: Proxy
) -> None:
    store = PostgresStore.open(by_proxy, lock_timeout=0.1, look_up_within=0.3)
    proxy.cut_at_commit(At.LATE)
    with pytest.raises(StoreUnusable, match="it is not known whether the last step was saved"):
        await store.write(lambda tx: tx.record(a_record()))
    proxy.deliver()
    await store.close()


async def test_a_network_that_comes_back_within_seconds_is_waited_for(
    cut: PostgresStore, proxy: Proxy
) -> None:
    await entries_of(cut)
    proxy.refuse()
    writing = asyncio.create_task(cut.write(lambda tx: tx.record(a_record()).seq))
    with pytest.raises(StoreBusy, match=r"cannot be reached: connection failed: .*refused"):
        await entries_of(cut)
    proxy.restore()
    assert await writing == 1


async def test_what_keeps_the_connection_and_forwards_nothing_is_not_waited_for_for_ever(
    cut: PostgresStore, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    await cut.write(lambda tx: tx.record(a_record()))
    await entries_of(cut)
    proxy.black_hole()
    monkeypatch.setattr("bot.store.postgresql.connecting.ANSWER_WITHIN", 0.2)
    monkeypatch.setattr("bot.store.postgresql.writer.CONNECT_WITHIN", 0.2)
    monkeypatch.setitem(connecting._DEFAULTS, "connect_timeout", "2")
    with pytest.raises(StoreBusy):
        await cut.write(lambda tx: tx.record(a_record()))
    with pytest.raises(StoreBusy):
        await entries_of(cut)
    proxy.restore()
    monkeypatch.undo()
    assert await cut.write(lambda tx: tx.record(a_record()).seq) == 2
    assert await entries_of(cut) == [1, 2]
