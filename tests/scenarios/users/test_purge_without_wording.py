"""Deletions from the command to the API, told by identifiers and requests alone: no text is looked at.

`tests/test_wording.py` runs this file again with every text of `bot/slack/views` replaced.
"""

from __future__ import annotations

import pytest

from bot.domain.roles import Role
from sandbox.slack import Message
from tests.fixtures import direct_store
from tests.scenarios.conftest import ADMIN, APPROVER, CUSTOMER, INCIDENT, Scenario
from tests.scenarios.users.test_edit_user import form

SECOND = "U0SECOND"
LEFT = [f"user{n:04d}@example.com" for n in range(3, 13)]
ONE = LEFT[0]


@pytest.fixture(autouse=True)
async def second_approver(scenario: Scenario) -> None:
    """A second approver, and ten users in a group."""
    await direct_store.grant(scenario.settings.database, CUSTOMER, [(SECOND, Role.APPROVER)])
    scenario.slack.add_person(SECOND, "second")
    scenario.slack.channels[INCIDENT].members.add(SECOND)
    for address in LEFT:
        scenario.continuity.customers[CUSTOMER][address].groups = {"left"}


async def approved_once(scenario: Scenario) -> Message:
    """Propose to delete the group, and approve it all but the last click; return the card."""
    await scenario.type(f"purge {CUSTOMER} --group left", user=ADMIN)
    view = await form(scenario, "number")
    await scenario.slack.submit(ADMIN, view.id, {"number": CUSTOMER, "reason": "contract ended"})
    card = await scenario.card("change_approve")
    seen = len(card.history)
    await scenario.press("change_approve", user=APPROVER, card=card)
    await scenario.slack.wait_for(lambda _: len(card.history) > seen)
    return card


async def test_those_who_match_are_deleted_and_nobody_else(scenario: Scenario) -> None:
    held = scenario.continuity.customers[CUSTOMER]
    others = {*held} - {*LEFT}
    card = await approved_once(scenario)
    await scenario.press("change_approve", user=SECOND, card=card)
    await scenario.slack.wait_for(lambda slack: not slack.buttons(card))
    assert {*held} == others
    assert {one.rpartition("/")[2] for one in scenario.writes()} == {*LEFT}


async def test_more_users_in_failover_than_the_card_showed_keep_all(scenario: Scenario) -> None:
    card = await approved_once(scenario)
    scenario.continuity.customers[CUSTOMER][ONE].failover = True
    await scenario.press("change_approve", user=SECOND, card=card)
    await scenario.slack.wait_for(lambda slack: not slack.buttons(card))
    assert scenario.writes() == []
