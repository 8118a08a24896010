"""The Home tab: drawn when it is opened, for the person who opens it."""

from __future__ import annotations

from sandbox.slack import SlackSandbox
from tests.scenarios.conftest import APPROVER, CUSTOMER, OPERATOR, STRANGER, Scenario


def shown(slack: SlackSandbox, person: str) -> str:
    """All words of a person's tab."""
    if person not in slack.homes:
        return ""
    blocks = slack.homes[person].view["blocks"]
    return "\n".join(str(block["text"]["text"]) for block in blocks if "text" in block)


async def until(scenario: Scenario, person: str, words: str) -> str:
    return await scenario.slack.wait_for(
        lambda slack: words in (told := shown(slack, person)) and told
    )


async def test_each_person_sees_what_is_theirs(scenario: Scenario) -> None:
    await scenario.slack.open_home(STRANGER)
    await until(scenario, STRANGER, "You have no role here.")
    await scenario.type(f"failover on {CUSTOMER} --reason Exchange down")
    card = await scenario.card("change_approve")
    await scenario.slack.open_home(APPROVER)
    told = await until(scenario, APPROVER, f"asked by <@{OPERATOR}>")
    assert f"/archives/{card.channel}/p{card.ts.replace('.', '')}|C-" in told
    await scenario.press("change_approve", user=APPROVER)
    await scenario.outcome("20 of 20 in failover")
    home = scenario.slack.homes[APPROVER]
    [actions] = [one for one in home.view["blocks"] if one["type"] == "actions"]
    # What was drawn just now is not drawn anew by Refresh: it is pressed until it is.
    while "20 on" not in shown(scenario.slack, APPROVER):
        await scenario.slack.view_click(APPROVER, home.id, actions["block_id"], "home_refresh")
    told = shown(scenario.slack, APPROVER)
    assert "FAILOVER ON · all users · 20 on" in told
    assert "Nothing waits for you." in told
    await scenario.slack.open_home(OPERATOR)
    told = await until(scenario, OPERATOR, "APPLIED · FAILOVER ON · Acme GmbH (44444)")
    assert "You may propose changes for: Acme GmbH (44444)" in told


async def test_another_tab_of_the_app_draws_nothing(scenario: Scenario) -> None:
    await scenario.slack.open_home(OPERATOR, tab="messages")
    await scenario.slack.open_home(STRANGER)
    await until(scenario, STRANGER, "You have no role here.")
    assert OPERATOR not in scenario.slack.homes
