"""The form for a change: opened in four ways, counted before it is sent, proposed as the command is."""

from __future__ import annotations

from typing import Any

from bot.domain.admin_commands import RevokeRoleCommand
from bot.domain.roles import Role, parse_subject
from sandbox.slack import View
from tests.fixtures import direct_store
from tests.scenarios.conftest import (
    APPROVER,
    CUSTOMER,
    ELSEWHERE,
    INCIDENT,
    OPERATOR,
    Scenario,
    said,
)

ON = {"what": "failover:on", "customer": CUSTOMER}


async def form(scenario: Scenario) -> View:
    """Wait for the form."""

    def opened(slack: Any) -> View | None:
        views = [one for one in slack.views.values() if one.callback_id == "change_form"]
        return views[-1] if views and views[-1].state == "open" else None

    return await scenario.slack.wait_for(opened)


def blocks(view: View) -> set[str]:
    return {one.get("block_id", "") for one in view.view["blocks"]}


async def found(scenario: Scenario, view: View, typed: str) -> dict[str, str]:
    """Return what the select of the customer offers for this text: label by number."""
    answer = await scenario.slack.suggest(OPERATOR, view.id, "customer", "form_customer", typed)
    assert isinstance(answer.body, dict)
    return {one["value"]: one["text"]["text"] for one in answer.body["options"]}


async def counted(scenario: Scenario, view: View, values: dict[str, Any]) -> str:
    """Press Count with these values; return what the form says then."""
    before = view.view
    await scenario.slack.view_click(OPERATOR, view.id, "form_count", "form_count", values=values)
    await scenario.slack.wait_for(lambda _: view.view is not before)
    return "\n".join(one["text"]["text"] for one in view.view["blocks"] if one["type"] == "section")


async def test_the_command_alone_opens_the_form_and_its_change_is_that_of_the_command(
    scenario: Scenario,
) -> None:
    await scenario.type("")
    view = await form(scenario)
    assert await found(scenario, view, "acm") == {CUSTOMER: "Acme GmbH (44444)"}
    assert await found(scenario, view, "444") == {CUSTOMER: "Acme GmbH (44444)"}
    assert await found(scenario, view, "zzz") == {}
    told = await counted(scenario, view, ON)
    assert "*ALL 20 users*" in told
    assert "will change *20*" in told
    assert (
        f"It needs 1 approval by somebody else. Who can approve: <@U0ADMIN>, <@{APPROVER}>." in told
    )
    assert scenario.writes() == []
    assert not list(scenario.slack.channel_messages(INCIDENT))
    await scenario.slack.submit(OPERATOR, view, {**ON, "reason": "Exchange down", "time": "2h"})
    card = await scenario.card("change_approve")
    assert "FAILOVER ON" in said(card)
    assert "Reason: Exchange down" in said(card)
    await scenario.press("change_approve", user=APPROVER)
    await scenario.outcome("20 of 20 in failover")


async def test_help_stays_a_command(scenario: Scenario) -> None:
    await scenario.type("help")
    await scenario.told("Switch mail:")
    await scenario.type("", user="U0STRANGER")
    await scenario.told("Your rights:", user="U0STRANGER")
    assert not scenario.slack.views


async def test_a_field_that_is_wrong_keeps_the_form_open(scenario: Scenario) -> None:
    await scenario.type("")
    view = await form(scenario)
    await found(scenario, view, "")
    wrong = {"whom": "users", "names": "jo", "time": "until", "reason": "jo@example.com left"}
    await scenario.slack.submit(OPERATOR, view, {**ON, **wrong})
    assert set(view.errors) == {"names", "until", "reason"}
    told = await counted(scenario, view, wrong)
    assert "“jo” is not an address" in told
    right = {
        "names": "user0001@example.com, user0002@example.com",
        "until": "06:00",
        "reason": "left",
    }
    await scenario.slack.submit(OPERATOR, view, {**ON, "whom": "users", "time": "until", **right})
    card = await scenario.card("change_confirm")
    assert "*2 named users*" in said(card)


async def test_from_anywhere_it_asks_for_an_incident_channel(scenario: Scenario) -> None:
    await scenario.slack.shortcut(OPERATOR, "continuity_change", viewing=ELSEWHERE)
    view = await form(scenario)
    assert "channel" in blocks(view)
    await found(scenario, view, "")
    await scenario.slack.submit(OPERATOR, view, {**ON, "channel": ELSEWHERE})
    assert "no incident channel for 44444" in view.errors["channel"]
    await scenario.slack.submit(OPERATOR, view, {**ON, "channel": INCIDENT})
    card = await scenario.card("change_approve")
    assert card.channel == INCIDENT
    direct = scenario.slack.direct_channel(OPERATOR).id
    await scenario.slack.wait_for(
        lambda slack: any(
            f"the card is in <#{INCIDENT}>" in one.text for one in slack.channel_messages(direct)
        )
    )


