"""What is on: listed to whoever may view it, with what was switched elsewhere."""

from __future__ import annotations

from tests.scenarios.conftest import APPROVER, CUSTOMER, ELSEWHERE, OPERATOR, Scenario


async def test_what_was_switched_is_listed_until_it_is_switched_off(scenario: Scenario) -> None:
    await scenario.type("on")
    await scenario.told("*Nothing is on.*")
    await scenario.type(f"failover on {CUSTOMER} --reason Exchange down")
    await scenario.press("change_approve", user=APPROVER)
    await scenario.outcome("20 of 20 in failover")
    await scenario.type(f"on {CUSTOMER}")
    told = await scenario.told("FAILOVER ON · all users · 20 on")
    assert "*Acme GmbH (44444)*" in told
    assert f"by <@{OPERATOR}>, approved by <@{APPROVER}> · <http" in told
    assert "18 of 20 cannot read their mail: access off 18, no password 3." in told
    assert "ACCESS ON · 2 users · ⚠️ not by this bot" in told
    # Elsewhere they may view nothing.
    await scenario.type("on", channel=ELSEWHERE)
    await scenario.told("You may view no customer here.")
    await scenario.type(f"failover off {CUSTOMER}")
    await scenario.press("change_approve", user=APPROVER)
    await scenario.outcome("20 of 20 not in failover")
    await scenario.type(f"on {CUSTOMER}")
    await scenario.told(f"*Nothing is on for {CUSTOMER}.*")
