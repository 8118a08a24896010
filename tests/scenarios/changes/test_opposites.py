"""Two cards that want the opposite of each other name and link each other, as long as both are open."""

from __future__ import annotations

from sandbox.slack import Message
from tests.scenarios.conftest import APPROVER, CUSTOMER, INCIDENT, OPERATOR, Scenario, said


async def card_of(scenario: Scenario, action: str) -> Message:
    """Wait for the card of this action, with the button that approves it."""

    def there(_: object) -> Message | None:
        cards = scenario.slack.channel_messages(INCIDENT)
        waiting = [one for one in cards if "change_approve" in scenario.slack.buttons(one)]
        return next((one for one in waiting if f"WAITING · {action}" in said(one)), None)

    return await scenario.slack.wait_for(there)


async def test_each_names_the_other_until_one_of_them_has_ended(scenario: Scenario) -> None:
    scenario.continuity.customers[CUSTOMER]["user0001@example.com"].failover = True
    await scenario.type(f"failover on {CUSTOMER} --reason Exchange is down")
    on = await card_of(scenario, "FAILOVER ON")
    await scenario.type(f"failover off {CUSTOMER} user0001@example.com --reason it is back")
    link = f"/archives/{INCIDENT}/p{on.ts.replace('.', '')}|Open it>"
    await scenario.slack.wait_for(
        lambda _: any(link in said(one) for one in scenario.slack.channel_messages(INCIDENT))
    )
    await scenario.slack.wait_for(lambda _: "*Opposite*: C-" in said(on))
    assert "FAILOVER OFF" in said(on)
    off = next(one for one in scenario.slack.channel_messages(INCIDENT) if link in said(one))
    await scenario.press("change_cancel", user=OPERATOR, card=off)
    await scenario.slack.wait_for(lambda _: "Opposite" not in said(on))
    await scenario.press("change_approve", user=APPROVER, card=on)
    await scenario.outcome("20 of 20 in failover")
    assert not scenario.slack.refused
