"""A user edited or deleted through the running bot: form, card, decision, outcome."""

from __future__ import annotations

import pytest

from sandbox.slack import Message, SlackSandbox, View
from tests import beside
from tests.builders import a_policy_rule
from tests.explained import put_policy
from tests.scenarios.conftest import (
    ADMIN,
    APPROVER,
    CUSTOMER,
    ELSEWHERE,
    INCIDENT,
    OPERATOR,
    STRANGER,
    Scene,
    said,
)

USER = "user0001@example.com"
EDIT = f"user edit {CUSTOMER} {USER}"
DELETE = f"user delete {CUSTOMER} {USER}"


async def form(scene: Scene, block: str) -> View:
    """Wait for the open form that has this block."""

    def found(_: object) -> View | None:
        views = [view for view in scene.slack.views.values() if view.state == "open"]
        return next((one for one in views if block in str(one.view["blocks"])), None)

    return await scene.slack.wait_for(found)


def words_of(view: View) -> str:
    return "\n".join(b["text"]["text"] for b in view.view["blocks"] if b["type"] == "section")


async def edit(scene: Scene, user: str = OPERATOR, **values: str) -> View:
    await scene.type(EDIT, user=user)
    view = await form(scene, "displayName")
    await scene.slack.submit(user, view.id, values)
    return view


async def test_a_name_is_changed_by_whoever_proposed_it_and_the_rest_survives(scene: Scene) -> None:
    held = scene.continuity.customers[CUSTOMER][USER]
    held.groups = {"emea"}
    await edit(scene, displayName="Jo *B*", reason="married <!channel>")
    card = await scene.card("change_confirm")
    assert "EDIT USER · Acme GmbH (44444)" in said(card)
    assert f"Changes one field of *{USER}*:" in said(card)
    assert "• Display name: User 0001 → *Jo ∗B∗*" in said(card)
    assert "Given name" not in said(card)
    assert "<!channel>" not in said(card)
    await scene.press("change_confirm", user=OPERATOR)
    done = said(await scene.outcome("as wanted."))
    assert "APPLIED · EDIT USER" in done
    assert f"Back: `/continuity user edit {CUSTOMER} {USER}`" in done
    assert scene.writes() == [f"PUT /{CUSTOMER}/{USER}"]
    assert (held.display_name, held.given_name, held.groups) == ("Jo *B*", "User", {"emea"})


async def test_wrong_fields_are_told_at_the_field_and_nothing_changed_at_the_first(
    scene: Scene,
) -> None:
    view = await edit(scene, displayName=" ", language="de-DE", surName="x" * 129)
    assert {*view.errors} == {"displayName", "language", "surName"}
    assert "Did you mean de_DE" in view.errors["language"]
    await scene.slack.submit(OPERATOR, view.id, {"reason": "only this"})
    assert view.errors == {"displayName": "Nothing is changed. Change a field, or go back."}
    await scene.slack.submit(OPERATOR, view.id, {"failoverGroups": "emea, apac"})
    assert "Failover groups: (none) → *emea, apac*" in said(await scene.card("change_confirm"))
    assert scene.writes() == []


async def test_what_was_not_touched_needs_no_check_and_several_groups_are_told_apart(
    scene: Scene,
) -> None:
    users = scene.continuity.customers[CUSTOMER]
    users[USER].language, users[USER].groups = "de", {"emea/asia"}
    users["user0002@example.com"].groups = {"R;D"}
    view = await edit(scene, failoverGroups="emea/asia, R;D, a|b", givenName="J?rg")
    assert scene.slack.views[view.id].state == "open"
    assert "“a|b” is one name here" in view.errors["failoverGroups"]
    assert view.errors["failoverGroups"].endswith("Separate them by commas.")
    values = {"failoverGroups": "emea/asia, R;D, emae", "givenName": "J?rg"}
    await scene.slack.submit(OPERATOR, view.id, values)
    card = said(await scene.card("change_confirm"))
    assert "*new groups*, which no user is in yet: “emae”. Are the names right?" in card
    assert "beside a letter of the given name: was a letter lost before?" in card


