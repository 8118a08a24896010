"""A customer by name: the number is told wherever it is confirmed, and nobody learns of other customers."""

from __future__ import annotations

import pytest

from bot.domain.admin_commands import NameCustomerCommand
from bot.domain.roles import Role
from tests.fixtures import direct_store
from tests.scenarios.conftest import (
    ADMIN,
    APPROVER,
    CUSTOMER,
    ELSEWHERE,
    INCIDENT,
    OPERATOR,
    STRANGER,
    Scenario,
    said,
)
from tests.scenarios.security.test_bad_input import answer, assert_untouched, refusals

UNKNOWN = "There is no customer of exactly this name that you may see, or there are several"


async def named(scenario: Scenario, **names: str) -> None:
    async with direct_store.admin(scenario.settings.database) as admin:
        for number, name in names.items():
            await admin.name(NameCustomerCommand(number.removeprefix("c"), name))


async def test_dialog_card_and_reply_tell_the_number(scenario: Scenario) -> None:
    told = await answer(scenario, "failover on acme  GMBH --reason Exchange down")
    assert told == f"Acme GmbH is {CUSTOMER}."
    card = await scenario.card("change_approve")
    assert "Acme GmbH (44444)" in said(card)
    approve = next(
        one
        for block in card.blocks
        for one in block.get("elements", [])
        if one.get("action_id") == "change_approve"
    )
    assert CUSTOMER in approve["confirm"]["text"]["text"]
    await scenario.press("change_approve", user=APPROVER)
    await scenario.outcome("20 of 20 in failover")
    assert scenario.writes() == [f"PUT /{CUSTOMER}/failover"]


async def test_addresses_and_options_behind_the_name_are_read(scenario: Scenario) -> None:
    jo = "user0001@example.com"
    await answer(scenario, f"failover on Acme GmbH {jo} --reason x")
    await scenario.press("change_confirm", user=OPERATOR)
    await scenario.outcome("APPLIED")
    assert scenario.writes() == [f"PUT /{CUSTOMER}/{jo}/failover"]


@pytest.mark.parametrize("text", ["status Acme GmbH", "pending 'acme gmbh'", "audit Acme GmbH", "whoami Acme GmbH"])  # fmt: skip
async def test_each_query_takes_a_name(scenario: Scenario, text: str) -> None:
    assert CUSTOMER in await answer(scenario, text)


async def test_unknown_ambiguous_and_hidden_customers_are_told_alike(scenario: Scenario) -> None:
    await named(scenario, c55555="Hidden Ltd", c66666="Twin AG", c77777="twin  ag")
    await direct_store.grant(
        scenario.settings.database, "66666", [(OPERATOR, Role.OPERATOR), (INCIDENT, Role.INCIDENT)]
    )
    await direct_store.grant(scenario.settings.database, "77777", [(OPERATOR, Role.VIEWER)])
    told = [
        (await answer(scenario, f"failover on {name} --group emea", **who)).replace(name, "NAME")
        for name, who in (
            ("Nobody Inc", {}),
            ("Hidden Ltd", {}),
            ("Twin AG", {}),
            ("Acme", {}),
            ("Acme GmbH", {"user": STRANGER}),
        )
    ]
    assert len(set(told)) == 1
    assert told[0].split("\n") == [
        f"{UNKNOWN}: put the number.",
        "```failover on →NAME← --group emea```",
        "Example: `/continuity failover on NUMBER --group emea`",
    ]
    assert await refusals(scenario) == []
    await assert_untouched(scenario)


async def test_a_name_that_another_hidden_customer_has_too_is_that_of_the_visible_one(
    scenario: Scenario,
) -> None:
    await named(scenario, c55555="Acme GmbH")
    assert "44444" in await answer(scenario, "status Acme GmbH")


async def test_the_wrong_channel_is_told_by_number_to_who_may_see_the_customer(
    scenario: Scenario,
) -> None:
    told = await answer(scenario, "failover on Acme GmbH", channel=ELSEWHERE)
    assert f"not an incident channel for customer {CUSTOMER}" in told


async def test_roles_take_a_name(scenario: Scenario) -> None:
    told = await answer(scenario, f"role grant {STRANGER} viewer Acme GmbH --hours 8", user=ADMIN)
    assert told.startswith(f"Acme GmbH is {CUSTOMER}. <@{STRANGER}> is viewer")
