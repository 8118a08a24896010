"""Break-glass through the running bot: the form, everybody is told, the review, an open change."""

from __future__ import annotations

import pytest

from bot.domain.roles import Role
from sandbox.slack import Message
from tests.fixtures import direct_store
from tests.scenarios.changes.test_reach import direct, written
from tests.scenarios.conftest import (
    APPROVER,
    CUSTOMER,
    INCIDENT,
    OPERATOR,
    Scenario,
    said,
)
from tests.scenarios.users.test_edit_user import form, words_of

COMMANDER = "U0COMMANDER"
COMMAND = f"failover on {CUSTOMER} --emergency --reason Exchange down"


@pytest.fixture(autouse=True)
async def commander(scenario: Scenario) -> None:
    await direct_store.grant(scenario.settings.database, CUSTOMER, [(COMMANDER, Role.COMMANDER)])
    scenario.slack.add_person(COMMANDER, "chris")
    scenario.slack.channels[INCIDENT].members.add(COMMANDER)


async def decide(scenario: Scenario, number: str = CUSTOMER, reason: str = "Exchange down") -> None:
    view = await form(scenario, "number")
    await scenario.slack.submit(COMMANDER, view.id, {"number": number, "reason": reason})


async def no_buttons(scenario: Scenario, message: Message) -> None:
    await scenario.slack.wait_for(lambda slack: not slack.buttons(message))


async def test_a_commander_decides_alone_and_an_approver_accepts_in_the_direct_message(
    scenario: Scenario,
) -> None:
    await scenario.type(COMMAND, user=COMMANDER)
    view = await form(scenario, "number")
    for words in ("ALL 20 users", "You decide this alone, now.", COMMAND.partition(" --r")[0]):
        assert words in words_of(view)
    await scenario.slack.submit(COMMANDER, view.id, {"number": "44445", "reason": "x"})
    assert {*view.errors} == {"number"}
    await decide(scenario)
    done = await scenario.outcome("20 of 20 in failover")
    assert f"<@{COMMANDER}> decided it alone, without an approval" in said(done)
    assert done.history[0].text.startswith("EMERGENCY APPLIED: FAILOVER ON · Acme GmbH (44444)")
    assert scenario.writes() == [f"PUT /{CUSTOMER}/failover"]

    message = await direct(scenario, APPROVER, "review_accept")
    first = message.history[0].text
    assert first.startswith("EMERGENCY: FAILOVER ON · Acme GmbH (44444) · ALL 20 users · chris")
    await scenario.press("review_accept", user=COMMANDER)
    await scenario.told("You may not approve", user=COMMANDER)
    await scenario.press("review_accept", user=APPROVER, card=message)
    await no_buttons(scenario, message)
    assert f"<@{APPROVER}> accepted it" in said(message)
    card = await scenario.outcome("accepted it")
    assert "change_approve" not in scenario.slack.buttons(card)
    assert not scenario.slack.refused


async def test_an_open_change_is_turned_into_one_and_somebody_objects(scenario: Scenario) -> None:
    await scenario.type(f"failover on {CUSTOMER} --reason Exchange down")
    card = await scenario.card("change_emergency")
    await scenario.press("change_emergency", user=OPERATOR, card=card)
    await scenario.told("You may not decide alone for customer 44444")
    await scenario.press("change_emergency", user=COMMANDER, card=card)
    await decide(scenario, reason="nobody answers")
    await scenario.outcome("20 of 20 in failover")
    await written(scenario, APPROVER, "Decided alone, in an emergency")
    assert "Why: nobody answers" in said(card)

    message = await direct(scenario, APPROVER, "review_object")
    await scenario.press("review_object", user=APPROVER, card=message)
    view = await form(scenario, "reason")
    await scenario.slack.submit(APPROVER, view.id, {"reason": "I was there"})
    objection = await scenario.card("report_back_1")
    assert "I was there" in said(objection)
    await written(scenario, OPERATOR, "I was there")
    await written(scenario, COMMANDER, "I was there")
    await scenario.press("report_back_1", user=OPERATOR, card=objection)
    back = await scenario.card("change_approve")
    assert "FAILOVER OFF" in said(back)
    assert not scenario.slack.refused


async def test_it_is_reviewed_by_a_command_and_listed_until_then(scenario: Scenario) -> None:
    await scenario.type(COMMAND, user=COMMANDER)
    await decide(scenario)
    await scenario.outcome("20 of 20 in failover")
    await scenario.type("pending", user=APPROVER)
    listed = await scenario.told("review owed since", user=APPROVER)
    change = listed.partition("|C-")[2].partition(">")[0]
    await scenario.type(f"review C-{change} object", user=APPROVER)
    await scenario.told("An objection needs a reason", user=APPROVER)
    await scenario.type(f"review C-{change} accept It was right", user=APPROVER)
    await scenario.told("your review is recorded", user=APPROVER)
    await scenario.outcome("It was right")
    await scenario.type("pending", user=APPROVER)
    await scenario.told("Nothing waits here", user=APPROVER)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"failover on {CUSTOMER} 55555 --emergency", "--emergency is for one customer"),
        (f"failover on {CUSTOMER} --file --emergency", "does not go with --file"),
        (f"purge {CUSTOMER} --emergency", "this waits for its approvals"),
        (f"import {CUSTOMER} --emergency", "this waits for its approvals"),
    ],
)
async def test_what_is_not_for_an_emergency_is_told(
    scenario: Scenario, text: str, words: str
) -> None:
    await scenario.type(text, user=COMMANDER)
    await scenario.told(words, user=COMMANDER)
    assert scenario.slack.views == {}


async def test_activate_is_decided_alone_too(scenario: Scenario) -> None:
    await scenario.type(f"activate {CUSTOMER} --emergency --reason Exchange down", user=COMMANDER)
    await decide(scenario)
    done = await scenario.outcome("decided it alone, without an approval. The card")
    assert done.text.startswith("EMERGENCY APPLIED: ACTIVATE · Acme GmbH (44444)")
    assert scenario.writes() == [f"PUT /{CUSTOMER}/access", f"PUT /{CUSTOMER}/failover"]
