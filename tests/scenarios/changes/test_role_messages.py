"""Whoever is given a role, or loses one, is told; whoever gave it is told whether they were."""

from __future__ import annotations

from sandbox.slack import Message
from tests.scenarios.conftest import ADMIN, CUSTOMER, INCIDENT, STRANGER, Scenario, said


async def direct(scenario: Scenario, words: str) -> Message:
    """Wait for a direct message to the stranger."""
    channel = scenario.slack.direct_channel(STRANGER).id
    return await scenario.slack.wait_for(
        lambda slack: next((m for m in slack.channel_messages(channel) if words in m.text), None)
    )


async def test_a_granted_person_is_told_and_also_when_it_is_taken_away(scenario: Scenario) -> None:
    await scenario.type(f"role grant <@{STRANGER}> viewer {CUSTOMER} --hours 4", user=ADMIN)
    told = await direct(scenario, "gave you the role viewer for Acme GmbH (44444) until <!date^")
    assert told.text.startswith(f"<@{ADMIN}> gave")
    assert f"Try `/continuity status {CUSTOMER}` in <#{INCIDENT}>." in said(told)
    done = f"<@{STRANGER}> is viewer for Acme GmbH ({CUSTOMER}) now. They were told in a direct"
    await scenario.told(done, user=ADMIN)
    await scenario.type(f"role revoke <@{STRANGER}> viewer {CUSTOMER}", user=ADMIN)
    await direct(scenario, "took the role viewer for Acme GmbH (44444) from you.")


async def test_where_slack_refuses_the_granter_is_told_to_tell_them(scenario: Scenario) -> None:
    scenario.slack.fail("chat.postMessage", error="messages_tab_disabled")
    await scenario.type(f"role grant <@{STRANGER}> viewer {CUSTOMER}", user=ADMIN)
    told = await scenario.told("so tell them yourself: ", user=ADMIN)
    assert told.startswith(f"<@{STRANGER}> is viewer for Acme GmbH ({CUSTOMER}) now. Slack did not")


async def test_somebody_who_may_not_use_the_bot_is_sent_nothing(scenario: Scenario) -> None:
    scenario.slack.add_person("U0GUEST", "guest", is_restricted=True)
    scenario.slack.add_usergroup("S0ONCALL", "oncall", [STRANGER])
    await scenario.type(f"role grant U0GUEST viewer {CUSTOMER}", user=ADMIN)
    await scenario.told(
        "They were not told, since they may not use me: “guests may not”.", user=ADMIN
    )
    await scenario.type(f"role grant S0ONCALL viewer {CUSTOMER}", user=ADMIN)
    await scenario.told("<!subteam^S0ONCALL> is viewer for Acme GmbH (44444) now.", user=ADMIN)
    assert scenario.slack.channel_messages(scenario.slack.direct_channel("U0GUEST").id) == []


async def test_a_refused_grant_tells_nobody_else(scenario: Scenario) -> None:
    await scenario.type(f"role grant <@{STRANGER}> viewer {CUSTOMER}")
    await scenario.told("it needs the role admin")
    assert scenario.slack.channel_messages(scenario.slack.direct_channel(STRANGER).id) == []