async def test_a_message_becomes_the_reason_without_the_addresses_in_it(
    scenario: Scenario,
) -> None:
    text = "<@U0ADMIN> Exchange &amp; DNS down, says <mailto:jo@example.com|jo@example.com>"
    message = scenario.slack.post(INCIDENT, APPROVER, text)
    await scenario.slack.message_shortcut(
        OPERATOR, INCIDENT, message.ts, "continuity_change_message"
    )
    view = await form(scenario)
    assert "channel" not in blocks(view)
    [reason] = [one for one in view.view["blocks"] if one.get("block_id") == "reason"]
    assert reason["element"]["initial_value"] == "Exchange & DNS down, says"


async def test_what_was_typed_is_kept_when_it_is_refused(scenario: Scenario) -> None:
    await scenario.type("")
    view = await form(scenario)
    await found(scenario, view, "")
    async with direct_store.admin(scenario.settings.database) as admin:
        await admin.revoke(RevokeRoleCommand(parse_subject(OPERATOR), Role.OPERATOR, CUSTOMER))
    await scenario.slack.submit(
        OPERATOR, view, {**ON, "reason": "Exchange down", "whom": "everyone"}
    )
    refused = await scenario.slack.wait_for(
        lambda slack: next(
            (e for e in slack.ephemerals if "again_change_form" in slack.buttons(e)), None
        )
    )
    assert "You may not propose" in refused.text
    await direct_store.grant(scenario.settings.database, CUSTOMER, [(OPERATOR, Role.OPERATOR)])
    await scenario.slack.click(OPERATOR, INCIDENT, refused.ts, "again_change_form")
    view = await form(scenario)
    held = {block: {**one} for block, part in view.values.items() for one in part.values()}
    assert held["reason"]["value"] == "Exchange down"
    assert held["customer"]["selected_option"]["value"] == CUSTOMER
    assert held["what"]["selected_option"]["value"] == "failover:on"


async def test_the_home_tab_opens_it(scenario: Scenario) -> None:
    await scenario.slack.open_home(OPERATOR)
    home = await scenario.slack.wait_for(lambda slack: slack.homes.get(OPERATOR))
    [actions] = [one for one in home.view["blocks"] if one["type"] == "actions"]
    await scenario.slack.view_click(OPERATOR, home.id, actions["block_id"], "form_open")
    assert "channel" in blocks(await form(scenario))


async def test_a_trigger_that_has_expired_is_told_with_what_to_do(scenario: Scenario) -> None:
    scenario.slack.modals.trigger_lifetime = 0
    await scenario.type("")
    await scenario.told("Type `/continuity` again")


async def test_the_order_of_the_manual_is_one_choice(scenario: Scenario) -> None:
    await scenario.type("")
    view = await form(scenario)
    await found(scenario, view, "")
    restore = {"what": "restore", "customer": CUSTOMER, "time": "8h"}
    await scenario.slack.submit(OPERATOR, view, restore)
    assert "the customer's rule says" in view.errors["until"]
    told = await counted(scenario, view, {**ON, "what": "activate", "time": "good"})
    assert "It needs 1 approval by somebody else." in told
    await scenario.slack.submit(OPERATOR, view, {"what": "activate", "customer": CUSTOMER})
    assert "ACTIVATE" in said(await scenario.card("change_approve"))


async def test_for_a_customer_of_another_channel_it_asks_for_the_channel(
    scenario: Scenario,
) -> None:
    rows = [(OPERATOR, Role.OPERATOR), (ELSEWHERE, Role.INCIDENT)]
    await direct_store.grant(scenario.settings.database, "10101", rows)
    await scenario.type("")
    view = await form(scenario)
    await found(scenario, view, "101")
    told = await counted(scenario, view, {"what": "access:on", "customer": "10101"})
    assert "not an incident channel" in told
    assert "channel" in blocks(view)
    values = {"what": "access:on", "customer": "10101", "channel": INCIDENT}
    await scenario.slack.submit(OPERATOR, view, values)
    assert "no incident channel for 10101" in view.errors["channel"]