async def test_an_api_that_does_not_answer_is_told_in_the_form(scene: Scene) -> None:
    scene.continuity.fail(method="GET", kind=503, times=None)
    await scene.type(EDIT)
    view = await form(scene, "Nothing was changed.")
    assert "503" in words_of(view)


async def test_a_slow_api_does_not_lose_the_form(scene: Scene) -> None:
    scene.continuity.fail(method="GET", kind="delay", seconds=3.5)
    await scene.type(EDIT)
    assert await form(scene, "displayName")


async def test_somebody_who_is_not_there_is_told_in_the_form(scene: Scene) -> None:
    await scene.type(f"user edit {CUSTOMER} nobody@example.com")
    view = await form(scene, "has no user nobody@example.com")
    assert "wrong address or number?" in words_of(view)


@pytest.mark.parametrize("command", [EDIT, DELETE])
async def test_without_the_right_no_form_opens_and_the_api_is_not_asked(
    scene: Scene, command: str
) -> None:
    await scene.type(command, user=STRANGER)
    await scene.told("needs the role", user=STRANGER)
    await scene.type(command, user=ADMIN, channel=ELSEWHERE)
    await scene.told("not an incident channel", user=ADMIN)
    assert scene.slack.views == {}
    assert scene.continuity.requests == []


async def test_a_field_that_moved_meanwhile_stops_the_edit(scene: Scene) -> None:
    await edit(scene, displayName="Jo B")
    card = await scene.card("change_confirm")
    scene.continuity.customers[CUSTOMER][USER].display_name = "Joanna"
    await scene.press("change_confirm", user=OPERATOR, card=card)
    done = said(await scene.outcome("FAILED · EDIT USER"))
    assert "Nothing was sent: display name changed after this was proposed" in done
    assert scene.writes() == []


async def test_an_edit_whose_answer_is_lost_is_read_back(scene: Scene) -> None:
    scene.continuity.fail(method="PUT", kind="reset_after")
    await edit(scene, displayName="Jo B")
    await scene.press("change_confirm", user=OPERATOR)
    await scene.outcome("NOT KNOWN")
    await scene.outcome("as wanted.")
    assert len(scene.writes()) == 1


async def test_where_the_policy_says_so_another_approves_an_edit_or_denies_it(scene: Scene) -> None:
    rule = a_policy_rule(customer=CUSTOMER, flag="edit", approvals=1)
    await beside.write(scene.settings.database, lambda tx: put_policy(tx, rule))
    await edit(scene, displayName="Jo B")
    card = await scene.card("change_approve")
    assert "• Display name: User 0001 → *Jo B*" in said(card)
    await scene.press("change_approve", user=OPERATOR, card=card)
    await scene.told("Nobody approves their own")
    await scene.press("change_deny", user=APPROVER, card=card)
    view = await form(scene, "The requester sees it")
    await scene.slack.submit(APPROVER, view.id, {"reason": "ask him first"})
    assert "ask him first" in said(await scene.outcome("DENIED"))
    assert scene.writes() == []
    await edit(scene, displayName="Jo C")
    await scene.press("change_approve", user=APPROVER)
    assert f"approved by <@{APPROVER}>" in said(await scene.outcome("as wanted."))
    assert len(scene.writes()) == 1


async def test_an_edit_that_the_api_refuses_is_told_with_its_words(scene: Scene) -> None:
    scene.continuity.fail(method="PUT", kind=403, message="not this field")
    await edit(scene, displayName="Jo B")
    await scene.press("change_confirm", user=OPERATOR)
    assert "not this field" in said(await scene.outcome("FAILED"))
    assert scene.continuity.customers[CUSTOMER][USER].display_name == "User 0001"


async def test_an_operator_may_not_delete(scene: Scene) -> None:
    await scene.type(DELETE)
    await scene.told("admin")
    assert scene.slack.views == {}


