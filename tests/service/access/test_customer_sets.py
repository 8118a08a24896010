"""Sets of customers: who writes them, who sees them, and what a command makes of them."""

from __future__ import annotations

import pytest

from bot.domain.admin_commands import CreateSetCommand
from bot.domain.change_commands import BatchCommand
from bot.domain.configuration import Entry, Kind
from bot.domain.customer_set import SetName
from bot.domain.roles import Role
from bot.errors import InvalidInput, NotAllowed
from bot.service.access.customer_sets import create_set, delete_set, list_sets, show_set
from bot.service.changes.batch.request import batch_requests
from tests.builders import ADMIN, CHANNEL, CUSTOMER, NOW, REQUESTER, a_grant
from tests.service.harness import STRANGER, ServiceHarness, actor, request

EMEA = SetName("emea")


def wanted(*customers: str) -> CreateSetCommand:
    return CreateSetCommand(EMEA, customers)


async def administers(harness: ServiceHarness, *customers: str) -> None:
    for one in customers:
        await harness.grant(
            a_grant(ADMIN, Role.ADMIN, customer=one), a_grant(CHANNEL, Role.INCIDENT, customer=one)
        )


async def test_an_admin_of_each_customer_writes_it_and_it_is_recorded(
    harness: ServiceHarness,
) -> None:
    await administers(harness, "10101")
    made = await create_set(harness.ctx, actor(ADMIN), wanted(CUSTOMER, "10101", CUSTOMER))
    assert made.customers == (CUSTOMER, "10101")
    (entry,) = [one for one in await harness.entries() if one.record.kind == "configuration.set"]
    assert (entry.record.actor, entry.record.detail["name"]) == (ADMIN, "emea")


async def test_an_admin_of_some_of_them_is_told_of_which_not(harness: ServiceHarness) -> None:
    with pytest.raises(
        NotAllowed, match="You may not administer for 1 of the 2 customers here: 10101"
    ):
        await create_set(harness.ctx, actor(ADMIN), wanted(CUSTOMER, "10101"))
    assert await list_sets(harness.ctx, actor(ADMIN)) == []


async def test_an_operator_writes_none(harness: ServiceHarness) -> None:
    with pytest.raises(NotAllowed, match="You may not administer for customer 44444"):
        await create_set(harness.ctx, actor(REQUESTER), wanted(CUSTOMER))


async def test_a_set_of_customers_of_others_is_neither_replaced_nor_deleted(
    harness: ServiceHarness,
) -> None:
    await administers(harness, "10101")
    await create_set(harness.ctx, actor(ADMIN), wanted(CUSTOMER, "10101"))
    other = "U0OTHERADMIN"
    await harness.grant(a_grant(other, Role.ADMIN))
    with pytest.raises(NotAllowed, match="10101"):
        await create_set(harness.ctx, actor(other), wanted(CUSTOMER))
    with pytest.raises(NotAllowed, match="10101"):
        await delete_set(harness.ctx, actor(other), EMEA)
    await delete_set(harness.ctx, actor(ADMIN), EMEA)
    assert await list_sets(harness.ctx, actor(ADMIN)) == []


async def test_whoever_may_view_none_of_its_customers_does_not_learn_of_it(
    harness: ServiceHarness,
) -> None:
    await create_set(harness.ctx, actor(ADMIN), wanted(CUSTOMER))
    assert [one.name for one in await list_sets(harness.ctx, actor())] == ["emea"]
    assert await list_sets(harness.ctx, actor(STRANGER)) == []
    with pytest.raises(InvalidInput, match="There is no set emea that you may see"):
        await show_set(harness.ctx, actor(STRANGER), EMEA)


async def test_a_command_is_for_the_customers_of_the_set_and_the_others_once_each(
    harness: ServiceHarness,
) -> None:
    await administers(harness, "10101")
    await create_set(harness.ctx, actor(ADMIN), wanted(CUSTOMER, "10101"))
    command = BatchCommand(request(), ("20202", EMEA, CUSTOMER))
    found = await batch_requests(harness.ctx, actor(), command)
    assert [one.customer for one in found] == ["20202", CUSTOMER, "10101"]


async def test_a_set_that_does_not_exist_is_refused_and_recorded(harness: ServiceHarness) -> None:
    with pytest.raises(InvalidInput, match="There is no set emea"):
        await batch_requests(harness.ctx, actor(), BatchCommand(request(), (EMEA,)))
    assert await harness.refusals() == [
        "There is no set emea that you may see. `/continuity set list` lists them."
    ]


@pytest.mark.parametrize("customers", [[], None, ["4444"], "44444", ["44444", 7]])
async def test_a_set_that_cannot_be_read_or_was_written_by_hand_does_not_count(
    harness: ServiceHarness, customers: object
) -> None:
    harness.rewritten = True
    entry = Entry(Kind.SET, "emea", {"customers": customers}, "somebody", NOW)
    await harness.store.write(lambda tx: tx.put_configured(entry))
    assert await list_sets(harness.ctx, actor()) == []
