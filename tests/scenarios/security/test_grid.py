"""A workspace of an Enterprise Grid: people of several workspaces, who act by either of two ids."""

from __future__ import annotations

from bot.domain.roles import Role
from tests import beside
from tests.scenarios.conftest import CUSTOMER, INCIDENT, OPERATOR, Scene

GRID, OTHER_ID = "U0GRID", "W0GRID"


async def in_a_grid(scene: Scene) -> None:
    """Somebody whose first workspace is another one, operator by one id and approver by the other."""
    slack = scene.slack
    slack.enterprise_id = "E0GROUP"
    teams = ("T0OTHER", "T0HOME")
    slack.add_person(GRID, "grid", team_id="T0OTHER", teams=teams, other_id=OTHER_ID)
    slack.channels[INCIDENT].members.update((GRID, OTHER_ID))
    rows = ((GRID, Role.OPERATOR), (OTHER_ID, Role.APPROVER))
    await beside.grant(scene.settings.database, CUSTOMER, rows)


async def test_somebody_of_several_workspaces_proposes_and_never_approves_it(scene: Scene) -> None:
    await in_a_grid(scene)
    await scene.type("failover on 44444", user=OTHER_ID)
    for one in (GRID, OTHER_ID):
        await scene.press("change_approve", user=one)
        await scene.told("Nobody approves their own change", user=one)
    assert scene.writes() == []


async def test_somebody_of_several_workspaces_approves_what_another_proposed(scene: Scene) -> None:
    await in_a_grid(scene)
    await scene.type("failover on 44444", user=OPERATOR)
    await scene.press("change_approve", user=GRID)
    await scene.outcome("APPLIED")
    assert scene.writes() == ["PUT /44444/failover"]


async def test_a_mention_of_theirs_is_answered(scene: Scene) -> None:
    await in_a_grid(scene)
    await scene.slack.mention(OTHER_ID, INCIDENT, "whoami 44444")
    assert "propose" in await scene.told("44444", user=OTHER_ID)
