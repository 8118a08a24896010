"""What is not finished, as the watchdog asks for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.domain.change import Change
from bot.domain.change_state import State
from bot.domain.deadline import Deadline, DeadlineKind
from bot.ports import Backlog, MessageKind, Store, Transaction
from tests.builders import NOW, a_change
from tests.store.clock import FixedClock

CARD, TIMELINE, OUTCOME = MessageKind.CARD, MessageKind.TIMELINE, MessageKind.OUTCOME
LATER = NOW + timedelta(minutes=7)
NONE_OPEN = {
    State.AWAITING_APPROVAL: 0,
    State.AWAITING_CONFIRMATION: 0,
    State.APPROVED: 0,
    State.EXECUTING: 0,
    State.ACCEPTED: 0,
    State.UNKNOWN: 0,
    State.NEEDS_OPERATOR: 0,
}


async def _add(store: Store, *changes: Change) -> None:
    def step(tx: Transaction) -> None:
        for change in changes:
            tx.add_change(change)

    await store.write(step)


async def _backlog(store: Store) -> Backlog:
    return await store.read(lambda tx: tx.backlog())


async def _show(store: Store, key: str) -> None:
    def step(tx: Transaction) -> None:
        row = tx.message(key)
        assert row is not None
        tx.save_message(replace(row, shown=row.wanted, ts="1.1"))

    await store.write(step)


async def test_an_empty_store_has_no_backlog(store: Store) -> None:
    assert await _backlog(store) == Backlog(NONE_OPEN, None, None)


async def test_the_oldest_deadline_counts_from_when_it_fell_due(store: Store) -> None:
    def step(tx: Transaction) -> None:
        for hours in (-2, -1, 1):
            at = NOW + timedelta(hours=hours)
            tx.put_deadline(Deadline(f"remind:{hours}", DeadlineKind.REMIND, at))

    await store.write(step)
    assert (await _backlog(store)).deadline_due_since == NOW - timedelta(hours=2)
    await store.write(lambda tx: tx.remove_deadline("remind:-2"))
    await store.write(lambda tx: tx.remove_deadline("remind:-1"))
    assert (await _backlog(store)).deadline_due_since is None


async def test_open_changes_are_counted_by_state_and_finished_ones_are_not(store: Store) -> None:
    states = [*State, State.APPROVED, State.EXECUTING]
    changes = [a_change(id=f"C-000{at:02}", state=state) for at, state in enumerate(states)]
    await _add(store, *changes)
    expected = dict.fromkeys(NONE_OPEN, 1) | {State.APPROVED: 2, State.EXECUTING: 2}
    assert (await _backlog(store)).changes == expected


async def test_the_oldest_executing_change_counts_from_its_claim(store: Store) -> None:
    young = a_change(id="C-00001", state=State.EXECUTING, started_at=LATER)
    old = a_change(id="C-00002", state=State.EXECUTING, started_at=NOW)
    done = a_change(id="C-00003", state=State.APPLIED, started_at=NOW - timedelta(hours=1))
    await _add(store, young, old, done)
    assert (await _backlog(store)).executing_since == NOW


async def test_a_message_is_behind_since_it_was_asked_for_however_often(
    store: Store, clock: FixedClock
) -> None:
    change = a_change()
    await _add(store, change)
    await store.write(lambda tx: tx.enqueue_message(CARD, change))
    clock.at = LATER
    await store.write(lambda tx: tx.enqueue_message(CARD, change.revised()))
    assert (await _backlog(store)).outbox_behind_since == NOW
    await _show(store, "card:C-7K3MX")
    assert (await _backlog(store)).outbox_behind_since is None
    clock.at = LATER + timedelta(minutes=1)
    await store.write(lambda tx: tx.enqueue_message(CARD, change.revised().revised()))
    assert (await _backlog(store)).outbox_behind_since == clock.at


async def test_what_is_held_back_does_not_count_but_what_holds_it_does(
    store: Store, clock: FixedClock
) -> None:
    change = a_change()
    await _add(store, change)
    await store.write(lambda tx: tx.enqueue_message(TIMELINE, change))
    clock.at = LATER
    await store.write(lambda tx: tx.enqueue_message(CARD, change))
    assert (await _backlog(store)).outbox_behind_since == LATER


async def test_a_message_that_is_tried_again_later_is_behind_all_the_same(store: Store) -> None:
    change = a_change()
    await _add(store, change)
    await store.write(lambda tx: tx.enqueue_message(OUTCOME, change))

    def step(tx: Transaction) -> None:
        (row,) = tx.due_messages(NOW)
        tx.save_message(replace(row, due_at=LATER, tries=3, error="Slack put it off."))

    await store.write(step)
    assert (await _backlog(store)).outbox_behind_since == NOW
