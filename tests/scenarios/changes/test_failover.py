"""From the slash command to the outcome in the channel, through the running bot."""

from __future__ import annotations

import asyncio

from bot.terminal.audit.export import verify_all
from tests.fixtures import direct_store
from tests.scenarios.conftest import (
    ADMIN,
    APPROVER,
    CUSTOMER,
    ELSEWHERE,
    INCIDENT,
    OPERATOR,
    SHARED,
    STRANGER,
    Scenario,
    said,
)


async def test_a_whole_customer_is_approved_by_another_executed_once_and_read_back(
    scenario: Scenario,
) -> None:
    await scenario.type(f"failover on {CUSTOMER} --reason Exchange is down <!channel>")
    card = await scenario.card("change_approve")
    assert "ALL 20 users" in said(card)
    assert "access off 18" in said(card)
    assert "not activated 3" in said(card)
    assert "Acme GmbH (44444)" in said(card)
    assert "<!channel>" not in said(card)
    await scenario.press("change_approve", user=APPROVER)
    done = await scenario.outcome("20 of 20 in failover")
    assert f"<@{OPERATOR}>, approved by <@{APPROVER}>" in said(done)
    assert "API id" in said(done)
    assert "change_back" in scenario.slack.buttons(done)
    assert scenario.writes() == [f"PUT /{CUSTOMER}/failover"]
    assert not scenario.slack.buttons(card)
    assert not scenario.slack.refused


async def test_the_first_post_tells_a_locked_phone_everything(scenario: Scenario) -> None:
    """The card waits for the count; later states are told in updates, which notify nobody."""
    await scenario.type(f"failover on {CUSTOMER} --reason Exchange down")
    card = await scenario.card("change_approve")
    assert card.history[0].text.startswith(
        f"FAILOVER ON · Acme GmbH ({CUSTOMER}) · ALL 20 users · u0operator: Exchange down · C-"
    )
    assert len(card.history) == 1
    await scenario.press("change_approve", user=APPROVER)
    done = await scenario.outcome("20 of 20 in failover")
    assert done.history[0].text.startswith(
        "APPLIED: FAILOVER ON · Acme GmbH (44444) · ALL 20 users"
    )


async def test_a_count_that_takes_long_does_not_hold_the_card_back(scenario: Scenario) -> None:
    scenario.continuity.fail(method="HEAD", kind="delay", seconds=3)
    await scenario.type(f"failover on {CUSTOMER} --reason Exchange down")
    card = await scenario.card("change_cancel")
    assert " · ALL users, not counted · " in card.history[0].text
    assert "Counting …" in said(card)
    assert card is await scenario.card("change_approve")
    assert "ALL 20 users" in said(card)


async def test_nobody_approves_his_own_change_and_the_card_stays(scenario: Scenario) -> None:
    await scenario.type(f"failover on {CUSTOMER}")
    await scenario.press("change_approve", user=OPERATOR)
    await scenario.told("Nobody approves their own change")
    assert await scenario.card("change_approve")
    assert scenario.writes() == []


async def test_a_few_named_users_are_confirmed_by_the_requester(scenario: Scenario) -> None:
    users = list(scenario.continuity.customers[CUSTOMER])[:2]
    await scenario.type(f"failover on {CUSTOMER} {' '.join(users)}")
    await scenario.press("change_confirm", user=APPROVER)
    await scenario.told("Only the requester confirms", user=APPROVER)
    await scenario.press("change_confirm", user=OPERATOR)
    await scenario.outcome("2 of 2 in failover")
    assert len(scenario.writes()) == 2


async def test_two_approvers_in_the_same_second_are_one_execution(scenario: Scenario) -> None:
    await scenario.type(f"failover on {CUSTOMER}")
    card = await scenario.card("change_approve")
    await asyncio.gather(
        scenario.press("change_approve", user=APPROVER, card=card),
        scenario.press("change_approve", user=ADMIN, card=card),
    )
    await scenario.outcome("20 of 20 in failover")
    assert len(scenario.writes()) == 1


async def test_the_same_delivery_twice_has_no_second_effect(scenario: Scenario) -> None:
    delivery = await scenario.type(f"failover on {CUSTOMER}")
    await scenario.card("change_approve")
    assert (await scenario.slack.redeliver(delivery)).status == 200
    click = await scenario.press("change_approve", user=APPROVER)
    assert (await scenario.slack.redeliver(click)).status == 200
    await scenario.outcome("20 of 20 in failover")
    assert len(scenario.writes()) == 1


async def test_the_same_wish_twice_opens_the_card_that_is_there(scenario: Scenario) -> None:
    await scenario.type(f"failover on {CUSTOMER}")
    await scenario.card("change_approve")
    await scenario.type(f"failover on {CUSTOMER}")
    await scenario.told("proposed already")


async def test_denying_asks_for_a_reason_that_the_card_shows(scenario: Scenario) -> None:
    await scenario.type(f"failover on {CUSTOMER}")
    await scenario.press("change_deny", user=APPROVER)
    view = await scenario.slack.wait_for(lambda slack: next(iter(slack.views.values()), None))
    await scenario.slack.submit(APPROVER, view.id, {"reason": {"reason": "wrong customer"}})
    assert "wrong customer" in said(await scenario.outcome("DENIED"))
    assert scenario.writes() == []


async def test_without_a_row_nothing_is_asked_of_the_api(scenario: Scenario) -> None:
    await scenario.type(f"failover on {CUSTOMER}", user=STRANGER)
    assert f"<@{ADMIN}>" in await scenario.told("needs the role", user=STRANGER)
    await scenario.type(f"failover on {CUSTOMER}", channel=ELSEWHERE)
    await scenario.told("not an incident channel")
    await scenario.type(f"failover on {CUSTOMER}", channel=SHARED)
    await scenario.told("shared with another company")
    assert scenario.continuity.requests == []


async def test_bad_input_gets_a_sentence_and_no_card(scenario: Scenario) -> None:
    await scenario.type("failovr on 44444")
    await scenario.told("failover")
    await scenario.type("failover on 44444 --reason --group=emea")
    await scenario.told("eason")
    assert scenario.slack.channel_messages(INCIDENT) == []


async def test_an_ambiguous_answer_is_read_back_and_never_called_failed(scenario: Scenario) -> None:
    scenario.continuity.fail(method="PUT", kind="reset_after")
    await scenario.type(f"failover on {CUSTOMER}")
    await scenario.press("change_approve", user=APPROVER)
    assert "not known whether it took effect" in said(await scenario.outcome("NOT KNOWN"))
    await scenario.outcome("20 of 20 in failover")
    assert len(scenario.writes()) == 1


async def test_the_audit_trail_of_a_change_is_intact(scenario: Scenario) -> None:
    await scenario.type(f"failover on {CUSTOMER}")
    await scenario.press("change_approve", user=APPROVER)
    await scenario.outcome("20 of 20 in failover")
    async with direct_store.opened(scenario.settings.database) as store:
        report = await verify_all(store)
    assert report.fault == ""
    assert report.entries >= 10
