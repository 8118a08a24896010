"""Questions, grants and withdrawals, as typed in the channel."""

from __future__ import annotations

from sandbox.slack import Message
from tests.scenarios.conftest import (
    ADMIN,
    APPROVER,
    CUSTOMER,
    ELSEWHERE,
    INCIDENT,
    OPERATOR,
    SHARED,
    STRANGER,
    Scenario,
    said,
)
from tests.scenarios.security.test_bad_input import answer


async def test_status_pending_audit_whoami_and_help_answer_the_asker_alone(
    scenario: Scenario,
) -> None:
    await scenario.type(f"failover on {CUSTOMER}")
    await scenario.card("change_approve")
    await scenario.type(f"status {CUSTOMER}")
    assert "20 users" in await scenario.told("Acme GmbH (44444)")
    await scenario.type("pending")
    assert "FAILOVER ON" in await scenario.told("> FAILOVER ON 44444 · until ")
    await scenario.type(f"audit {CUSTOMER}")
    await scenario.told("failover on, all 20 users")
    await scenario.type("audit")
    await scenario.type(f"whoami {CUSTOMER}")
    assert "approve: no" in await scenario.told("propose: yes")
    await scenario.type("help failover")
    await scenario.told("/continuity failover on")
    assert len(scenario.slack.channel_messages(INCIDENT)) == 1
    assert scenario.writes() == []


async def test_the_requester_withdraws_his_change(scenario: Scenario) -> None:
    await scenario.type(f"failover on {CUSTOMER}")
    await scenario.card("change_approve")
    await scenario.press("change_cancel", user=OPERATOR)
    card = await scenario.outcome("CANCELLED")
    assert not scenario.slack.buttons(card)
    await scenario.slack.click(APPROVER, INCIDENT, card.ts, "change_approve", value=_value(card))
    await scenario.told("already", user=APPROVER)
    assert scenario.writes() == []


async def test_an_admin_grants_and_revokes_but_neither_admin_nor_his_own(
    scenario: Scenario,
) -> None:
    await scenario.type(f"role grant <@U0STRANGER|stranger> viewer {CUSTOMER}", user=ADMIN)
    await scenario.told("<@U0STRANGER> is viewer for Acme GmbH (44444) now.", user=ADMIN)
    await scenario.type("role list", user=ADMIN)
    await scenario.told("U0OPERATOR", user=ADMIN)
    await scenario.type(f"role revoke <@U0STRANGER> viewer {CUSTOMER}", user=ADMIN)
    await scenario.told("no longer viewer", user=ADMIN)
    await scenario.type(f"role grant <@U0STRANGER> admin {CUSTOMER}", user=ADMIN)
    await scenario.told("terminal only", user=ADMIN)
    await scenario.type(f"role grant <@{ADMIN}> operator {CUSTOMER}", user=ADMIN)
    await scenario.told("their own grants", user=ADMIN)
    await scenario.type(f"role grant <@U0STRANGER> viewer {CUSTOMER}", user=OPERATOR)
    await scenario.told("needs the role admin")


async def test_a_forged_button_is_refused_and_recorded(scenario: Scenario) -> None:
    await scenario.type(f"failover on {CUSTOMER}")
    card = await scenario.card("change_approve")
    await scenario.slack.click(APPROVER, INCIDENT, card.ts, "change_approve", value="C-AAAAA 1")
    await scenario.told("I do not know the change C-AAAAA", user=APPROVER)
    outdated = f"{_value(card).split()[0]} 99"
    await scenario.slack.click(APPROVER, INCIDENT, card.ts, "change_approve", value=outdated)
    await scenario.told("has changed", user=APPROVER)
    assert "WAITING" in said(card)
    assert scenario.writes() == []


async def test_an_unknown_customer_is_told_and_stopped(scenario: Scenario) -> None:
    del scenario.continuity.customers[CUSTOMER]
    await scenario.type(f"failover on {CUSTOMER}")
    told = await scenario.told("was not proposed")
    assert f"There is no customer {CUSTOMER}. The continuity API does not know" in told
    assert "404" in told
    assert scenario.slack.channel_messages(INCIDENT) == []


def _value(card: Message) -> str:
    """The value that the card's Approve button has or had."""
    for revision in card.history:
        for block in revision.blocks:
            for element in block.get("elements", []):
                if element.get("action_id") == "change_approve":
                    return str(element["value"])
    raise AssertionError("no button")


async def test_pending_and_whoami_work_in_a_direct_message_and_elsewhere(
    scenario: Scenario,
) -> None:
    await scenario.type(f"failover on {CUSTOMER}")
    await scenario.card("change_approve")
    for channel in (scenario.slack.direct_channel(OPERATOR).id, ELSEWHERE):
        told = await answer(scenario, "pending", channel=channel)
        assert "> FAILOVER ON 44444 · until " in told
        told = await answer(scenario, "whoami", channel=channel)
        assert f"In <#{INCIDENT}> you may view and propose." in told
        told = await answer(scenario, f"status {CUSTOMER}", channel=channel)
        assert f"is not an incident channel for customer {CUSTOMER}. Use <#{INCIDENT}>." in told
    await scenario.type("pending", user=STRANGER, channel=ELSEWHERE)
    await scenario.told("There is nothing for you to see", user=STRANGER)
    await scenario.type("pending", channel=SHARED)
    await scenario.told("shared with another company")
