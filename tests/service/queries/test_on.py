"""What is on: by the changes, beside what the API tells, of the customers that a person may view."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.actions import DeleteUser, PurgeUsers
from bot.domain.api_health import ApiAccount, ApiFault, ApiHealth
from bot.domain.cannot_read import CannotRead
from bot.domain.change import Change
from bot.domain.change_state import State
from bot.domain.outcome import UserOutcome, UserStatus
from bot.domain.scope import EVERY_USER, Everyone, Filters, Flag, Groups, Scope, Users
from bot.errors import Ambiguous, NotAllowed
from bot.service.queries.on import CustomerOn, OnList, by_database, on, what_is_on
from bot.service.queries.on_counts import MAX_READ_USERS, Told
from tests.builders import CUSTOMER, NOW, OTHER_CUSTOMER, a_change
from tests.service.harness import STRANGER, ServiceHarness, actor, many, users
from tests.service.queries.conftest import EVERYWHERE, THIRD, VIEWER


def applied(number: int, scope: Scope | None = None, **over: Any) -> Change:
    """A change that was applied so many minutes after the beginning."""
    times = dict.fromkeys(("created_at", "started_at", "finished_at"),
                          NOW + timedelta(minutes=number))  # fmt: skip
    fields = {"id": f"C-{number:05}", "state": State.APPLIED, **times}
    return a_change(scope=scope or Everyone(), **(fields | over))


def only(found: OnList) -> CustomerOn:
    [customer] = found.customers
    return customer


def shown(found: OnList) -> list[tuple[str, str, int | None]]:
    """The customer, the change and the API's number of each entry."""
    return [
        (one.customer, row.entry.change.id, row.told.users)
        for one in found.customers
        for row in one.rows
    ]


async def test_a_failover_shows_how_many_cannot_read(harness: ServiceHarness) -> None:
    await harness.store.write(lambda tx: tx.name_customer(CUSTOMER, "Acme GmbH"))
    harness.api.add(CUSTOMER, *users("a", "b").addresses, failover=True, activation=False)
    harness.api.add(CUSTOMER, "c@example.com", failover=True, access=False)
    await harness.put(applied(1))
    customer = only(await on(harness.ctx, actor()))
    assert (customer.customer, customer.name, customer.problem) == (CUSTOMER, "Acme GmbH", "")
    [row] = customer.rows
    assert row.told == Told(3, CannotRead(3, 1, 2, 3))
    # Access is on for two, and this bot did not switch it.
    assert [(one.flag, one.told.users) for one in customer.others] == [(Flag.ACCESS, 2)]


async def test_groups_and_named_users_are_counted_by_themselves(harness: ServiceHarness) -> None:
    emea = frozenset({"emea"})
    harness.api.add(CUSTOMER, "d@example.com", "e@example.com", failover=True, groups=emea)
    harness.api.add(CUSTOMER, "a@example.com", failover=True)
    await harness.put(applied(1, Groups(("emea",))), applied(2, users("a", "b", "gone")))
    found = await on(harness.ctx, actor(), CUSTOMER)
    assert shown(found) == [(CUSTOMER, "C-00001", 2), (CUSTOMER, "C-00002", 1)]
    assert [row.told.cannot_read for row in only(found).rows] == [
        CannotRead(2, 0, 0, 0),
        CannotRead(1, 0, 0, 0),
    ]
    assert [one.flag for one in only(found).others] == [Flag.ACCESS]


async def test_what_the_bot_did_not_switch_is_told(harness: ServiceHarness) -> None:
    harness.api.add(CUSTOMER, "d@example.com", failover=True, access=False)
    [failover, access] = only(await on(harness.ctx, actor())).others
    assert (failover.flag, failover.exactly) == (Flag.FAILOVER, True)
    assert failover.told == Told(1, CannotRead(1, 1, 0, 1))
    assert (access.flag, access.told) == (Flag.ACCESS, Told(3))
    await harness.put(applied(1, users("a")))
    harness.api.add(CUSTOMER, "a@example.com", failover=True)
    [failover, _] = only(await on(harness.ctx, actor())).others
    assert (failover.told, failover.exactly) == (Told(1), True)


async def test_access_alone_that_the_bot_did_not_switch_is_no_news(harness: ServiceHarness) -> None:
    """Many customers have it on all the time."""
    found = await on(harness.ctx, actor())
    assert (found.customers, found.calm, found.not_asked) == ((), 1, 0)


async def test_what_was_switched_off_elsewhere_is_told(harness: ServiceHarness) -> None:
    await harness.put(applied(1), applied(2, users("a"), flag=Flag.ACCESS))
    harness.api.add(CUSTOMER, "a@example.com", access=False)
    rows = only(await on(harness.ctx, actor())).rows
    assert [row.is_off_at_api for row in rows] == [True, True]


async def test_of_many_named_users_no_number_is_told(harness: ServiceHarness) -> None:
    await harness.put(applied(1, many(MAX_READ_USERS + 1)))
    assert shown(await on(harness.ctx, actor())) == [(CUSTOMER, "C-00001", None)]
    assert not [one for one in harness.api.asked if one.startswith("GET") and "@" in one]


async def test_whom_a_deletion_reached_is_not_on(harness: ServiceHarness) -> None:
    await harness.put(
        applied(1, users("a", "b", "d")),
        applied(2, users("a"), action=DeleteUser()),
        applied(3, Filters(access=False), action=PurgeUsers()),
        applied(4, users("c"), action=DeleteUser(), state=State.FAILED),
    )
    rows = [UserOutcome("b@example.com", UserStatus.APPLIED)]
    await harness.store.write(lambda tx: tx.put_user_outcomes("C-00003", rows))
    [row] = only(await on(harness.ctx, actor())).rows
    assert row.entry.scope == Users(("d@example.com",))
    await harness.put(applied(5, EVERY_USER, action=PurgeUsers()))
    assert (await on(harness.ctx, actor())).customers == ()


