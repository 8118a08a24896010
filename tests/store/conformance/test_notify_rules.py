"""Notification rules: one row a customer, read as they were written; an odd row does not count."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.notify import DEFAULT, NotifyRule
from bot.domain.notify_terms import parse_quiet, parse_reminders, parse_steps
from bot.ports import Store, Transaction
from tests.builders import ADMIN, CUSTOMER, NOW

EVERY = replace(DEFAULT, set_by=ADMIN, set_at=NOW)
MINE = replace(
    EVERY,
    customer=CUSTOMER,
    steps=parse_steps(["admins:0m", "pager:5m"]),
    reminders=parse_reminders("none"),
    quiet=parse_quiet("22:00-06:30 Europe/Berlin"),
)


async def put(store: Store, *rules: NotifyRule) -> None:
    def step(tx: Transaction) -> None:
        for rule in rules:
            tx.put_notify_rule(rule)

    await store.write(step)


async def test_a_rule_is_read_as_it_was_written(store: Store) -> None:
    await put(store, MINE, EVERY)
    assert await store.read(lambda tx: tx.notify_rules()) == [EVERY, MINE]
    assert await store.read(lambda tx: tx.unreadable_notify_rules()) == []


async def test_a_later_rule_replaces_that_of_the_same_customer(store: Store) -> None:
    later = replace(MINE, quiet=None, set_by="root@jump1")
    await put(store, MINE, later)
    assert await store.read(lambda tx: tx.notify_rules()) == [later]


async def test_a_rule_is_removed_once(store: Store) -> None:
    await put(store, MINE)
    assert not await store.write(lambda tx: tx.remove_notify_rule("*"))
    assert await store.write(lambda tx: tx.remove_notify_rule(CUSTOMER))
    assert not await store.write(lambda tx: tx.remove_notify_rule(CUSTOMER))
    assert await store.read(lambda tx: tx.notify_rules()) == []
