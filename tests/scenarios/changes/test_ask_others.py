"""Whoever may not do it asks those who may, in the channel, by one press."""

from __future__ import annotations

from typing import Any

from bot.domain.roles import Role
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
from tests.scenarios.security.test_bad_input import grant


async def refusal(scenario: Scenario, words: str, user: str = OPERATOR) -> Any:
    """Wait for a refusal that the person alone sees."""
    return await scenario.slack.wait_for(
        lambda slack: next(
            (e for e in slack.ephemerals if e.user == user and words in e.text), None
        )
    )


async def test_a_requester_asks_for_an_approval_once(scenario: Scenario) -> None:
    await scenario.type(f"failover on {CUSTOMER}")
    await scenario.press("change_approve", user=OPERATOR)
    told = await refusal(scenario, "Nobody approves their own change.")
    assert f"Who can approve it: <@{ADMIN}>, <@{APPROVER}>." in told.text
    await scenario.slack.click(OPERATOR, INCIDENT, told.ts, "refusal_ask")
    asked = await scenario.outcome("to decide")
    assert said(asked).startswith(f"<@{OPERATOR}> asks <@{ADMIN}>, <@{APPROVER}> to decide C-")
    assert "FAILOVER ON, for Acme GmbH (44444). <" in asked.text
    assert asked.text.endswith("|Open the card>")
    await scenario.slack.click(OPERATOR, INCIDENT, told.ts, "refusal_ask")
    await scenario.told("You asked for this within the last 10 minutes")
    assert len(scenario.slack.channel_messages(INCIDENT)) == 2


async def test_a_command_is_named_to_those_who_may_give_it(scenario: Scenario) -> None:
    await scenario.type(f"failover on {CUSTOMER} --reason <!channel>", user=APPROVER)
    told = await refusal(scenario, "You may not propose", APPROVER)
    assert f"Who can: <@{ADMIN}>, <@{OPERATOR}>. Who can grant it: <@{ADMIN}>." in told.text
    await scenario.slack.click(APPROVER, INCIDENT, told.ts, "refusal_ask")
    asked = await scenario.outcome("to run")
    assert asked.text == (
        f"<@{APPROVER}> asks <@{ADMIN}>, <@{OPERATOR}> to run `/continuity failover on` for Acme "
        "GmbH (44444). They may not do it themselves."
    )


async def test_the_wrong_channel_names_the_right_one(scenario: Scenario) -> None:
    await scenario.type(f"failover on {CUSTOMER}", channel=ELSEWHERE)
    told = await refusal(scenario, "not an incident channel")
    assert told.text == (
        f"This channel is not an incident channel for customer {CUSTOMER}. Use <#{INCIDENT}>. "
        f"Who can grant it: <@{ADMIN}>."
    )
    assert scenario.slack.buttons(told) == {}
    await scenario.type(f"failover on {CUSTOMER}", user=ADMIN, channel=ELSEWHERE)
    command = f"role grant {ELSEWHERE} incident {CUSTOMER}"
    told = await refusal(scenario, "To make this one right", ADMIN)
    assert told.text.endswith(f"type there: `/continuity {command}`.")
    await scenario.type(command, user=ADMIN)
    await scenario.told(f"<#{ELSEWHERE}> is incident for Acme GmbH ({CUSTOMER}) now.", user=ADMIN)
    await scenario.type(f"failover on {CUSTOMER}", channel=ELSEWHERE)
    await scenario.slack.wait_for(lambda slack: slack.channel_messages(ELSEWHERE))


async def test_a_stranger_and_an_operator_of_another_customer_are_shown_nobody(
    scenario: Scenario,
) -> None:
    await grant(scenario, "55555", (STRANGER, Role.OPERATOR), (INCIDENT, Role.INCIDENT))
    await scenario.type(f"failover on {CUSTOMER}")
    for channel in (INCIDENT, ELSEWHERE):
        await scenario.type(f"failover on {CUSTOMER}", user=STRANGER, channel=channel)
    await scenario.press("change_approve", user=STRANGER)
    await scenario.type(f"failover on {CUSTOMER}", user=STRANGER, channel=SHARED)
    told = await scenario.slack.wait_for(
        lambda slack: [e for e in slack.ephemerals if e.user == STRANGER][3:]
    )
    told = [e for e in scenario.slack.ephemerals if e.user == STRANGER]
    assert [e for e in told if APPROVER in e.text or f"<#{INCIDENT}>" in e.text] == []
    assert [e for e in told if scenario.slack.buttons(e)] == []
