"""The configuration: entries are read as they were written; an odd row does not count."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.configuration import Entry, Kind
from bot.ports import Store, Transaction
from tests.builders import ADMIN, CUSTOMER, NOW

RULE = Entry(Kind.CUSTOMER_RULE, CUSTOMER, {"access_after": "48h"}, ADMIN, NOW)
SET = Entry(Kind.SET, "south", {"customers": [CUSTOMER, "10101"]}, ADMIN, NOW)


async def put(store: Store, *entries: Entry) -> None:
    def step(tx: Transaction) -> None:
        for entry in entries:
            tx.put_configured(entry)

    await store.write(step)


async def test_entries_are_read_as_they_were_written(store: Store) -> None:
    await put(store, SET, RULE)
    assert await store.read(lambda tx: tx.configured()) == [RULE, SET]
    assert await store.read(lambda tx: tx.configured(Kind.SET)) == [SET]
    assert await store.read(lambda tx: tx.configured_entry(Kind.SET, "south")) == SET
    assert await store.read(lambda tx: tx.configured_entry(Kind.SET, CUSTOMER)) is None
    assert await store.read(lambda tx: tx.unreadable_configuration()) == []


async def test_a_later_entry_replaces_that_of_the_same_kind_and_name(store: Store) -> None:
    later = replace(RULE, terms={"access_after": "never"}, set_by="root@jump1")
    same_name = replace(SET, name=CUSTOMER)
    await put(store, RULE, same_name, later)
    assert await store.read(lambda tx: tx.configured()) == [later, same_name]


async def test_an_entry_is_removed_once(store: Store) -> None:
    await put(store, RULE, SET)
    assert await store.write(lambda tx: tx.remove_configured(Kind.SET, "south"))
    assert not await store.write(lambda tx: tx.remove_configured(Kind.SET, "south"))
    assert await store.read(lambda tx: tx.configured()) == [RULE]
