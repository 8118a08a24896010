"""The server goes: restarted, killed, suspended inside a step, replaced by its standby."""

from __future__ import annotations

import asyncio
import secrets
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit

import psycopg
import pytest

from bot.database_address import PostgresUrl
from bot.errors import StoreBusy
from bot.ports import Transaction
from bot.store.postgresql.store import PostgresStore
from tests.builders import a_record
from tests.postgresql.processes import Processes
from tests.postgresql.server import Server


@pytest.fixture
def server(postgresql_processes: Processes) -> Iterator[Server]:
    with Server(postgresql_processes, f"own-{secrets.token_hex(4)}") as started:
        yield started


@pytest.mark.parametrize("fast", [True, False])
async def test_a_restart_is_waited_for(server: Server, fast: bool) -> None:
    """Nothing that was acknowledged is lost; what was not saved is told, and the store goes on."""
    async with PostgresStore.open(PostgresUrl(server.url())) as store:
        saved = [await store.write(lambda tx: tx.record(a_record()).seq)]
        await store.read(lambda tx: tx.entries())
        restarted, lost = asyncio.create_task(asyncio.to_thread(server.restart, fast=fast)), 0
        while not restarted.done():
            try:
                saved.append(await store.write(lambda tx: tx.record(a_record()).seq))
            except StoreBusy:
                lost += 1
        await restarted

        assert await store.write(lambda tx: tx.record(a_record()).seq) == len(saved) + 1
        entries = await store.read(lambda tx: tx.entries())
        assert [entry.seq for entry in entries] == [*saved, len(saved) + 1]
        assert lost <= 1


async def test_a_standby_is_refused(server: Server) -> None:
    await PostgresStore.open(PostgresUrl(server.url())).close()
    with server.standby(f"standby_{secrets.token_hex(4)}") as standby:
        address = PostgresUrl(standby.url())
        with pytest.raises(StoreBusy, match=r"is a standby: name the primary\.$"):
            PostgresStore.open(address)
        anything = PostgresUrl(f"{standby.url()}?target_session_attrs=any")
        with pytest.raises(StoreBusy, match=r"is a standby: name the primary\.$"):
            PostgresStore.open(anything)


async def test_the_standby_takes_over_and_nothing_acknowledged_is_lost(server: Server) -> None:
    with server.standby(f"standby_{secrets.token_hex(4)}") as standby:
        hosts = urlsplit(server.url()).netloc
        both = server.url().replace(hosts, f"{hosts},127.0.0.1:{standby.port}")
        async with PostgresStore.open(PostgresUrl(both)) as store:
            assert await store.write(lambda tx: tx.record(a_record()).seq) == 1
            server.kill()
            promoting = asyncio.create_task(asyncio.to_thread(standby.promote))
            seq = None
            while seq is None:
                try:
                    seq = await store.write(lambda tx: tx.record(a_record()).seq)
                except StoreBusy:
                    continue
            await promoting
            entries = await store.read(lambda tx: tx.entries())
            assert [entry.seq for entry in entries] == [1, 2]
            assert seq == 2


async def test_a_bot_that_stands_still_inside_a_step_does_not_hold_up_the_others(
    address: PostgresUrl, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.postgresql.connecting.IDLE_TIMEOUT", 0.2)
    begun, go_on = threading.Event(), threading.Event()

    def still(tx: Transaction) -> None:
        tx.record(a_record())
        begun.set()
        assert go_on.wait(30)

    async with PostgresStore.open(address) as slow, PostgresStore.open(address) as other:
        stopped = asyncio.create_task(slow.write(still))
        await asyncio.to_thread(begun.wait, 30)
        assert await other.write(lambda tx: tx.record(a_record()).seq) == 1
        go_on.set()
        with pytest.raises(StoreBusy, match="nothing was saved; try again"):
            await stopped
        assert await slow.write(lambda tx: tx.record(a_record()).seq) == 2


async def test_another_collation_of_the_database_changes_no_order(
    postgresql_server: str, address: PostgresUrl
) -> None:
    name = urlsplit(address.reveal()).path[1:]
    with psycopg.connect(postgresql_server, autocommit=True) as admin:
        admin.execute(f'DROP DATABASE "{name}"'.encode())
        try:
            admin.execute(
                f"CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8' "
                "LOCALE 'C.UTF-8' LOCALE_PROVIDER icu ICU_LOCALE 'en-US'".encode()
            )
        except psycopg.errors.FeatureNotSupported:
            admin.execute(f'CREATE DATABASE "{name}"'.encode())
            pytest.skip("this PostgreSQL is built without ICU")
    async with PostgresStore.open(address) as store:

        def named(tx: Transaction) -> list[str]:
            for one in ("b", "A", "a", "B", "é", "Z"):
                tx.name_customer(one, one)
            return list(tx.customer_names())

        assert await store.write(named) == ["A", "B", "Z", "a", "b", "é"]
        assert await store.read(lambda tx: tx.schema_differences()) == []
