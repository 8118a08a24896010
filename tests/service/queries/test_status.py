"""How a customer stands: what the API tells, since when and by whom, and what is under way."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.actions import SetFlag
from bot.domain.api_health import ApiAccount, ApiFault, ApiHealth
from bot.domain.change import Change
from bot.domain.change_state import State
from bot.domain.scope import EVERY_USER, Everyone, Filters, Flag, Scope
from bot.errors import Ambiguous, NotAllowed
from bot.service.queries.status import MAX_PARALLEL_COUNTS, status
from tests.builders import CUSTOMER, NOW, OTHER_CUSTOMER, a_change
from tests.service.harness import STRANGER, ServiceHarness, actor, groups, users


def applied(number: int, scope: Scope | None = None, **over: Any) -> Change:
    """A change that was applied so many minutes after the beginning."""
    at = NOW + timedelta(minutes=number)
    fields = {"state": State.APPLIED, "created_at": at, "finished_at": at}
    return a_change(id=f"C-0000{number}", scope=scope or Everyone(), **(fields | over))


async def test_it_counts_by_flag(harness: ServiceHarness) -> None:
    harness.api.add(CUSTOMER, "d@example.com", failover=True, access=False, activation=False)
    await harness.store.write(lambda tx: tx.name_customer(CUSTOMER, "Acme GmbH"))
    told = await status(harness.ctx, actor(), CUSTOMER)
    assert (told.customer, told.name, told.problem) == (CUSTOMER, "Acme GmbH", "")
    assert [(row.group, row.counts) for row in told.rows] == [("", (4, 3, 3, 1, 1, 1, 1))]
    assert told.changes == ()


async def test_it_counts_each_group_a_few_requests_at_a_time(harness: ServiceHarness) -> None:
    emea = frozenset({"emea"})
    harness.api.add(CUSTOMER, "d@example.com", failover=True, activation=False, groups=emea)
    names = ("emea", *(f"g{number}" for number in range(15)))
    told = await status(harness.ctx, actor(), CUSTOMER, names)
    assert [row.group for row in told.rows] == ["", *names]
    assert [row.counts for row in told.rows[:3]] == [
        (4, 3, 4, 1, 0, 1, 0),
        (1, 0, 1, 1, 0, 1, 0),
        (0,) * 7,
    ]
    assert harness.api.most_at_once == MAX_PARALLEL_COUNTS
    assert len(harness.api.asked) == 119


async def test_it_shows_what_is_open_and_the_last_changes_once_each(
    harness: ServiceHarness,
) -> None:
    for number in range(9):
        state = State.UNKNOWN if number == 0 else State.APPLIED
        created = NOW + timedelta(minutes=number)
        await harness.put(a_change(id=f"C-0000{number}", state=state, created_at=created))
    await harness.put(a_change(id="C-OTHER", customer=OTHER_CUSTOMER))
    told = await status(harness.ctx, actor(), CUSTOMER)
    assert [change.id for change in told.changes] == [
        "C-00000",
        *(f"C-0000{number}" for number in (8, 7, 6, 5, 4)),
    ]


async def test_of_many_open_changes_the_newest_are_read_and_the_others_counted(
    harness: ServiceHarness,
) -> None:
    for number in range(57):
        created = NOW + timedelta(minutes=number)
        await harness.put(a_change(id=f"C-{number:05}", created_at=created))
    found = await status(harness.ctx, actor(), CUSTOMER)
    assert [change.id for change in found.changes] == [f"C-{n:05}" for n in range(56, 6, -1)]
    assert found.more == 7


async def test_it_needs_a_row_before_the_api_is_asked(harness: ServiceHarness) -> None:
    with pytest.raises(NotAllowed, match="You may not view for customer 44444"):
        await status(harness.ctx, actor(STRANGER), CUSTOMER)
    assert harness.api.asked == []


async def test_it_tells_what_the_api_says(harness: ServiceHarness) -> None:
    harness.api.unreadable = Ambiguous("No answer.")
    await harness.put(a_change())
    told = await status(harness.ctx, actor(), CUSTOMER)
    assert (told.rows[0].counts, told.problem) == ((None,) * 7, "No answer.")
    assert [change.id for change in told.changes] == ["C-7K3MX"]


async def test_what_the_last_look_at_the_api_found_is_told_until_the_api_answers(
    harness: ServiceHarness,
) -> None:
    health = ApiHealth(lambda _: ApiAccount("CONTINUITY_PASSWORD", "api.example"))
    health.looked(CUSTOMER, ApiFault.PASSWORD, NOW)
    ctx = replace(harness.ctx, api_health=health)
    harness.api.unreadable = Ambiguous("No answer.")
    assert (await status(ctx, actor(), CUSTOMER)).fault == health.fault_for(CUSTOMER)
    harness.api.unreadable = None
    assert (await status(ctx, actor(), CUSTOMER)).fault is None


async def test_what_is_not_told_in_time_is_not_known_and_the_rest_is(
    harness: ServiceHarness,
) -> None:
    """Only the count of the whole customer comes back before the time is over."""
    count = harness.api.count

    async def slow(customer: str, filters: Filters = EVERY_USER) -> int:
        if filters != EVERY_USER:
            await asyncio.Event().wait()
        return await count(customer, filters)

    harness.api.count = slow  # type: ignore[method-assign]  # one count hangs, and the others do not
    ctx = replace(harness.ctx, preview_seconds=0.05)
    told = await status(ctx, actor(), CUSTOMER)
    assert told.rows[0].counts == (3, *(None,) * 6)
    assert told.problem == "The continuity API did not answer in time (0.05 s)."


async def test_since_when_and_by_whom_is_the_last_change_that_was_for_all_of_them(
    harness: ServiceHarness,
) -> None:
    off = SetFlag(Flag.FAILOVER, on=False)
    await harness.put(
        applied(1),
        applied(2, action=off),
        applied(3, action=SetFlag(Flag.ACCESS, on=True)),
        applied(4, groups("emea", "apac")),
        applied(5, users("a")),
        applied(6, state=State.FAILED),
        applied(7, customer=OTHER_CUSTOMER),
    )
    told = await status(harness.ctx, actor(), CUSTOMER, ("emea", "us"))
    switched = {row.group: [one and one.id for one in row.switched] for row in told.rows}
    assert switched == {
        "": ["C-00002", "C-00003"],
        "emea": ["C-00004", "C-00003"],
        "us": ["C-00002", "C-00003"],
    }


async def test_what_this_bot_never_switched_has_no_change(harness: ServiceHarness) -> None:
    told = await status(harness.ctx, actor(), CUSTOMER)
    assert told.rows[0].switched == (None, None)


async def test_numbers_that_contradict_each_other_are_told_as_that(harness: ServiceHarness) -> None:
    real = harness.api.count

    async def contradictory(customer: str, filters: Filters = EVERY_USER) -> int:
        return 12 if filters.activation is not None else await real(customer, filters)

    harness.api.count = contradictory  # type: ignore[method-assign]
    told = await status(harness.ctx, actor(), CUSTOMER)
    assert told.contradiction == (
        "The API's numbers contradict each other: 12 activated, 12 in failover and not activated of 3 users."
    )
    assert told.rows[0].counts == (3, 12, 3, 0, 0, 12, 12)


async def test_filters_that_the_api_ignores_contradict_each_other(harness: ServiceHarness) -> None:
    """Each count is that of all: none alone is more than all, but somebody would be cut off and activated."""

    async def everybody(customer: str, filters: Filters = EVERY_USER) -> int:
        return 3

    harness.api.count = everybody  # type: ignore[method-assign]
    told = await status(harness.ctx, actor(), CUSTOMER)
    assert told.contradiction == (
        "The API's numbers contradict each other: 3 in failover and not activated of 0 users not activated."
    )


async def test_the_course_of_a_failover_is_what_was_counted_for_it_and_what_is_now(
    harness: ServiceHarness,
) -> None:
    """From the previews and read-backs of what was for everyone; others are about some users."""
    await harness.executed(users("a"))
    await harness.executed()
    harness.clock.advance(minutes=5)
    await harness.executed(on=False)
    harness.clock.advance(minutes=1)
    found = await status(harness.ctx, actor(), CUSTOMER)
    ages = [(round((one.at - NOW).total_seconds()), one.users) for one in found.history]
    assert ages == [(0, 3), (300, 0), (360, 0)]
