"""A workspace of an Enterprise Grid: people of several workspaces, who act by either of two ids."""

from __future__ import annotations

from bot.domain.roles import Role
from tests.fixtures import direct_store
from tests.scenarios.conftest import CUSTOMER, INCIDENT, OPERATOR, Scenario

GRID, OTHER_ID = "U0GRID", "W0GRID"


async def in_a_grid(scenario: Scenario) -> None:
    """Somebody whose first workspace is another one, operator by one id and approver by the other."""
    slack = scenario.slack
    slack.enterprise_id = "E0GROUP"
    teams = ("T0OTHER", "T0HOME")
    slack.add_person(GRID, "grid", team_id="T0OTHER", teams=teams, other_id=OTHER_ID)
    slack.channels[INCIDENT].members.update((GRID, OTHER_ID))
    rows = ((GRID, Role.OPERATOR), (OTHER_ID, Role.APPROVER))
    await direct_store.grant(scenario.settings.database, CUSTOMER, rows)


async def test_somebody_of_several_workspaces_proposes_and_never_approves_it(
    scenario: Scenario,
) -> None:
    await in_a_grid(scenario)
    await scenario.type("failover on 44444", user=OTHER_ID)
    for one in (GRID, OTHER_ID):
        await scenario.press("change_approve", user=one)
        await scenario.told("Nobody approves their own change", user=one)
    assert scenario.writes() == []


async def test_somebody_of_several_workspaces_approves_what_another_proposed(
    scenario: Scenario,
) -> None:
    await in_a_grid(scenario)
    await scenario.type("failover on 44444", user=OPERATOR)
    await scenario.press("change_approve", user=GRID)
    await scenario.outcome("APPLIED")
    assert scenario.writes() == ["PUT /44444/failover"]


async def test_a_mention_of_theirs_is_answered(scenario: Scenario) -> None:
    await in_a_grid(scenario)
    await scenario.slack.mention(OTHER_ID, INCIDENT, "whoami 44444")
    assert "propose" in await scenario.told("44444", user=OTHER_ID)
