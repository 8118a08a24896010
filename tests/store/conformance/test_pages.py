"""Pages: one row a change and pager, whose state only goes on; what is due, and since when."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from enum import StrEnum
from typing import cast

import pytest

from bot.domain.page import PageState
from bot.ports import PageRow, Store, Transaction
from tests.builders import NOW, a_change
from tests.store.clock import FixedClock

BOTH = ("pagerduty", "webhook")
CHANGE = a_change()
LATER = NOW + timedelta(minutes=1)
MAX = timedelta(minutes=10)


async def want(store: Store, *states: PageState, pagers: tuple[str, ...] = BOTH) -> None:
    def step(tx: Transaction) -> None:
        if tx.change(CHANGE.id) is None:
            tx.add_change(CHANGE)
        for state in states:
            tx.want_page(CHANGE, state, pagers)

    await store.write(step)


async def rows(store: Store) -> list[PageRow]:
    return [*await store.read(lambda tx: tx.pages(CHANGE.id))]


async def due(store: Store, clock: FixedClock, pager: str = "pagerduty") -> list[PageRow]:
    now = clock.now()
    return [*await store.read(lambda tx: tx.due_pages(pager, now, now + MAX))]


async def test_a_page_is_asked_of_each_pager_once(store: Store, clock: FixedClock) -> None:
    await want(store, PageState.TRIGGERED)
    await want(store, PageState.TRIGGERED)
    asked = clock.now()
    assert await rows(store) == [
        PageRow(CHANGE.id, pager, PageState.TRIGGERED, None, asked) for pager in BOTH
    ]


async def test_without_a_pager_nothing_is_asked(store: Store) -> None:
    await want(store, PageState.TRIGGERED, PageState.RESOLVED, pagers=())
    assert await rows(store) == []


@pytest.mark.parametrize(
    ("states", "wanted"),
    [
        ("TA", PageState.ACKNOWLEDGED),
        ("TAT", PageState.ACKNOWLEDGED),
        ("TR", PageState.RESOLVED),
        ("TAR", PageState.RESOLVED),
        ("TARATR", PageState.RESOLVED),
    ],
)
async def test_no_state_comes_back(store: Store, states: str, wanted: PageState) -> None:
    by_letter = {state.name[0]: state for state in PageState}
    await want(store, *(by_letter[one] for one in states))
    assert [row.wanted for row in await rows(store)] == [wanted, wanted]


async def test_what_was_not_triggered_is_neither_acknowledged_nor_resolved(store: Store) -> None:
    await want(store, PageState.ACKNOWLEDGED)
    await want(store, PageState.RESOLVED)
    assert await rows(store) == []


async def test_a_row_is_due_until_it_shows_what_is_wanted(store: Store, clock: FixedClock) -> None:
    await want(store, PageState.TRIGGERED)
    [row] = await due(store, clock)
    shown = replace(row, shown=PageState.TRIGGERED, tries=0)
    await store.write(lambda tx: tx.save_page(shown))
    assert await due(store, clock) == []
    assert len(await due(store, clock, "webhook")) == 1
    await want(store, PageState.ACKNOWLEDGED)
    assert [one.shown for one in await due(store, clock)] == [PageState.TRIGGERED]


@pytest.mark.parametrize(
    ("wait", "is_due"),
    [
        (timedelta(0), True),
        (timedelta(seconds=1), False),
        (MAX, False),
        (MAX + timedelta(seconds=1), True),  # by a clock that was put back by an hour since
    ],
)
async def test_a_row_waits_as_long_as_it_was_put_off_and_no_longer_than_the_longest_wait(
    store: Store, clock: FixedClock, wait: timedelta, is_due: bool
) -> None:
    await want(store, PageState.TRIGGERED)
    [row] = await due(store, clock)
    put_off = replace(row, tries=2, error="No answer.", due_at=clock.now() + wait)
    await store.write(lambda tx: tx.save_page(put_off))
    assert (await due(store, clock) == [put_off]) is is_due
    failing = [
        await store.read(lambda tx, one=name: tx.failing_pages(one))  # type: ignore[misc]
        for name in BOTH
    ]
    assert failing == [1, 0]


async def test_a_later_state_is_due_at_once_and_behind_since_the_first(
    store: Store, clock: FixedClock
) -> None:
    await want(store, PageState.TRIGGERED)
    [row] = await due(store, clock)
    asked = row.asked_at
    await store.write(lambda tx: tx.save_page(replace(row, tries=1, due_at=LATER + MAX)))
    clock.at += timedelta(minutes=2)
    await want(store, PageState.RESOLVED)
    assert await due(store, clock) == [
        replace(row, wanted=PageState.RESOLVED, tries=1, asked_at=asked)
    ]
    assert await store.read(lambda tx: tx.pages_behind_since()) == asked


@pytest.mark.parametrize(("kept", "left"), [((), []), (("webhook",), ["webhook"]), (BOTH, [*BOTH])])
async def test_the_rows_of_a_pager_that_is_not_configured_any_more_are_left_alone(
    store: Store, clock: FixedClock, kept: tuple[str, ...], left: list[str]
) -> None:
    await want(store, PageState.TRIGGERED)
    await store.write(lambda tx: tx.forget_pages(kept))
    assert [pager for pager in BOTH if await due(store, clock, pager)] == left
    behind = await store.read(lambda tx: tx.pages_behind_since())
    assert behind == (clock.now() if left else None)


class LaterState(StrEnum):
    """States of a later version, which ran on this database before."""

    SNOOZED = "snoozed"


async def test_one_in_a_state_of_a_later_version_is_left_alone_and_holds_up_no_other(
    store: Store, clock: FixedClock
) -> None:
    await want(store, PageState.TRIGGERED)
    [first, second] = await rows(store)
    snoozed = replace(first, shown=cast("PageState", LaterState.SNOOZED))
    await store.write(lambda tx: tx.save_page(snoozed))
    assert await rows(store) == [second]
    assert await due(store, clock) == []
    assert await due(store, clock, "webhook") == [second]
