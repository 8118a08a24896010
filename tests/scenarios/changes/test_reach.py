"""People are reached: the card names them, they have it directly and decide there, and are told of the end."""

from __future__ import annotations

from bot.domain.roles import Role
from sandbox.slack import Message, SlackSandbox
from tests.fixtures import direct_store
from tests.scenarios.conftest import (
    ADMIN,
    APPROVER,
    CUSTOMER,
    INCIDENT,
    OPERATOR,
    Scenario,
    said,
)

COMMAND = f"failover on {CUSTOMER} --reason Exchange down"


async def direct(scenario: Scenario, person: str, action: str) -> Message:
    """Wait for a direct message to this person that has a button."""

    def found(slack: SlackSandbox) -> Message | None:
        mine = slack.direct_messages(person)
        return next((one for one in mine if action in slack.buttons(one)), None)

    return await scenario.slack.wait_for(found)


async def written(scenario: Scenario, person: str, words: str) -> Message:
    """Wait for a direct message to this person that says this."""
    return await scenario.slack.wait_for(
        lambda slack: next((m for m in slack.direct_messages(person) if words in said(m)), None)
    )


async def test_the_approver_decides_in_a_direct_message_and_the_requester_is_told_the_end(
    scenario: Scenario,
) -> None:
    await scenario.type(COMMAND)
    card = await scenario.card("change_approve")
    assert f"Please decide*: <@{APPROVER}>" in said(card.history[0])
    message = await direct(scenario, APPROVER, "change_approve")
    assert message.history[0].text.startswith(
        f"DECIDE: FAILOVER ON · Acme GmbH ({CUSTOMER}) · ALL 20 users · u0operator: Exchange down"
    )
    assert "ALL 20 users" in said(message)
    assert f"/archives/{INCIDENT}/p{card.ts.replace('.', '')}|Open the card>" in said(message)
    await scenario.press("change_approve", user=APPROVER, card=message)
    done = await scenario.outcome("20 of 20 in failover")
    assert f"approved by <@{APPROVER}>" in said(done)
    await scenario.slack.wait_for(lambda slack: not slack.buttons(message))
    await written(scenario, APPROVER, f"Approved by <@{APPROVER}>")
    told = await written(scenario, OPERATOR, "20 of 20 in failover")
    assert told.history[0].text.startswith("APPLIED: FAILOVER ON · Acme GmbH")
    assert f"p{done.ts.replace('.', '')}|Open it>" in said(told)
    assert not scenario.slack.direct_messages(ADMIN)
    assert not scenario.slack.refused


async def test_a_denial_in_a_direct_message_asks_for_the_reason(scenario: Scenario) -> None:
    await scenario.type(COMMAND)
    message = await direct(scenario, APPROVER, "change_deny")
    await scenario.press("change_deny", user=APPROVER, card=message)
    view = await scenario.slack.wait_for(lambda slack: next(iter(slack.views.values()), None))
    await scenario.slack.submit(APPROVER, view, {"reason": "not tonight"})
    await written(scenario, APPROVER, f"By <@{APPROVER}>: not tonight")
    await written(scenario, OPERATOR, f"By <@{APPROVER}>: not tonight")
    assert scenario.writes() == []


async def test_who_looks_stands_on_the_card(scenario: Scenario) -> None:
    await scenario.type(COMMAND)
    message = await direct(scenario, APPROVER, "change_looking")
    await scenario.press("change_looking", user=APPROVER, card=message)
    card = await scenario.outcome(f"Looking*: <@{APPROVER}> ")
    assert f"Please decide*: <@{APPROVER}>" in said(card)
    await scenario.slack.wait_for(lambda slack: "change_looking" not in slack.buttons(message))
    assert "change_approve" in scenario.slack.buttons(message)


async def test_present_people_are_mentioned_first_and_five_at_most(scenario: Scenario) -> None:
    people = [f"U0APPROVER{number}" for number in range(1, 8)]
    for person in people:
        scenario.slack.add_person(person, person.lower(), presence="away")
    scenario.slack.people["U0APPROVER7"].presence = "active"
    scenario.slack.people[APPROVER].presence = "away"
    rows = [(person, Role.APPROVER) for person in people]
    await direct_store.grant(scenario.settings.database, CUSTOMER, rows)
    await scenario.type(COMMAND)
    card = await scenario.card("change_approve")
    named = ["U0APPROVER7", APPROVER, *people[:3]]
    words = ", ".join(f"<@{one}>" for one in named)
    assert f"*Please decide*: {words}, and 3 others in direct messages" in said(card.history[0])
    for person in people:
        await direct(scenario, person, "change_approve")


async def test_what_is_withdrawn_says_so_in_the_direct_message(scenario: Scenario) -> None:
    await scenario.type(COMMAND)
    message = await direct(scenario, APPROVER, "change_approve")
    await scenario.press("change_cancel", user=OPERATOR)
    await written(scenario, APPROVER, f"Withdrawn by <@{OPERATOR}>")
    assert not scenario.slack.buttons(message)
    assert len(message.history) > 1
    assert not scenario.slack.direct_messages(OPERATOR)