async def test_a_user_is_deleted_after_his_address_was_typed_and_another_approved(
    scene: Scene,
) -> None:
    await scene.type(DELETE, user=ADMIN)
    view = await form(scene, "address")
    assert "There is no way back" in words_of(view)
    assert "Display name: User 0001" in words_of(view)
    wrong = {"address": "user0002@example.com", "reason": " "}
    await scene.slack.submit(ADMIN, view.id, wrong)
    assert {*view.errors} == {"address", "reason"}
    await scene.slack.submit(ADMIN, view.id, {"address": USER.upper(), "reason": "has left"})
    card = await scene.card("change_approve")
    for words in ("DELETE USER · Acme GmbH (44444)", f"*{USER}*", "There is no way back",
                  "Display name: User 0001", "Now: failover off, access on, activated"):  # fmt: skip
        assert words in said(card)
    await scene.press("change_approve", user=ADMIN, card=card)
    await scene.told("Nobody approves their own", user=ADMIN)
    await scene.press("change_approve", user=APPROVER, card=card)
    done = said(await scene.outcome("any more"))
    assert "There is no way back" in done
    assert scene.writes() == [f"DELETE /{CUSTOMER}/{USER}"]
    assert USER not in scene.continuity.customers[CUSTOMER]
    assert len(scene.continuity.customers[CUSTOMER]) == 19
    assert not scene.slack.refused


async def ask_to_delete(scene: Scene) -> None:
    await scene.type(DELETE, user=ADMIN)
    view = await form(scene, "address")
    await scene.slack.submit(ADMIN, view.id, {"address": USER, "reason": "has left"})


async def test_a_denied_deletion_sends_nothing(scene: Scene) -> None:
    await ask_to_delete(scene)
    await scene.press("change_deny", user=APPROVER)
    view = await form(scene, "The requester sees it")
    await scene.slack.submit(APPROVER, view.id, {"reason": "he has not"})
    assert "he has not" in said(await scene.outcome("DENIED"))
    assert scene.writes() == []


async def test_a_deletion_whose_answer_is_lost_is_read_back(scene: Scene) -> None:
    scene.continuity.fail(method="DELETE", kind="reset_after")
    await ask_to_delete(scene)
    await scene.press("change_approve", user=APPROVER)
    await scene.outcome("NOT KNOWN")
    await scene.outcome("any more")
    assert len(scene.writes()) == 1


async def test_a_no_of_the_api_is_told_and_the_address_is_typed_again(scene: Scene) -> None:
    scene.continuity.fail(method="DELETE", kind=403, message="not this one")
    await ask_to_delete(scene)
    await scene.press("change_approve", user=APPROVER)
    assert "not this one" in said(await scene.outcome("FAILED"))
    cards = scene.slack.channel_messages(INCIDENT)
    assert not [one for one in cards if "change_again" in scene.slack.buttons(one)]
    await ask_to_delete(scene)
    await scene.press("change_approve", user=APPROVER, card=await scene.card("change_approve"))
    await scene.outcome("any more")


async def test_of_two_edits_of_the_same_field_the_second_is_stopped(scene: Scene) -> None:
    await edit(scene, OPERATOR, displayName="By the operator")
    first = await scene.card("change_confirm")
    await edit(scene, ADMIN, displayName="By the admin")
    second = await scene.slack.wait_for(lambda slack: _confirmable(slack, 2))
    await scene.press("change_confirm", user=OPERATOR, card=first)
    await scene.outcome("as wanted.")
    await scene.press("change_confirm", user=ADMIN, card=second)
    told = said(await scene.outcome("*Asked again*"))
    assert "(EDIT USER) has run meanwhile" in told
    assert "display name changed after this was proposed" in said(await scene.outcome("CANCELLED"))
    assert scene.writes() == [f"PUT /{CUSTOMER}/{USER}"]


def _confirmable(slack: SlackSandbox, cards: int) -> Message | None:
    found = [m for m in slack.channel_messages(INCIDENT) if "change_confirm" in slack.buttons(m)]
    return found[-1] if len(found) == cards else None
