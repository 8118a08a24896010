"""What an admin sees of what holds: the rows of their customers, and no others."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain import notify
from bot.domain.actor import Actor
from bot.domain.roles import Role
from bot.errors import NotAllowed
from bot.ports import Transaction
from bot.service.queries.administered import Administered, administered
from tests.builders import (
    ADMIN,
    CHANNEL,
    CUSTOMER,
    OTHER_CUSTOMER,
    REQUESTER,
    a_grant,
    a_policy_rule,
)
from tests.service.harness import ServiceHarness, actor

HOME = Actor(ADMIN, "", clicked=True)


@pytest.fixture
async def rows(harness: ServiceHarness) -> ServiceHarness:
    await harness.grant(
        a_grant(REQUESTER, Role.VIEWER, customer=OTHER_CUSTOMER),
        a_grant(REQUESTER, Role.VIEWER, customer="*"),
    )

    def step(tx: Transaction) -> None:
        for customer in (CUSTOMER, OTHER_CUSTOMER, "*"):
            tx.put_policy_rule(a_policy_rule(customer=customer))
            tx.put_notify_rule(replace(notify.DEFAULT, customer=customer, set_by=ADMIN))

    await harness.store.write(step)
    return harness


def about(found: Administered) -> list[set[str]]:
    """The customers of each kind of row."""
    return [
        {row.customer for row in found.grants},
        {row.customer for row in found.policy},
        {row.customer for row in found.notify},
    ]


async def test_an_admin_of_one_customer_sees_its_rows_alone(rows: ServiceHarness) -> None:
    found = await administered(rows.ctx, HOME)
    assert found.customers == frozenset({CUSTOMER})
    assert about(found) == [{CUSTOMER}] * 3
    assert found.covers(CUSTOMER)
    assert not found.covers("*")


async def test_an_admin_of_all_sees_each(rows: ServiceHarness) -> None:
    await rows.grant(a_grant(ADMIN, Role.ADMIN, customer="*"))
    found = await administered(rows.ctx, HOME)
    assert found.customers is None
    assert about(found) == [{CUSTOMER, OTHER_CUSTOMER, "*"}] * 3


async def test_others_are_refused_and_recorded(rows: ServiceHarness) -> None:
    with pytest.raises(NotAllowed, match="You may not administer any customer"):
        await administered(rows.ctx, actor(REQUESTER, CHANNEL))
    assert await rows.refusals() == [
        "You may not administer any customer: it needs the role admin."
    ]
