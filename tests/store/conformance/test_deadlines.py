"""Deadlines and recipients."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import cast

from bot.domain.deadline import Deadline, DeadlineKind
from bot.ports import Recipient, Store, Transaction
from tests.builders import NOW, a_change

MINUTE = timedelta(minutes=1)
CHANGE = a_change()


async def test_what_is_due_comes_in_the_order_of_time(store: Store) -> None:
    late = Deadline("report", DeadlineKind.REPORT, NOW)
    early = Deadline("remind:C-1", DeadlineKind.REMIND, NOW - MINUTE, "C-1")
    later = Deadline("back:C-2", DeadlineKind.WAY_BACK, NOW + MINUTE, "C-2")

    def step(tx: Transaction) -> None:
        for one in (late, early, later):
            tx.put_deadline(one)

    await store.write(step)
    assert await store.read(lambda tx: tx.due_deadlines(NOW)) == [early, late]
    assert await store.read(lambda tx: tx.due_deadlines(NOW, 1)) == [early]
    assert await store.read(lambda tx: tx.due_deadlines(NOW - 2 * MINUTE)) == []


async def test_a_deadline_of_the_same_key_is_replaced(store: Store) -> None:
    first = Deadline("report", DeadlineKind.REPORT, NOW)
    second = Deadline("report", DeadlineKind.WARN_BACK, NOW + MINUTE, "C-1")
    await store.write(lambda tx: tx.put_deadline(first))
    await store.write(lambda tx: tx.put_deadline(second))
    assert await store.read(lambda tx: tx.deadline("report")) == second


class LaterKind(StrEnum):
    """Kinds of a later version, which ran on this database before."""

    DRILL = "drill"


async def test_one_that_a_later_version_put_is_left_alone_and_holds_up_no_other(
    store: Store,
) -> None:
    unknown = Deadline("drill:1", cast("DeadlineKind", LaterKind.DRILL), NOW - MINUTE)
    known = Deadline("report", DeadlineKind.REPORT, NOW)
    await store.write(lambda tx: tx.put_deadline(unknown))
    await store.write(lambda tx: tx.put_deadline(known))
    assert await store.read(lambda tx: tx.due_deadlines(NOW, 1)) == [known]
    assert await store.read(lambda tx: tx.deadline("drill:1")) is None
    assert await store.write(lambda tx: tx.remove_deadline("drill:1"))  # it was still there


async def test_a_deadline_is_removed_once(store: Store) -> None:
    await store.write(lambda tx: tx.put_deadline(Deadline("report", DeadlineKind.REPORT, NOW)))
    assert await store.write(lambda tx: tx.remove_deadline("report"))
    assert not await store.write(lambda tx: tx.remove_deadline("report"))
    assert await store.read(lambda tx: tx.deadline("report")) is None


async def test_recipients_come_by_circle_and_person(store: Store) -> None:
    admin = Recipient(CHANGE.id, "U0ADMIN", 1, NOW + MINUTE)
    second, first = Recipient(CHANGE.id, "U2", 0, NOW), Recipient(CHANGE.id, "U1", 0, NOW)

    def step(tx: Transaction) -> None:
        tx.add_change(CHANGE)
        for one in (admin, second, first):
            tx.put_recipient(one)

    await store.write(step)
    assert await store.read(lambda tx: tx.recipients(CHANGE.id)) == [first, second, admin]
    assert await store.read(lambda tx: tx.recipients("C-OTHER")) == []

    anew = Recipient(CHANGE.id, "U1", 1, NOW + MINUTE, NOW + MINUTE)
    await store.write(lambda tx: tx.put_recipient(anew))
    assert await store.read(lambda tx: tx.recipients(CHANGE.id)) == [second, admin, anew]


async def test_the_first_look_counts_under_any_id_of_the_person(store: Store) -> None:
    def step(tx: Transaction) -> None:
        tx.add_change(CHANGE)
        tx.put_recipient(Recipient(CHANGE.id, "U1", 0, NOW))
        tx.put_recipient(Recipient(CHANGE.id, "U2", 0, NOW))

    await store.write(step)
    assert await store.write(lambda tx: tx.mark_looked(CHANGE.id, {"U1", "W1"}, NOW))
    assert not await store.write(lambda tx: tx.mark_looked(CHANGE.id, {"U1"}, NOW + MINUTE))
    assert not await store.write(lambda tx: tx.mark_looked(CHANGE.id, {"U0STRANGER"}, NOW))
    found = await store.read(lambda tx: tx.recipients(CHANGE.id))
    assert [one.looked_at for one in found] == [NOW, None]
