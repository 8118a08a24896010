"""On PostgreSQL replicas wake each other: nobody waits for the next renewal or sweep."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.database_address import PostgresUrl
from bot.ports import Store
from bot.service.replicas.fence import FencedStore
from bot.service.replicas.lease import LEADER_LEFT, WORK
from bot.service.replicas.membership import Membership
from bot.store.opening import listening, open_store

LEASE = 120.0  # a renewal every 30 s
SOON = 20.0  # seconds, less than that


@pytest.fixture
def database(postgresql: str) -> PostgresUrl:
    return PostgresUrl(postgresql)


@asynccontextmanager
async def replica(database: PostgresUrl, name: str) -> AsyncIterator[tuple[Store, Membership]]:
    async with await open_store(database) as store, Membership(store, name, LEASE) as membership:
        yield store, membership


async def test_leadership_that_is_given_up_is_taken_over_at_once(database: PostgresUrl) -> None:
    led, listens = asyncio.Event(), asyncio.Event()

    async with replica(database, "other") as (_, leader), replica(database, "one") as (_, one):
        assert leader.leads
        assert not one.leads
        one.on_lead = led.set

        def wake() -> None:
            listens.set()
            one.wake()

        async with listening(database, {LEADER_LEFT: wake}), asyncio.timeout(SOON):
            await listens.wait()
            leader.stop_campaigning()
            await leader.__aexit__(None, None, None)
            await led.wait()
        assert one.leads


async def test_what_another_replica_saved_wakes_the_leader(database: PostgresUrl) -> None:
    async with replica(database, "leader"), replica(database, "one") as (store, one):
        woken = asyncio.Event()
        async with listening(database, {WORK: woken.set}), asyncio.timeout(SOON):
            await woken.wait()  # it listens
            woken.clear()
            loud = FencedStore(store, one.fence, one.lost, lambda: not one.leads)
            await loud.write(lambda tx: tx.claim_change("C-2", one.id))
            await woken.wait()
