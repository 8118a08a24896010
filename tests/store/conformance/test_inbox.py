"""Acknowledged means saved: the inbox knows a repetition, and forgets what was processed."""

from __future__ import annotations

from datetime import timedelta, timezone

from bot.ports import Store, Transaction
from tests.builders import NOW, a_delivery
from tests.store.clock import FixedClock


async def test_a_delivery_is_saved_once(store: Store) -> None:
    assert await store.write(lambda tx: tx.save_delivery(a_delivery("one")))
    assert not await store.write(lambda tx: tx.save_delivery(a_delivery("one", payload="again")))
    assert await store.write(lambda tx: tx.save_delivery(a_delivery("two")))

    assert await store.read(lambda tx: tx.waiting_deliveries()) == [
        a_delivery("one"),
        a_delivery("two"),
    ]


async def test_what_waits_comes_oldest_first_by_the_time_it_came_in(store: Store) -> None:
    """Text order is time order only where all have one zone and one width."""
    west = timezone(timedelta(hours=-5))
    whole_second = NOW.replace(microsecond=0)

    def step(tx: Transaction) -> None:
        tx.save_delivery(a_delivery("third", received_at=NOW + timedelta(microseconds=1)))
        tx.save_delivery(a_delivery("second", received_at=NOW.astimezone(west)))
        tx.save_delivery(a_delivery("first", received_at=whole_second))

    await store.write(step)
    waiting = await store.read(lambda tx: tx.waiting_deliveries())

    assert [delivery.key for delivery in waiting] == ["first", "second", "third"]
    assert [delivery.received_at.utcoffset() for delivery in waiting] == [timedelta(0)] * 3
    assert waiting[1].received_at == NOW


async def test_a_finished_delivery_waits_no_more_but_is_still_known(store: Store) -> None:
    def step(tx: Transaction) -> tuple[object, bool]:
        tx.save_delivery(a_delivery("one"))
        tx.finish_delivery("one")
        tx.finish_delivery("one")
        tx.finish_delivery("never heard of")
        return tx.waiting_deliveries(), tx.save_delivery(a_delivery("one"))

    assert await store.write(step) == ([], False)


async def test_a_finished_delivery_is_forgotten_after_a_day(
    store: Store, clock: FixedClock
) -> None:
    def step(tx: Transaction) -> None:
        for key in ("old", "new", "waiting"):
            tx.save_delivery(a_delivery(key))
        tx.finish_delivery("old")
        clock.at += timedelta(days=1, seconds=1)
        tx.finish_delivery("new")

    await store.write(step)

    assert not await store.write(lambda tx: tx.save_delivery(a_delivery("new")))
    assert not await store.write(lambda tx: tx.save_delivery(a_delivery("waiting")))
    assert await store.write(lambda tx: tx.save_delivery(a_delivery("old")))
