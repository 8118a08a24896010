"""Two bots on one database: what is decided on several rows is decided by one after the other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from bot.database_address import PostgresUrl
from bot.domain.audit.chain import EMPTY_CHAIN, verify
from bot.domain.change import Change
from bot.domain.change_state import RUNNING, Event, State
from bot.domain.roles import ANY_CUSTOMER, Grant, Role, parse_subject
from bot.errors import Conflict
from bot.ports import Transaction
from bot.store.postgresql.store import PostgresStore
from tests.builders import NOW, a_change, a_record

Step = Callable[[Transaction], None]
ROUNDS = 10
ADMINS = ("U0ANN", "U0BOB")


@pytest.fixture
async def bots(address: PostgresUrl) -> AsyncIterator[tuple[PostgresStore, PostgresStore]]:
    async with PostgresStore.open(address) as first, PostgresStore.open(address) as second:
        yield first, second


async def test_every_entry_follows_the_last_one(bots: tuple[PostgresStore, PostgresStore]) -> None:
    seqs = await asyncio.gather(
        *(bots[number % 2].write(lambda tx: tx.record(a_record()).seq) for number in range(200))
    )

    assert sorted(seqs) == list(range(1, 201))
    entries = await bots[0].read(lambda tx: tx.entries())
    report = verify(entries, EMPTY_CHAIN)
    assert (report.entries, report.fault) == (200, "")


def revoke(user: str) -> Step:
    """Return the step that revokes an admin, unless it is the last one."""

    def step(tx: Transaction) -> None:
        if len(tx.grants(role=Role.ADMIN)) < 2:
            raise Conflict("the last admin")
        tx.remove_grant(parse_subject(user), Role.ADMIN, ANY_CUSTOMER)

    return step


async def test_of_two_admins_who_revoke_each_other_one_is_left(
    bots: tuple[PostgresStore, PostgresStore],
) -> None:
    def granted(tx: Transaction) -> None:
        for user in ADMINS:
            tx.put_grant(Grant(parse_subject(user), Role.ADMIN, ANY_CUSTOMER, "U0ANN", NOW))

    for _ in range(ROUNDS):
        await bots[0].write(granted)
        results = await asyncio.gather(
            *(bot.write(revoke(user)) for bot, user in zip(bots, ADMINS, strict=True)),
            return_exceptions=True,
        )
        assert sorted(map(str, results)) == ["None", "the last admin"]
        assert len(await bots[1].read(lambda tx: tx.grants(role=Role.ADMIN))) == 1


def add(change: Change) -> Step:
    """Return the step that writes the change."""
    return lambda tx: tx.add_change(change)


def claim(change_id: str) -> Step:
    """Return the step that starts the change, unless another one runs."""

    def step(tx: Transaction) -> None:
        change = tx.change(change_id)
        assert change is not None
        if tx.changes(states=RUNNING, customer=change.customer):
            raise Conflict("another one runs")
        tx.save_change(change.moved(Event.CLAIM))

    return step


async def test_of_two_changes_of_one_customer_one_is_started(
    bots: tuple[PostgresStore, PostgresStore],
) -> None:
    for number in range(ROUNDS):
        ids, customer = (f"C-A{number}", f"C-B{number}"), str(10000 + number)
        for change_id in ids:
            change = a_change(id=change_id, customer=customer, state=State.APPROVED)
            await bots[0].write(add(change))
        results = await asyncio.gather(
            *(bot.write(claim(change_id)) for bot, change_id in zip(bots, ids, strict=True)),
            return_exceptions=True,
        )
        assert sorted(map(str, results)) == ["None", "another one runs"]


async def test_a_read_sees_one_moment(bots: tuple[PostgresStore, PostgresStore]) -> None:
    loop = asyncio.get_running_loop()

    def twice(tx: Transaction) -> tuple[int, int]:
        before = len(tx.entries())
        written = bots[1].write(lambda tx: tx.record(a_record()))
        asyncio.run_coroutine_threadsafe(written, loop).result(30)
        return before, len(tx.entries())

    assert await bots[0].read(twice) == (0, 0)
    assert await bots[0].read(lambda tx: len(tx.entries())) == 1


async def test_the_time_of_the_database_is_not_the_stores_clock(opened: PostgresStore) -> None:
    first, second = [await opened.read(lambda tx: tx.database_now()) for _ in range(2)]
    assert first < second
    assert abs((first - NOW).days) > 1
