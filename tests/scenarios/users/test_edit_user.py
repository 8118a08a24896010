"""A user edited or deleted through the running bot: form, card, decision, outcome."""

from __future__ import annotations

import pytest

from sandbox.slack import Message, SlackSandbox, View
from tests.builders import a_policy_rule
from tests.fixtures import direct_store
from tests.fixtures.audited_rows import put_policy
from tests.scenarios.conftest import (
    ADMIN,
    APPROVER,
    CUSTOMER,
    ELSEWHERE,
    INCIDENT,
    OPERATOR,
    STRANGER,
    Scenario,
    said,
)

USER = "user0001@example.com"
EDIT = f"user edit {CUSTOMER} {USER}"
DELETE = f"user delete {CUSTOMER} {USER}"


async def form(scenario: Scenario, block: str) -> View:
    """Wait for the open form that has this block."""

    def found(_: object) -> View | None:
        views = [view for view in scenario.slack.views.values() if view.state == "open"]
        return next((one for one in views if block in str(one.view["blocks"])), None)

    return await scenario.slack.wait_for(found)


def words_of(view: View) -> str:
    return "\n".join(b["text"]["text"] for b in view.view["blocks"] if b["type"] == "section")


async def edit(scenario: Scenario, user: str = OPERATOR, **values: str) -> View:
    await scenario.type(EDIT, user=user)
    view = await form(scenario, "displayName")
    await scenario.slack.submit(user, view.id, values)
    return view


async def test_a_name_is_changed_by_whoever_proposed_it_and_the_rest_survives(
    scenario: Scenario,
) -> None:
    held = scenario.continuity.customers[CUSTOMER][USER]
    held.groups = {"emea"}
    await edit(scenario, displayName="Jo *B*", reason="married <!channel>")
    card = await scenario.card("change_confirm")
    assert "EDIT USER · Acme GmbH (44444)" in said(card)
    assert f"Changes one field of *{USER}*:" in said(card)
    assert "• Display name: User 0001 → *Jo ∗B∗*" in said(card)
    assert "Given name" not in said(card)
    assert "<!channel>" not in said(card)
    await scenario.press("change_confirm", user=OPERATOR)
    done = said(await scenario.outcome("as wanted."))
    assert "APPLIED · EDIT USER" in done
    await scenario.press("change_back", user=OPERATOR, card=await scenario.card("change_back"))
    back = await scenario.card("change_confirm")
    assert "• Display name: Jo ∗B∗ → *User 0001*" in said(back)
    assert scenario.writes() == [f"PUT /{CUSTOMER}/{USER}"]
    assert (held.display_name, held.given_name, held.groups) == ("Jo *B*", "User", {"emea"})


async def test_language_and_time_zone_are_chosen_or_typed(scenario: Scenario) -> None:
    scenario.continuity.customers[CUSTOMER]["user0002@example.com"].language = "de_DE"
    held = scenario.continuity.customers[CUSTOMER][USER]
    await edit(scenario, language="de_DE", timezone="America/Port-au-Prince")
    card = await scenario.card("change_confirm")
    assert "• Language: en_GB → *de_DE*" in said(card)
    assert "• Time zone: Europe/Berlin → *America/Port-au-Prince*" in said(card)
    await scenario.press("change_confirm", user=OPERATOR, card=card)
    await scenario.outcome("as wanted.")
    await edit(scenario, **{"language.other": "xx_YY", "timezone.other": "Mars/Olympus"})
    await scenario.press("change_confirm", user=OPERATOR)
    await scenario.slack.wait_for(lambda _: held.timezone == "Mars/Olympus")
    assert held.language == "xx_YY"
    # What they have now can be chosen, though no list has it.
    await scenario.type(EDIT)
    view = await form(scenario, "Mars/Olympus")
    chosen = {
        b["block_id"]: b["element"].get("initial_option")
        for b in view.view["blocks"]
        if "element" in b
    }
    assert (chosen["language"]["value"], chosen["timezone"]["value"]) == ("xx_YY", "Mars/Olympus")
    assert not scenario.slack.refused


async def test_wrong_fields_are_told_at_the_field_and_nothing_changed_at_the_first(
    scenario: Scenario,
) -> None:
    wrong = {"displayName": " ", "language.other": "de-DE", "surName": "x" * 129}
    view = await edit(scenario, **wrong)
    assert {*view.errors} == {*wrong}
    assert "Did you mean de_DE" in view.errors["language.other"]
    await scenario.slack.submit(OPERATOR, view.id, {"reason": "only this"})
    assert view.errors == {"displayName": "Nothing is changed. Change a field, or press Cancel."}
    await scenario.slack.submit(OPERATOR, view.id, {"failoverGroups": "emea, apac"})
    assert "Failover groups: (none) → *emea, apac*" in said(await scenario.card("change_confirm"))
    assert scenario.writes() == []


