"""Deletions from the command to the API, told by identifiers and requests alone: no text is looked at.

`tests/test_wording.py` runs this file again with every text of `bot/slack/views` replaced.
"""

from __future__ import annotations

import pytest

from bot.domain.roles import Role
from sandbox.slack import Message
from tests import beside
from tests.scenarios.conftest import ADMIN, APPROVER, CUSTOMER, INCIDENT, Scene
from tests.scenarios.users.test_edit_user import form

SECOND = "U0SECOND"
LEFT = [f"user{n:04d}@example.com" for n in range(3, 13)]
ONE = LEFT[0]


@pytest.fixture(autouse=True)
async def second_approver(scene: Scene) -> None:
    """A second approver, and ten users in a group."""
    await beside.grant(scene.settings.database, CUSTOMER, [(SECOND, Role.APPROVER)])
    scene.slack.add_person(SECOND, "second")
    scene.slack.channels[INCIDENT].members.add(SECOND)
    for address in LEFT:
        scene.continuity.customers[CUSTOMER][address].groups = {"left"}


async def approved_once(scene: Scene) -> Message:
    """Propose to delete the group, and approve it all but the last click; return the card."""
    await scene.type(f"purge {CUSTOMER} --group left", user=ADMIN)
    view = await form(scene, "number")
    await scene.slack.submit(ADMIN, view.id, {"number": CUSTOMER, "reason": "contract ended"})
    card = await scene.card("change_approve")
    seen = len(card.history)
    await scene.press("change_approve", user=APPROVER, card=card)
    await scene.slack.wait_for(lambda _: len(card.history) > seen)
    return card


async def test_those_who_match_are_deleted_and_nobody_else(scene: Scene) -> None:
    held = scene.continuity.customers[CUSTOMER]
    others = {*held} - {*LEFT}
    card = await approved_once(scene)
    await scene.press("change_approve", user=SECOND, card=card)
    await scene.slack.wait_for(lambda slack: not slack.buttons(card))
    assert {*held} == others
    assert {one.rpartition("/")[2] for one in scene.writes()} == {*LEFT}


async def test_more_users_in_failover_than_the_card_showed_keep_all(scene: Scene) -> None:
    card = await approved_once(scene)
    scene.continuity.customers[CUSTOMER][ONE].failover = True
    await scene.press("change_approve", user=SECOND, card=card)
    await scene.slack.wait_for(lambda slack: not slack.buttons(card))
    assert scene.writes() == []
