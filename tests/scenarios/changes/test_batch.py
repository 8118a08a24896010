"""Several customers at once, through the whole bot: one card, one approval, one outcome."""

from __future__ import annotations

import asyncio
from typing import Any

from bot.domain.admin_commands import NameCustomerCommand
from bot.domain.roles import Role
from sandbox.slack import Message
from tests.fixtures import direct_store
from tests.scenarios.changes.test_reach import direct
from tests.scenarios.conftest import (
    ADMIN,
    APPROVER,
    CUSTOMER,
    INCIDENT,
    OPERATOR,
    Scenario,
    said,
)

OTHERS = ("10101", "55555DE", "20202")
PEOPLE = (
    (OPERATOR, Role.OPERATOR),
    (APPROVER, Role.APPROVER),
    (ADMIN, Role.ADMIN),
    (INCIDENT, Role.INCIDENT),
)


async def customers(scenario: Scenario, *numbers: str) -> None:
    """Let the same people act on further customers, with five users each."""
    for number in numbers or OTHERS:
        scenario.continuity.add_customer(number, users=5, access_off=1)
        await direct_store.grant(scenario.settings.database, number, PEOPLE)
    async with direct_store.admin(scenario.settings.database) as admin:
        await admin.name(NameCustomerCommand("10101", "Globex"))


def rows(message: Message) -> list[list[str]]:
    """The rows of the table below its header."""
    (table,) = (one for one in message.blocks if one["type"] == "data_table")
    return [[_text(cell) for cell in row] for row in table["rows"][1:]]


def _text(cell: dict[str, Any]) -> str:
    return str(cell.get("text", ""))


async def test_one_approval_and_one_outcome_for_all_of_them(scenario: Scenario) -> None:
    await customers(scenario)
    await scenario.type("failover on 44444 10101 55555DE 20202 10101 --reason Exchange is down")
    card = await scenario.card("change_approve")
    assert "*4 customers*" in said(card)
    assert "*ALL 35 users*" in said(card)
    assert [row[:2] for row in rows(card)] == [
        ["🟡 Acme GmbH (44444)", "20"],
        ["🟡 Globex (10101)", "5"],
        ["🟡 55555DE", "5"],
        ["🟡 20202", "5"],
    ]
    await scenario.press("change_approve", user=APPROVER, card=card)
    outcome = await scenario.outcome("4 applied")
    assert sorted(scenario.writes()) == [
        f"PUT /{number}/failover" for number in sorted((CUSTOMER, *OTHERS))
    ]
    assert all("of" in row[1] and row[2].strip() for row in rows(outcome))
    posted = [one for one in scenario.slack.channel_messages(INCIDENT) if one.thread_ts is None]
    assert len(posted) == 2, [one.text for one in posted]
    assert not scenario.slack.refused


async def test_what_failed_is_proposed_again_by_one_press(scenario: Scenario) -> None:
    await customers(scenario)
    scenario.continuity.fail(path="^/(10101|20202)", kind=403, method="PUT", times=2)
    await scenario.type("failover on 44444 10101 55555DE 20202")
    await scenario.press("change_approve", user=APPROVER)
    outcome = await scenario.outcome("2 applied, 2 failed")
    await scenario.press("batch_again", user=OPERATOR, card=outcome)
    await scenario.slack.wait_for(
        lambda slack: next(
            (m for m in slack.channel_messages(INCIDENT) if "*2 customers*" in said(m)), None
        )
    )
    await scenario.press("change_approve", user=APPROVER)
    await scenario.outcome("*2 applied.*")
    assert not scenario.slack.refused


async def test_a_set_is_made_named_and_deleted(scenario: Scenario) -> None:
    await customers(scenario)
    await scenario.type("set create emea 10101 55555DE", user=ADMIN)
    await scenario.told("has 2 customers now", user=ADMIN)
    await scenario.type("set show emea")
    assert "Globex (10101)" in await scenario.told("has 2 customers:")
    await scenario.type("failover on @emea 44444")
    card = await scenario.card("change_approve")
    assert [row[0] for row in rows(card)] == [
        "🟡 Globex (10101)",
        "🟡 55555DE",
        "🟡 Acme GmbH (44444)",
    ]
    await scenario.type("set delete emea", user=ADMIN)
    await scenario.told("is deleted", user=ADMIN)
    await scenario.type("failover on @emea")
    await scenario.told("There is no set emea")


async def test_stop_takes_back_those_that_have_not_begun(scenario: Scenario) -> None:
    await customers(scenario, "10101", "20202", "30303", "40404", "50505", "60606")
    go_on = asyncio.Event()
    scenario.continuity.fail(kind="delay", method="PUT", times=None, until=go_on)
    await scenario.type("failover on 10101 20202 30303 40404 50505 60606 --reason Exchange is down")
    await scenario.press("change_approve", user=APPROVER)
    card = await scenario.card("change_stop")
    await scenario.slack.wait_for(lambda _: len(scenario.writes()) == 4)
    assert scenario.slack.buttons(card)["change_stop"]["text"]["text"] == "Stop: 2 have not begun"
    await scenario.press("change_stop", user=APPROVER, card=card)
    await scenario.slack.wait_for(lambda _: "2 customers had not begun" in said(card))
    go_on.set()
    await scenario.outcome("4 applied, 2 cancelled")
    assert len(scenario.writes()) == 4
    assert not scenario.slack.refused


async def test_an_approver_for_all_decides_in_their_direct_message(scenario: Scenario) -> None:
    await customers(scenario)
    await scenario.type("failover on 44444 10101 60606 --reason Exchange is down")
    card = await scenario.card("change_approve")
    assert "Left out: 60606" in said(card)
    message = await direct(scenario, APPROVER, "change_approve")
    assert "2 customers" in message.text
    await scenario.press("change_approve", user=APPROVER, card=message)
    await scenario.outcome("2 applied")
