"""A step is written as a whole or not at all, whatever becomes of its caller."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Callable

import pytest

from bot.errors import Conflict, StoreUnusable
from bot.ports import MessageKind, Store, Transaction
from tests.builders import a_change, a_delivery, a_record


async def test_a_step_returns_what_its_function_returns(store: Store) -> None:
    assert await store.write(lambda tx: tx.record(a_record()).seq) == 1
    assert await store.read(lambda tx: len(tx.entries())) == 1


async def test_an_exception_rolls_back_everything_and_reaches_the_caller(store: Store) -> None:
    def step(tx: Transaction) -> None:
        tx.add_change(a_change())
        tx.record(a_record())
        tx.enqueue_message(MessageKind.CARD, a_change())
        raise Conflict("no")

    with pytest.raises(Conflict, match=r"^no$"):
        await store.write(step)

    assert await store.read(lambda tx: (tx.changes(), tx.entries(), tx.next_due())) == (
        [],
        [],
        None,
    )
    assert await store.write(lambda tx: tx.record(a_record()).seq) == 1


async def test_a_step_sees_what_it_wrote_itself(store: Store) -> None:
    def step(tx: Transaction) -> object:
        tx.add_change(a_change())
        return tx.change("C-7K3MX")

    assert await store.write(step) == a_change()


async def test_steps_asked_for_at_once_are_run_one_after_the_other(store: Store) -> None:
    await asyncio.gather(*(store.write(lambda tx: tx.record(a_record())) for _ in range(20)))

    entries = await store.read(lambda tx: tx.entries())

    assert [entry.seq for entry in entries] == list(range(1, 21))


async def test_a_step_whose_caller_is_cancelled_runs_to_its_end(store: Store) -> None:
    """Both the step under way and the one that still waits its turn."""
    begun, go_on = threading.Event(), threading.Event()

    def slow(tx: Transaction) -> None:
        begun.set()
        assert go_on.wait(5)
        tx.save_delivery(a_delivery("slow"))

    running = asyncio.create_task(store.write(slow))
    queued = asyncio.create_task(store.write(lambda tx: tx.save_delivery(a_delivery("queued"))))
    await asyncio.to_thread(begun.wait, 5)
    running.cancel()
    queued.cancel()
    results = await asyncio.gather(running, queued, return_exceptions=True)
    go_on.set()

    assert [type(result) for result in results] == [asyncio.CancelledError] * 2
    waiting = await store.read(lambda tx: tx.waiting_deliveries())
    assert {delivery.key for delivery in waiting} == {"slow", "queued"}


async def test_what_a_step_of_a_cancelled_caller_raises_is_nobodys(store: Store) -> None:
    """The event loop would tell of an exception that was never retrieved."""
    told = list[object]()
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))

    def refused(_: Transaction) -> None:
        begun.set()
        assert go_on.wait(30)
        raise Conflict("no")

    for _ in range(2):  # the store remembers the last one that was cancelled
        begun, go_on = threading.Event(), threading.Event()
        running = asyncio.create_task(store.write(refused))
        await asyncio.to_thread(begun.wait, 30)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        go_on.set()
        await store.read(lambda tx: tx.changes())
    gc.collect()

    assert told == []


async def test_a_query_cannot_write(store: Store) -> None:
    with pytest.raises(StoreUnusable):
        await store.read(lambda tx: tx.save_delivery(a_delivery()))

    assert await store.write(lambda tx: tx.save_delivery(a_delivery()))


async def test_a_closed_store_says_so_and_can_be_closed_twice(store: Store) -> None:
    await store.close()
    await store.close()

    for refused in (
        store.write(lambda tx: tx.save_delivery(a_delivery())),
        store.read(lambda tx: tx.waiting_deliveries()),
    ):
        with pytest.raises(StoreUnusable, match="is closed: the bot is stopping"):
            await refused


async def test_closing_waits_for_what_was_accepted(store: Store) -> None:
    accepted = asyncio.create_task(store.write(lambda tx: tx.record(a_record())))
    await asyncio.sleep(0)

    await store.close()

    assert (await accepted).seq == 1


def held(store: Store) -> tuple[asyncio.Task[None], threading.Event]:
    """Keep the store busy with a step, so that what is asked for meanwhile waits together."""
    go_on = threading.Event()

    def wait(_: Transaction) -> None:
        assert go_on.wait(5)

    return asyncio.create_task(store.write(wait)), go_on


async def test_of_steps_that_wait_together_one_that_fails_undoes_only_itself(store: Store) -> None:
    def refused(tx: Transaction) -> None:
        tx.record(a_record())
        raise Conflict("no")

    def broken(tx: Transaction) -> None:
        tx.record(a_record())
        tx.enqueue_message(
            MessageKind.CARD, a_change(id="C-00000")
        )  # of no change: the foreign key forbids it

    busy, go_on = held(store)
    await asyncio.sleep(0)
    steps: list[Callable[[Transaction], object]] = [
        lambda tx: tx.record(a_record()).seq,
        refused,
        broken,
        lambda tx: tx.record(a_record()).seq,
    ]
    waiting = [asyncio.create_task(store.write(step)) for step in steps]
    await asyncio.sleep(0)
    go_on.set()
    results = await asyncio.gather(busy, *waiting, return_exceptions=True)

    assert results[1] == 1
    assert isinstance(results[2], Conflict)
    assert isinstance(results[3], StoreUnusable)
    assert results[4] == 2
    assert [entry.seq for entry in await store.read(lambda tx: tx.entries())] == [1, 2]


async def test_a_hundred_steps_at_once_are_all_done_in_their_order(store: Store) -> None:
    """More than share one commit."""
    seqs = await asyncio.gather(
        *(store.write(lambda tx: tx.record(a_record()).seq) for _ in range(100))
    )

    assert seqs == list(range(1, 101))