async def test_what_was_not_touched_needs_no_check_and_several_groups_are_told_apart(
    scenario: Scenario,
) -> None:
    users = scenario.continuity.customers[CUSTOMER]
    users[USER].language, users[USER].groups = "de", {"emea/asia"}
    users["user0002@example.com"].groups = {"R;D"}
    view = await edit(scenario, failoverGroups="emea/asia, R;D, a|b", givenName="J?rg")
    assert scenario.slack.views[view.id].state == "open"
    assert "“a|b” is one name here" in view.errors["failoverGroups"]
    assert view.errors["failoverGroups"].endswith("Separate them by commas.")
    values = {"failoverGroups": "emea/asia, R;D, emae", "givenName": "J?rg"}
    await scenario.slack.submit(OPERATOR, view.id, values)
    card = said(await scenario.card("change_confirm"))
    assert "*new groups*, which no user is in yet: “emae”. Are the names right?" in card
    assert "beside a letter of the given name: was a letter lost before?" in card


async def test_an_api_that_does_not_answer_is_told_in_the_form(scenario: Scenario) -> None:
    scenario.continuity.fail(method="GET", kind=503, times=None)
    await scenario.type(EDIT)
    view = await form(scenario, "Nothing was changed.")
    assert "503" in words_of(view)


async def test_a_slow_api_does_not_lose_the_form(scenario: Scenario) -> None:
    scenario.continuity.fail(method="GET", kind="delay", seconds=3.5)
    await scenario.type(EDIT)
    assert await form(scenario, "displayName")


async def test_somebody_who_is_not_there_is_told_in_the_form(scenario: Scenario) -> None:
    await scenario.type(f"user edit {CUSTOMER} nobody@example.com")
    view = await form(scenario, "has no user nobody@example.com")
    assert "wrong address or number?" in words_of(view)


@pytest.mark.parametrize("command", [EDIT, DELETE])
async def test_without_the_right_no_form_opens_and_the_api_is_not_asked(
    scenario: Scenario, command: str
) -> None:
    await scenario.type(command, user=STRANGER)
    await scenario.told("needs the role", user=STRANGER)
    await scenario.type(command, user=ADMIN, channel=ELSEWHERE)
    await scenario.told("not an incident channel", user=ADMIN)
    assert scenario.slack.views == {}
    assert scenario.continuity.requests == []


async def test_a_field_that_moved_meanwhile_stops_the_edit(scenario: Scenario) -> None:
    await edit(scenario, displayName="Jo B")
    card = await scenario.card("change_confirm")
    scenario.continuity.customers[CUSTOMER][USER].display_name = "Joanna"
    await scenario.press("change_confirm", user=OPERATOR, card=card)
    done = said(await scenario.outcome("FAILED · EDIT USER"))
    assert "Nothing was sent: display name changed after this was proposed" in done
    assert scenario.writes() == []


async def test_an_edit_whose_answer_is_lost_is_read_back(scenario: Scenario) -> None:
    scenario.continuity.fail(method="PUT", kind="reset_after")
    await edit(scenario, displayName="Jo B")
    await scenario.press("change_confirm", user=OPERATOR)
    await scenario.outcome("NOT KNOWN")
    await scenario.outcome("as wanted.")
    assert len(scenario.writes()) == 1


async def test_where_the_policy_says_so_another_approves_an_edit_or_denies_it(
    scenario: Scenario,
) -> None:
    rule = a_policy_rule(customer=CUSTOMER, flag="edit", approvals=1)
    await direct_store.write(scenario.settings.database, lambda tx: put_policy(tx, rule))
    await edit(scenario, displayName="Jo B")
    card = await scenario.card("change_approve")
    assert "• Display name: User 0001 → *Jo B*" in said(card)
    await scenario.press("change_approve", user=OPERATOR, card=card)
    await scenario.told("Nobody approves their own")
    await scenario.press("change_deny", user=APPROVER, card=card)
    view = await form(scenario, "The requester sees it")
    await scenario.slack.submit(APPROVER, view.id, {"reason": "ask him first"})
    assert "ask him first" in said(await scenario.outcome("DENIED"))
    assert scenario.writes() == []
    await edit(scenario, displayName="Jo C")
    await scenario.press("change_approve", user=APPROVER)
    assert f"approved by <@{APPROVER}>" in said(await scenario.outcome("as wanted."))
    assert len(scenario.writes()) == 1


