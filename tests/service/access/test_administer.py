"""Lists of role rows, names of customers, and policy."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.actor import Actor
from bot.domain.admin_commands import ListRolesCommand, NameCustomerCommand
from bot.domain.policy import MAX_APPROVALS
from bot.domain.roles import Role
from bot.errors import InvalidInput, NotAllowed
from bot.service.access import administer
from tests.builders import (
    ADMIN,
    CHANNEL,
    CUSTOMER,
    OTHER_CUSTOMER,
    REQUESTER,
    a_grant,
    a_policy_rule,
    a_subject,
)
from tests.service.harness import STRANGER, ServiceHarness, actor

TERMINAL = Actor("operator@jump1", None, terminal="operator@jump1")


@pytest.fixture
async def rows(harness: ServiceHarness) -> ServiceHarness:
    await harness.grant(
        a_grant(STRANGER, Role.VIEWER, customer=OTHER_CUSTOMER),
        a_grant(STRANGER, Role.OPERATOR, customer="*"),
    )
    return harness


@pytest.mark.parametrize(
    ("asking", "number"),
    [
        (ListRolesCommand(), 7),
        (ListRolesCommand(role=Role.APPROVER), 2),
        (ListRolesCommand(subject=a_subject(STRANGER)), 2),
        (ListRolesCommand(customer=OTHER_CUSTOMER), 2),
        (ListRolesCommand(customer=CUSTOMER), 6),
        (ListRolesCommand(a_subject(STRANGER), Role.VIEWER, CUSTOMER), 0),
    ],
)
async def test_the_terminal_lists_every_row_that_matches(
    rows: ServiceHarness, asking: ListRolesCommand, number: int
) -> None:
    assert len(await administer.list_roles(rows.ctx, TERMINAL, asking)) == number


@pytest.mark.parametrize(
    ("user", "customers"),
    [
        (ADMIN, {CUSTOMER}),
        (REQUESTER, set()),
        (STRANGER, set()),
        ("U0BOSS", {CUSTOMER, OTHER_CUSTOMER, "*"}),
    ],
)
async def test_in_slack_an_admin_lists_the_rows_of_his_customers(
    rows: ServiceHarness, user: str, customers: set[str]
) -> None:
    await rows.grant(
        a_grant("U0BOSS", Role.ADMIN, customer="*"), a_grant(CHANNEL, Role.INCIDENT, customer="*")
    )
    found = await administer.list_roles(rows.ctx, actor(user), ListRolesCommand())
    assert {row.customer for row in found} == customers


@pytest.mark.parametrize("who", [actor(ADMIN), TERMINAL])
async def test_a_customer_gets_a_name(harness: ServiceHarness, who: Actor) -> None:
    for name in ("Acme GmbH", "Acme AG"):
        await administer.name_customer(harness.ctx, who, NameCustomerCommand(CUSTOMER, name))
    assert await harness.look(lambda tx: tx.customer_name(CUSTOMER)) == "Acme AG"
    assert (await harness.details("customer.named"))[-1] == {
        "name": "Acme AG",
        "before": "Acme GmbH",
    }


@pytest.mark.parametrize("user", [REQUESTER, STRANGER])
async def test_only_an_admin_names_a_customer(harness: ServiceHarness, user: str) -> None:
    with pytest.raises(NotAllowed):
        await administer.name_customer(
            harness.ctx, actor(user), NameCustomerCommand(CUSTOMER, "Mine")
        )
    assert await harness.look(lambda tx: tx.customer_name(CUSTOMER)) == ""


@pytest.mark.parametrize("approvals", [0, 1, MAX_APPROVALS])
async def test_a_policy_row_is_written_and_recorded(
    harness: ServiceHarness, approvals: int
) -> None:
    rule = a_policy_rule(approvals=approvals, flag="failover", scope_kind="everyone")
    await administer.set_policy(harness.ctx, TERMINAL, rule)
    assert await harness.look(lambda tx: tx.policy_rules()) == [rule]
    assert await harness.details("policy.set") == [
        {"flag": "failover", "scope": "everyone", "approvals": approvals}
    ]


@pytest.mark.parametrize("approvals", [-1, MAX_APPROVALS + 1])
async def test_a_policy_outside_the_bounds_is_refused(
    harness: ServiceHarness, approvals: Any
) -> None:
    with pytest.raises(InvalidInput, match="Between 0 and 5 approvals"):
        await administer.set_policy(harness.ctx, TERMINAL, a_policy_rule(approvals=approvals))
    assert await harness.look(lambda tx: tx.policy_rules()) == []
