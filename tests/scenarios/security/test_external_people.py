"""Who is not an active full member of the home workspace may do nothing, whatever the rows say."""

from __future__ import annotations

import pytest

from tests.scenarios.conftest import CUSTOMER, INCIDENT, OPERATOR, Scenario


@pytest.mark.parametrize(
    "flag", ["deleted", "is_bot", "is_restricted", "is_ultra_restricted", "is_stranger"]
)
async def test_a_barred_person_gets_a_reason_and_no_card(scenario: Scenario, flag: str) -> None:
    setattr(scenario.slack.people[OPERATOR], flag, True)
    await scenario.type(f"failover on {CUSTOMER}")
    await scenario.told("You may not use this here")
    assert scenario.slack.channel_messages(INCIDENT) == []
    assert scenario.continuity.requests == []


async def test_a_foreign_team_or_app_is_refused(scenario: Scenario) -> None:
    text = f"failover on {CUSTOMER}"
    await scenario.slack.command(OPERATOR, INCIDENT, text, team_id="T0OTHER")
    await scenario.told("another workspace or app")
    assert scenario.slack.channel_messages(INCIDENT) == []


async def test_no_answer_from_slack_about_the_person_is_a_no(scenario: Scenario) -> None:
    scenario.slack.fail("users.info", error="internal_error", times=5)
    await scenario.type(f"failover on {CUSTOMER}")
    await scenario.told("nothing was done")
    assert scenario.continuity.requests == []
