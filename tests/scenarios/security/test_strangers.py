"""Who is not an active full member of the home workspace may do nothing, whatever the rows say."""

from __future__ import annotations

import pytest

from tests.scenarios.conftest import CUSTOMER, INCIDENT, OPERATOR, Scene


@pytest.mark.parametrize(
    "flag", ["deleted", "is_bot", "is_restricted", "is_ultra_restricted", "is_stranger"]
)
async def test_a_barred_person_gets_a_reason_and_no_card(scene: Scene, flag: str) -> None:
    setattr(scene.slack.people[OPERATOR], flag, True)
    await scene.type(f"failover on {CUSTOMER}")
    await scene.told("You may not use this here")
    assert scene.slack.channel_messages(INCIDENT) == []
    assert scene.continuity.requests == []


async def test_a_foreign_team_or_app_is_refused(scene: Scene) -> None:
    text = f"failover on {CUSTOMER}"
    await scene.slack.command(OPERATOR, INCIDENT, text, team_id="T0OTHER")
    await scene.told("another workspace or app")
    assert scene.slack.channel_messages(INCIDENT) == []


async def test_no_answer_from_slack_about_the_person_is_a_no(scene: Scene) -> None:
    scene.slack.fail("users.info", error="internal_error", times=5)
    await scene.type(f"failover on {CUSTOMER}")
    await scene.told("the answer is no")
    assert scene.continuity.requests == []
