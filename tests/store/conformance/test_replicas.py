"""Who runs on the database, who leads, and what each has claimed."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from bot.ports import Leader, Replica, Store, Transaction
from tests.builders import NOW, a_delivery

LATER = NOW + timedelta(seconds=20)


def a_replica(replica_id: str, name: str = "host:1") -> Replica:
    return Replica(replica_id, name, NOW, LATER)


def _save(leader: Leader, tx: Transaction) -> None:
    tx.save_leader(leader)


async def test_a_replica_is_there_until_it_is_removed(store: Store) -> None:
    first, second = a_replica("one"), a_replica("two", "host:2")

    def step(tx: Transaction) -> None:
        tx.add_replica(second)
        tx.add_replica(first)

    await store.write(step)
    assert await store.read(lambda tx: tx.replicas()) == [first, second]
    assert await store.read(lambda tx: tx.is_replica("one"))
    await store.write(lambda tx: tx.remove_replica("one"))
    assert not await store.read(lambda tx: tx.is_replica("one"))
    assert await store.read(lambda tx: tx.replicas()) == [second]


async def test_only_a_row_that_is_there_is_renewed(store: Store) -> None:
    await store.write(lambda tx: tx.add_replica(a_replica("one")))
    until = LATER + timedelta(seconds=5)
    assert await store.write(lambda tx: tx.renew_replica("one", until))
    assert not await store.write(lambda tx: tx.renew_replica("two", until))
    [found] = await store.read(lambda tx: tx.replicas())
    assert found.lease_until == until


async def test_who_leads_is_one_row(store: Store) -> None:
    assert await store.read(lambda tx: tx.leader()) is None
    first, second = Leader("one", "host:1", 1, LATER), Leader("two", "host:2", 2, LATER)
    for leader in (first, second):
        await store.write(partial(_save, leader))
        assert await store.read(lambda tx: tx.leader()) == leader


async def test_a_leader_that_is_removed_leaves_its_name_and_epoch(store: Store) -> None:
    def step(tx: Transaction) -> None:
        tx.add_replica(a_replica("one"))
        tx.save_leader(Leader("one", "host:1", 7, LATER))
        tx.remove_replica("two")

    await store.write(step)
    assert await store.read(lambda tx: tx.leader()) == Leader("one", "host:1", 7, LATER)
    await store.write(lambda tx: tx.remove_replica("one"))
    assert await store.read(lambda tx: tx.leader()) == Leader("", "host:1", 7, LATER)


async def test_a_claim_lasts_as_long_as_its_replica(store: Store) -> None:
    def step(tx: Transaction) -> None:
        tx.add_replica(a_replica("one"))
        for change, holder in (("C-1", "one"), ("C-2", "one"), ("C-3", "never joined")):
            tx.claim_change(change, holder)

    await store.write(step)
    assert await store.read(lambda tx: tx.claimed_changes()) == {"C-1", "C-2"}

    await store.write(lambda tx: tx.release_change("C-1", "another"))
    assert await store.read(lambda tx: tx.claimed_changes()) == {"C-1", "C-2"}
    await store.write(lambda tx: tx.release_change("C-1", "one"))
    assert await store.read(lambda tx: tx.claimed_changes()) == {"C-2"}

    await store.write(lambda tx: tx.remove_replica("one"))
    await store.write(lambda tx: tx.add_replica(a_replica("one")))
    assert await store.read(lambda tx: tx.claimed_changes()) == set()


async def test_what_nobody_holds_can_be_claimed(store: Store) -> None:
    await store.write(lambda tx: tx.add_replica(a_replica("one")))
    await store.write(lambda tx: tx.claim_change("C-1", "gone"))
    await store.write(lambda tx: tx.claim_change("C-1", "one"))
    assert await store.read(lambda tx: tx.claimed_changes()) == {"C-1"}


async def test_deliveries_of_a_replica_that_is_gone_are_claimed_once(store: Store) -> None:
    def step(tx: Transaction) -> None:
        for replica in ("one", "two"):
            tx.add_replica(a_replica(replica))
        tx.save_delivery(a_delivery("of two", claimed_by="two"))
        tx.save_delivery(a_delivery("of none"))
        tx.save_delivery(a_delivery("of one gone", claimed_by="gone"))
        tx.save_delivery(a_delivery("finished", claimed_by="gone"))
        tx.finish_delivery("finished")

    await store.write(step)
    free = await store.read(lambda tx: tx.unclaimed_deliveries())
    assert [one.key for one in free] == ["of none", "of one gone"]

    claimed = await store.write(lambda tx: tx.claim_deliveries("one"))
    assert [(one.key, one.claimed_by) for one in claimed] == [
        ("of none", "one"),
        ("of one gone", "one"),
    ]
    assert await store.write(lambda tx: tx.claim_deliveries("one")) == []

    await store.write(lambda tx: tx.free_deliveries({"of one gone"}))
    await store.write(lambda tx: tx.remove_replica("two"))
    claimed = await store.write(lambda tx: tx.claim_deliveries("one"))
    assert [one.key for one in claimed] == ["of two", "of one gone"]
