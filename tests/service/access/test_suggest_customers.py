"""Customers that are offered while somebody types: theirs alone, what begins with it first."""

from __future__ import annotations

import pytest

from bot.domain.roles import Right, Role
from bot.errors import NotAllowed
from bot.ports import Person, Transaction
from bot.service.access.customer_names import suggest_customers
from tests.builders import ADMIN, CUSTOMER, OTHER_CUSTOMER, REQUESTER, a_grant
from tests.service.harness import STRANGER, ServiceHarness, actor


@pytest.fixture
async def named(harness: ServiceHarness) -> ServiceHarness:
    def step(tx: Transaction) -> None:
        for number, name in (
            (CUSTOMER, "Acme GmbH"),
            (OTHER_CUSTOMER, "Big Acme"),
            ("10101", "Zet"),
        ):
            tx.name_customer(number, name)

    await harness.store.write(step)
    return harness


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("", [CUSTOMER]),
        ("ACME", [CUSTOMER]),
        ("gmbh", [CUSTOMER]),
        ("44", [CUSTOMER]),
        ("big", []),
        ("10101", []),
    ],
)
async def test_only_those_that_they_may_view(
    named: ServiceHarness, typed: str, found: list[str]
) -> None:
    assert [*await suggest_customers(named.ctx, actor(), typed)] == found
    assert await suggest_customers(named.ctx, actor(STRANGER), typed) == {}


async def test_who_may_view_all_finds_each_and_one_without_a_row(named: ServiceHarness) -> None:
    await named.grant(a_grant(STRANGER, Role.VIEWER, customer="*"))
    found = await suggest_customers(named.ctx, actor(STRANGER, None), "acme")
    assert found == {CUSTOMER: "Acme GmbH", OTHER_CUSTOMER: "Big Acme"}
    assert next(iter(found)) == CUSTOMER, "what begins with it stands first"
    assert await suggest_customers(named.ctx, actor(STRANGER), "77777de") == {"77777DE": ""}
    assert await suggest_customers(named.ctx, actor(STRANGER), "7777") == {}


async def test_by_another_right_and_all_of_them(named: ServiceHarness) -> None:
    asked = (named.ctx, actor(ADMIN, None))
    assert await suggest_customers(*asked, "", Right.ADMINISTER, every="all") == {
        CUSTOMER: "Acme GmbH"
    }
    assert await suggest_customers(named.ctx, actor(REQUESTER), "", Right.ADMINISTER) == {}
    await named.grant(a_grant(ADMIN, Role.ADMIN, customer="*"))
    found = await suggest_customers(*asked, "al", Right.ADMINISTER, every="all")
    assert found == {"*": "all"}


async def test_a_guest_finds_nothing(named: ServiceHarness) -> None:
    named.directory.people[REQUESTER] = Person(REQUESTER, "guest", barred="guests may not")
    with pytest.raises(NotAllowed, match="guests may not"):
        await suggest_customers(named.ctx, actor(), "acme")