async def test_of_a_partial_change_the_outcomes_count(harness: ServiceHarness) -> None:
    await harness.put(applied(1, users("a", "b"), state=State.PARTIAL))
    rows = [
        UserOutcome("a@example.com", UserStatus.APPLIED),
        UserOutcome("b@example.com", UserStatus.FAILED),
    ]
    await harness.store.write(lambda tx: tx.put_user_outcomes("C-00001", rows))
    [row] = only(await on(harness.ctx, actor())).rows
    assert row.entry.scope == users("a")


async def test_only_what_the_person_may_view_here(rows: ServiceHarness) -> None:
    for number, customer in enumerate((CUSTOMER, OTHER_CUSTOMER, THIRD), 1):
        rows.api.add(customer, "x@example.com", failover=True)
        await rows.put(applied(number, customer=customer))
    seen = await on(rows.ctx, actor(VIEWER))
    assert [one.customer for one in seen.customers] == [CUSTOMER, OTHER_CUSTOMER]
    seen = await on(rows.ctx, actor(EVERYWHERE))
    assert [one.customer for one in seen.customers] == [CUSTOMER, OTHER_CUSTOMER, THIRD]
    nothing = await on(rows.ctx, actor(STRANGER))
    assert (nothing.customers, nothing.may_view) == ((), False)
    with pytest.raises(NotAllowed, match="You may not view for customer 66666"):
        await on(rows.ctx, actor(VIEWER), THIRD)


async def test_the_oldest_comes_first_and_what_the_bot_did_not_switch_last(
    rows: ServiceHarness,
) -> None:
    for customer in (CUSTOMER, OTHER_CUSTOMER, THIRD):
        rows.api.add(customer, "x@example.com", failover=True)
    await rows.grant()
    await rows.put(applied(9, customer=CUSTOMER), applied(5, customer=THIRD))
    seen = await on(rows.ctx, actor(EVERYWHERE))
    assert [one.customer for one in seen.customers] == [THIRD, CUSTOMER, OTHER_CUSTOMER]


async def test_a_silent_customer_delays_no_other(rows: ServiceHarness) -> None:
    """Of one the counts hang: the others are told within the time of a preview."""
    count = rows.api.count

    async def silent(customer: str, filters: Filters = EVERY_USER) -> int:
        if customer == OTHER_CUSTOMER:
            await asyncio.Event().wait()
        return await count(customer, filters)

    rows.api.count = silent  # type: ignore[method-assign]  # one customer hangs, the others do not
    await rows.put(applied(1), applied(2, customer=OTHER_CUSTOMER))
    ctx = replace(rows.ctx, preview_seconds=0.2)
    began = asyncio.get_running_loop().time()
    found = await on(ctx, actor(EVERYWHERE))
    assert asyncio.get_running_loop().time() - began < 5
    assert shown(found) == [(CUSTOMER, "C-00001", 0), (OTHER_CUSTOMER, "C-00002", None)]
    assert [one.problem for one in found.customers] == [
        "",
        "The continuity API did not answer in time (0.2 s).",
    ]


async def test_a_refusal_of_the_api_is_told_of_its_customer_alone(rows: ServiceHarness) -> None:
    rows.api.unreadable = Ambiguous("No answer.")
    await rows.put(applied(1))
    found = await on(rows.ctx, actor(VIEWER))
    assert [(one.customer, one.problem) for one in found.customers] == [(CUSTOMER, "No answer.")]
    assert [(one.customer, one.problem) for one in found.silent] == [(OTHER_CUSTOMER, "No answer.")]


async def test_so_many_customers_are_asked_about_and_the_others_counted(
    harness: ServiceHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.service.queries.on.MAX_ASKED_CUSTOMERS", 2)
    names = {f"7{number:04}": f"Customer {number}" for number in range(5)}

    def name(tx: Any) -> None:
        for number, one in names.items():
            tx.name_customer(number, one)

    await harness.store.write(name)
    await harness.put(applied(1, customer="70004"))
    found = await on(harness.ctx, actor(channel=None, user="U0ADMIN"))
    assert found.customers == ()  # an admin of 44444 alone
    ctx = replace(harness.ctx, api_health=ApiHealth(lambda one: ApiAccount("A", f"{one}.example")))
    ctx.api_health.looked("70000", ApiFault.NO_ANSWER, NOW)
    found = await what_is_on(ctx, frozenset(names))
    assert [one.customer for one in found.customers] == ["70004"]
    assert (found.calm, found.not_asked) == (1, 3)
    asked = {line.split()[1] for line in harness.api.asked[2:]}
    assert "/70000" not in asked


async def test_the_database_alone_tells_it_without_the_api(harness: ServiceHarness) -> None:
    await harness.put(applied(1), applied(2, customer=OTHER_CUSTOMER))
    found = await harness.look(lambda tx: by_database(tx, NOW))
    assert shown(found) == [(CUSTOMER, "C-00001", None), (OTHER_CUSTOMER, "C-00002", None)]
    found = await harness.look(lambda tx: by_database(tx, NOW, OTHER_CUSTOMER))
    assert shown(found) == [(OTHER_CUSTOMER, "C-00002", None)]
    assert harness.api.asked == []