async def test_an_edit_that_the_api_refuses_is_told_with_its_words(scenario: Scenario) -> None:
    scenario.continuity.fail(method="PUT", kind=403, message="not this field")
    await edit(scenario, displayName="Jo B")
    await scenario.press("change_confirm", user=OPERATOR)
    assert "not this field" in said(await scenario.outcome("FAILED"))
    assert scenario.continuity.customers[CUSTOMER][USER].display_name == "User 0001"


async def test_an_operator_may_not_delete(scenario: Scenario) -> None:
    await scenario.type(DELETE)
    await scenario.told("admin")
    assert scenario.slack.views == {}


async def test_a_user_is_deleted_after_his_address_was_typed_and_another_approved(
    scenario: Scenario,
) -> None:
    await scenario.type(DELETE, user=ADMIN)
    view = await form(scenario, "address")
    assert "There is no way back" in words_of(view)
    assert "Display name: User 0001" in words_of(view)
    wrong = {"address": "user0002@example.com", "reason": " "}
    await scenario.slack.submit(ADMIN, view.id, wrong)
    assert {*view.errors} == {"address", "reason"}
    await scenario.slack.submit(ADMIN, view.id, {"address": USER.upper(), "reason": "has left"})
    card = await scenario.card("change_approve")
    for words in ("DELETE USER · Acme GmbH (44444)", f"*{USER}*", "There is no way back",
                  "Display name: User 0001", "Now: failover off, access on, activated"):  # fmt: skip
        assert words in said(card)
    await scenario.press("change_approve", user=ADMIN, card=card)
    await scenario.told("Nobody approves their own", user=ADMIN)
    await scenario.press("change_approve", user=APPROVER, card=card)
    done = said(await scenario.outcome("any more"))
    assert "There is no way back" in done
    assert scenario.writes() == [f"DELETE /{CUSTOMER}/{USER}"]
    assert USER not in scenario.continuity.customers[CUSTOMER]
    assert len(scenario.continuity.customers[CUSTOMER]) == 19
    assert not scenario.slack.refused


async def ask_to_delete(scenario: Scenario) -> None:
    await scenario.type(DELETE, user=ADMIN)
    view = await form(scenario, "address")
    await scenario.slack.submit(ADMIN, view.id, {"address": USER, "reason": "has left"})


async def test_a_denied_deletion_sends_nothing(scenario: Scenario) -> None:
    await ask_to_delete(scenario)
    await scenario.press("change_deny", user=APPROVER)
    view = await form(scenario, "The requester sees it")
    await scenario.slack.submit(APPROVER, view.id, {"reason": "he has not"})
    assert "he has not" in said(await scenario.outcome("DENIED"))
    assert scenario.writes() == []


async def test_a_deletion_whose_answer_is_lost_is_read_back(scenario: Scenario) -> None:
    scenario.continuity.fail(method="DELETE", kind="reset_after")
    await ask_to_delete(scenario)
    await scenario.press("change_approve", user=APPROVER)
    await scenario.outcome("NOT KNOWN")
    await scenario.outcome("any more")
    assert len(scenario.writes()) == 1


async def test_a_no_of_the_api_is_told_and_the_address_is_typed_again(scenario: Scenario) -> None:
    scenario.continuity.fail(method="DELETE", kind=403, message="not this one")
    await ask_to_delete(scenario)
    await scenario.press("change_approve", user=APPROVER)
    assert "not this one" in said(await scenario.outcome("FAILED"))
    cards = scenario.slack.channel_messages(INCIDENT)
    assert not [one for one in cards if "change_again" in scenario.slack.buttons(one)]
    await ask_to_delete(scenario)
    await scenario.press(
        "change_approve", user=APPROVER, card=await scenario.card("change_approve")
    )
    await scenario.outcome("any more")


async def test_of_two_edits_of_the_same_field_the_second_is_stopped(scenario: Scenario) -> None:
    await edit(scenario, OPERATOR, displayName="By the operator")
    first = await scenario.card("change_confirm")
    await edit(scenario, ADMIN, displayName="By the admin")
    second = await scenario.slack.wait_for(lambda slack: _confirmable(slack, 2))
    await scenario.press("change_confirm", user=OPERATOR, card=first)
    await scenario.outcome("as wanted.")
    await scenario.press("change_confirm", user=ADMIN, card=second)
    told = said(await scenario.outcome("*Asked again*"))
    assert "(EDIT USER) has run meanwhile" in told
    assert "display name changed after this was proposed" in said(
        await scenario.outcome("CANCELLED")
    )
    assert scenario.writes() == [f"PUT /{CUSTOMER}/{USER}"]


def _confirmable(slack: SlackSandbox, cards: int) -> Message | None:
    found = [m for m in slack.channel_messages(INCIDENT) if "change_confirm" in slack.buttons(m)]
    return found[-1] if len(found) == cards else None
