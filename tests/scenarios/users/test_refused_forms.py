"""A form that was refused after it was acknowledged: nothing that was typed into it is lost."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.domain.admin_commands import RevokeRoleCommand
from bot.domain.roles import Role, parse_subject
from sandbox.slack import SlackSandbox, View
from sandbox.slack.inputs import Values
from sandbox.slack.model import Ephemeral
from tests.fixtures import direct_store
from tests.scenarios.conftest import ADMIN, APPROVER, CUSTOMER, INCIDENT, OPERATOR, Scenario, said
from tests.scenarios.users.test_edit_user import DELETE, EDIT, USER, form
from tests.scenarios.users.test_import_users import ONE, attach, name_of


async def revoked(scenario: Scenario, person: str, role: Role) -> None:
    async with direct_store.admin(scenario.settings.database) as admin:
        await admin.revoke(RevokeRoleCommand(parse_subject(person), role, CUSTOMER))


async def granted(scenario: Scenario, person: str, role: Role) -> None:
    await direct_store.grant(scenario.settings.database, CUSTOMER, [(person, role)])


async def button(scenario: Scenario, form_id: str) -> tuple[Ephemeral, dict[str, Any]]:
    """Wait for the refusal with its button."""
    action = f"again_{form_id}"

    def found(slack: SlackSandbox) -> tuple[Ephemeral, dict[str, Any]] | None:
        for one in slack.ephemerals:
            if action in (buttons := slack.buttons(one)):
                return one, buttons[action]
        return None

    return await scenario.slack.wait_for(found)


async def press(scenario: Scenario, form_id: str, user: str) -> str:
    """Press the button below the refusal; return its label."""
    refusal, offered = await button(scenario, form_id)
    await scenario.slack.click(user, refusal.channel, refusal.ts, f"again_{form_id}")
    return str(offered["text"]["text"])


async def opened(scenario: Scenario, block: str, form_id: str, user: str) -> View:
    assert await press(scenario, form_id, user) == "Open the form again"
    return await form(scenario, block)


async def test_a_denial_keeps_its_reason(scenario: Scenario) -> None:
    await scenario.type(f"failover on {CUSTOMER} --reason Exchange is down")
    await scenario.press("change_deny", user=APPROVER)
    view = await form(scenario, "reason")
    assert view.view["blocks"][0]["text"]["text"] == (
        "You deny it, and nothing is sent: FAILOVER ON for Acme GmbH (44444), ALL 20 users."
    )
    await revoked(scenario, APPROVER, Role.APPROVER)
    await scenario.slack.submit(APPROVER, view.id, {"reason": "the wrong <!channel>"})
    await button(scenario, "change_reason")
    await granted(scenario, APPROVER, Role.APPROVER)
    again = await opened(scenario, "reason", "change_reason", APPROVER)
    assert again.view["blocks"][1]["element"]["initial_value"] == "the wrong <!channel>"
    await scenario.slack.submit(APPROVER, again.id, {})
    assert "the wrong &lt;!channel&gt;" in said(await scenario.outcome("DENIED"))


async def test_a_denial_that_comes_too_late_is_told_in_the_form(scenario: Scenario) -> None:
    await scenario.type(f"failover on {CUSTOMER} --reason Exchange is down")
    card = await scenario.card("change_deny")
    await scenario.press("change_deny", user=APPROVER, card=card)
    view = await form(scenario, "reason")
    await scenario.press("change_cancel", user=OPERATOR, card=card)
    await scenario.slack.wait_for(lambda _: "CANCELLED" in said(card))
    await scenario.slack.submit(APPROVER, view.id, {"reason": "the wrong customer"})
    assert scenario.slack.views[view.id].state == "open"
    assert scenario.slack.views[view.id].errors["reason"].endswith("too late to deny.")


async def test_an_edit_keeps_its_fields_and_compares_them_with_what_is_there_now(
    scenario: Scenario,
) -> None:
    await scenario.type(EDIT)
    view = await form(scenario, "displayName")
    await revoked(scenario, OPERATOR, Role.OPERATOR)
    typed = {"displayName": "Jo B", "surName": "B", "reason": "married"}
    await scenario.slack.submit(OPERATOR, view.id, typed)
    await button(scenario, "edit_user")
    await granted(scenario, OPERATOR, Role.OPERATOR)
    scenario.continuity.customers[CUSTOMER][USER].sur_name = "B"  # somebody else did that
    again = await opened(scenario, "displayName", "edit_user", OPERATOR)
    blocks = {one.get("block_id"): one for one in again.view["blocks"]}
    assert blocks["displayName"]["element"]["initial_value"] == "Jo B"
    assert [one["text"] for one in blocks["now:displayName"]["elements"]] == [
        "At the API now:",
        "User 0001",
    ]
    assert "now:surName" not in blocks
    await scenario.slack.submit(OPERATOR, again.id, {})
    card = said(await scenario.card("change_confirm"))
    assert "• Display name: User 0001 → *Jo B*" in card
    assert "Surname" not in card
    assert "Reason: married" in card


async def test_a_deletion_keeps_its_reason_and_asks_for_the_address_anew(
    scenario: Scenario,
) -> None:
    await scenario.type(DELETE, user=ADMIN)
    view = await form(scenario, "address")
    await revoked(scenario, INCIDENT, Role.INCIDENT)
    await scenario.slack.submit(ADMIN, view.id, {"address": USER, "reason": "has left"})
    await button(scenario, "delete_user")
    await granted(scenario, INCIDENT, Role.INCIDENT)
    again = await opened(scenario, "address", "delete_user", ADMIN)
    inputs = {b["block_id"]: b["element"] for b in again.view["blocks"] if b["type"] == "input"}
    assert "initial_value" not in inputs["address"]
    assert inputs["reason"]["initial_value"] == "has left"
    await scenario.slack.submit(ADMIN, again.id, {"address": USER})
    assert "Reason: has left" in said(await scenario.card("change_approve"))


async def test_a_purge_keeps_its_filters_and_reason_and_asks_for_the_number_anew(
    scenario: Scenario,
) -> None:
    await scenario.type(f"purge {CUSTOMER} --access off", user=ADMIN)
    view = await form(scenario, "number")
    await revoked(scenario, INCIDENT, Role.INCIDENT)
    values = {"number": CUSTOMER, "reason": "contract ended"}
    await scenario.slack.submit(ADMIN, view.id, values)
    await button(scenario, "purge_users")
    await granted(scenario, INCIDENT, Role.INCIDENT)
    again = await opened(scenario, "number", "purge_users", ADMIN)
    await scenario.slack.submit(ADMIN, again.id, {"number": CUSTOMER})
    card = said(await scenario.card("change_approve"))
    assert "Reason: contract ended" in card
    assert "access off" in card


@pytest.mark.parametrize("command", [f"import {CUSTOMER}", f"failover on {CUSTOMER} --file"])
async def test_a_file_is_sent_again_by_one_press(scenario: Scenario, command: str) -> None:
    await scenario.type(command)
    view = await form(scenario, "file_input")
    await revoked(scenario, OPERATOR, Role.OPERATOR)
    content = f"user;displayName\n{ONE};Ada\n".encode()
    file: Values = {"file": [("users.csv", content)], "reason": "moved offices"}
    await scenario.slack.submit(OPERATOR, view.id, file)
    callback = view.callback_id
    await button(scenario, callback)
    await granted(scenario, OPERATOR, Role.OPERATOR)
    assert await press(scenario, callback, OPERATOR) == "Send the same file again"
    card = said(await scenario.card("change_cancel"))
    assert "moved offices" in card


async def test_wrong_rows_of_a_large_file_are_skipped_by_one_press(scenario: Scenario) -> None:
    """A small one is looked into while the form is open, and the box is ticked there."""
    lines = f"{ONE};Ada\nnobody;Bo\nno one;Cy\n"
    content = b"user;displayName\n" + b"\n" * 1_999_990 + lines.encode()
    assert (await attach(scenario, content)).state == "closed"
    assert await press(scenario, "users_import", OPERATOR) == (
        "Skip the 2 wrong rows and propose the other 1"
    )
    card = await scenario.card("change_approve")
    assert "left out, since wrong: 2 rows of the file" in said(card)
    await scenario.press("change_approve", user=APPROVER, card=card)
    await scenario.outcome("1 of 1 as in the file")
    assert name_of(scenario, ONE) == "Ada"


async def test_a_file_without_a_right_row_offers_nothing(scenario: Scenario) -> None:
    content = b"user;displayName\n" + b"\n" * 1_999_990 + b"nobody;Bo\n"
    await attach(scenario, content)
    await scenario.told("1 row is wrong")
    assert not any(scenario.slack.buttons(one) for one in scenario.slack.ephemerals)


async def test_somebody_else_s_file_is_not_sent_by_a_forged_button(scenario: Scenario) -> None:
    """What the button holds is checked like a submission."""
    file = scenario.slack._attach(APPROVER, "users.csv", f"user;displayName\n{ONE};Ada\n".encode())
    forged = {
        "form": "users_import",
        "action": "users_import",
        "about": CUSTOMER,
        "values": {"file": [file["id"]]},
    }
    click = scenario.slack.click
    await click(OPERATOR, INCIDENT, "1.0", "again_users_import", value=json.dumps(forged))
    await scenario.told("This file is not yours")
    for other in ("no json", json.dumps({**forged, "form": "edit_user"})):
        await click(OPERATOR, INCIDENT, "1.0", "again_users_import", value=other)
    await scenario.told("This button is not known here.")
    assert scenario.writes() == []
