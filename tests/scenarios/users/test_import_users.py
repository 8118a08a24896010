"""Users imported from a file through the running bot: form, errors, card, files, decision, outcome."""

from __future__ import annotations

import json
from copy import deepcopy

import pytest

from bot.domain.admin_commands import RevokeRoleCommand
from bot.domain.change_state import State
from bot.domain.roles import Role, parse_subject
from sandbox.slack import Delivery, Message, View
from sandbox.slack.inputs import Values
from tests.fixtures import direct_store
from tests.scenarios.conftest import (
    APPROVER,
    CUSTOMER,
    ELSEWHERE,
    INCIDENT,
    OPERATOR,
    STRANGER,
    Scenario,
    said,
)
from tests.scenarios.users.test_edit_user import form

ONE, TWO = "user0001@example.com", "user0002@example.com"
COMMAND = f"import {CUSTOMER}"
GOOD = f"user;displayName\n{ONE};Ada\n{TWO};=Bo\nnew@example.com;Cy\n".encode()
WRONG = f"user;displayName;language\n{ONE};Ada;\nno address;Bo;\n{TWO};;klingon\n".encode()


async def attach(
    scenario: Scenario,
    content: bytes,
    name: str = "users.csv",
    command: str = COMMAND,
    **values: str,
) -> View:
    """Give the command, fill in its form and return it: it is open still where the file is wrong."""
    await scenario.type(command)
    view = await form(scenario, "file_input")
    filled: Values = {"file": [(name, content)], "reason": "moved offices", **values}
    await scenario.slack.submit(OPERATOR, view.id, filled)
    return scenario.slack.views[view.id]


def at_the_file(view: View) -> str:
    """What stands at the file of a form that is open still."""
    assert view.state == "open"
    return view.errors["file"]


async def enclosed(scenario: Scenario, words: str) -> str:
    """Wait for a file in the card's thread; return its content."""

    def found(_: object) -> str | None:
        for file in scenario.slack.files_in(INCIDENT):
            if words in file.name:
                return file.content.decode("utf-8-sig")
        return None

    return await scenario.slack.wait_for(found)


def shown_to(scenario: Scenario, person: str) -> list[str]:
    return [file.content.decode("utf-8-sig") for file in scenario.slack.files_in(person)]


async def approved(scenario: Scenario) -> Message:
    card = await scenario.card("change_approve")
    await scenario.press("change_approve", user=APPROVER, card=card)
    return card


def name_of(scenario: Scenario, address: str) -> str:
    return scenario.continuity.customers[CUSTOMER][address].display_name


async def test_what_changes_is_shown_approved_sent_and_read_back(scenario: Scenario) -> None:
    await attach(scenario, GOOD)
    card = await scenario.card("change_approve")
    assert "IMPORT USERS · Acme GmbH (44444)" in said(card)
    assert "Overwrites the fields of *3 users* of a file: “users.csv”." in said(card)
    assert "Will change *3* · as wanted already 0, not sent" in said(card)
    assert "*1* is not known to the API: it may create this user (assumed)" in said(card)
    assert "Reason: moved offices" in said(card)
    assert f"• {ONE}: Display name User 0001 → *Ada*" in said(card)
    assert "• new@example.com (new): Display name (none) → *Cy*" in said(card)
    diff = await enclosed(scenario, "changes.csv")
    assert f"{ONE},displayName,User 0001,Ada" in diff
    assert f"{TWO},displayName,User 0002,'=Bo" in diff
    assert "new@example.com,displayName,,Cy" in diff
    assert scenario.writes() == []
    await scenario.press("change_approve", user=OPERATOR, card=card)
    await scenario.told("Nobody approves their own change")
    await approved(scenario)
    done = said(await scenario.outcome("3 of 3 as in the file"))
    assert "No way back by a button" in done
    assert scenario.writes() == [f"PUT /{CUSTOMER}"] * 2  # one user alone, and the others
    assert name_of(scenario, TWO) == "=Bo"
    assert scenario.continuity.customers[CUSTOMER][TWO].given_name == "User"
    assert f"{ONE},applied," in await enclosed(scenario, "outcomes.csv")
    entries = await direct_store.read(
        scenario.settings.database, lambda tx: tx.entries(customers=[CUSTOMER])
    )
    assert [e.record.kind for e in entries].count("change.file_posted") == 2
    assert not scenario.slack.refused


async def test_the_form_says_which_columns_a_file_may_have(scenario: Scenario) -> None:
    await scenario.type(COMMAND)
    [file] = [one for one in (await form(scenario, "file_input")).view["blocks"] if "hint" in one][
        :1
    ]
    assert "user, and any of displayName, givenName" in file["hint"]["text"]


async def test_json_is_taken_too(scenario: Scenario) -> None:
    await attach(scenario, json.dumps([{"user": ONE, "displayName": "Ada"}]).encode(), "users.json")
    await approved(scenario)
    await scenario.outcome("1 of 1 as in the file")
    assert name_of(scenario, ONE) == "Ada"


async def test_wrong_rows_stop_it_and_are_told_to_the_asker_alone(scenario: Scenario) -> None:
    view = await attach(scenario, WRONG)
    told = at_the_file(view)
    assert told.startswith("Nothing is proposed: 2 rows are wrong. Line 3:")
    assert "You alone get a file with every wrong row." in told
    errors = await scenario.slack.wait_for(lambda _: next(iter(shown_to(scenario, OPERATOR)), None))
    assert errors.splitlines()[1].startswith("3,")
    assert '4,language,"“klingon” is not a language' in errors
    [sent] = scenario.slack.channel_messages(f"D{OPERATOR}")
    assert said(sent).strip() == f"Wrong rows of “users.csv” for customer {CUSTOMER}."
    assert scenario.slack.files_in(INCIDENT) == []
    assert scenario.slack.channel_messages(INCIDENT) == []
    # Whether “klingon” is what the API has already, and nothing else.
    assert [(r.method, r.path) for r in scenario.continuity.requests] == [
        ("GET", f"/{CUSTOMER}/{TWO}")
    ]


async def test_wrong_rows_are_skipped_where_that_is_ticked(scenario: Scenario) -> None:
    await attach(scenario, WRONG, skip="skip")
    await scenario.told("2 wrong rows are left out")
    card = await approved(scenario)
    assert "• left out, since wrong: 2 rows of the file" in said(card)
    await scenario.outcome("1 of 1 as in the file")
    assert (name_of(scenario, ONE), name_of(scenario, TWO)) == ("Ada", "User 0002")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"name;displayName\nx;y\n", "There is no column"),
        ("user;displayName\n".encode("utf-16-le"), "UTF-16 without its mark"),
        (b"user;displayName\n", "names no user"),
    ],
)
async def test_a_file_that_cannot_be_used_is_told(
    scenario: Scenario, content: bytes, words: str
) -> None:
    assert words in at_the_file(await attach(scenario, content))
    assert scenario.continuity.requests == []


async def test_another_file_can_be_picked_where_the_first_was_wrong(scenario: Scenario) -> None:
    view = await attach(scenario, WRONG)
    await scenario.slack.submit(OPERATOR, view.id, {"file": [("pic.csv", b"\xff\xd8")]})
    assert "is not UTF-8" in at_the_file(scenario.slack.views[view.id])
    again: Values = {"file": [("users.csv", GOOD)], "reason": "typed once"}
    await scenario.slack.submit(OPERATOR, view.id, again)
    assert scenario.slack.views[view.id].state == "closed"
    assert "Reason: typed once" in said(await scenario.card("change_approve"))


async def test_a_file_that_is_too_large_to_look_into_at_once_is_told_by_a_message(
    scenario: Scenario,
) -> None:
    content = b"user;displayName\n" + b"\n" * 1_999_990 + f"{ONE};Ada\nnobody;Bo\n".encode()
    assert (await attach(scenario, content)).state == "closed"
    assert "You alone were sent" in await scenario.told("1 row is wrong. Line 1999993:")


async def test_it_is_for_who_may_propose_and_in_an_incident_channel(scenario: Scenario) -> None:
    await scenario.type(COMMAND, user=STRANGER)
    await scenario.told("Who can grant it", user=STRANGER)
    await scenario.type(COMMAND, channel=ELSEWHERE)
    await scenario.told("incident")
    await scenario.type(COMMAND, user=APPROVER)
    await scenario.told("Who can grant it", user=APPROVER)
    assert scenario.slack.views == {}


async def test_a_form_is_worth_nothing_once_the_right_is_gone(scenario: Scenario) -> None:
    await scenario.type(COMMAND)
    view = await form(scenario, "file_input")
    async with direct_store.admin(scenario.settings.database) as admin:
        await admin.revoke(RevokeRoleCommand(parse_subject(OPERATOR), Role.OPERATOR, CUSTOMER))
    await scenario.slack.submit(OPERATOR, view.id, {"file": [("users.csv", GOOD)]})
    await scenario.told("Who can grant it")
    assert scenario.continuity.requests == []


async def test_somebody_else_s_file_is_not_read(scenario: Scenario) -> None:
    await scenario.type(COMMAND)
    view = await form(scenario, "file_input")
    sent = await scenario.slack.submit(OPERATOR, view.id, {"file": [("users.csv", WRONG)]})
    forged = deepcopy(sent.payload)
    forged["view"]["id"] = "V0FORGED"
    held = forged["view"]["state"]["values"]["file"]["file"]
    held["files"] = [scenario.slack._attach(APPROVER, "users.csv", GOOD)]
    answered = await scenario.slack.sender.send(Delivery("view_submission", forged))
    assert "This file is not yours" in str(answered.body)
    assert not [r for r in scenario.continuity.requests if r.path != f"/{CUSTOMER}/{TWO}"]


async def test_a_denied_import_sends_nothing_and_keeps_no_row(scenario: Scenario) -> None:
    await attach(scenario, GOOD)
    card = await scenario.card("change_deny")
    await scenario.press("change_deny", user=APPROVER, card=card)
    view = await form(scenario, "reason")
    await scenario.slack.submit(APPROVER, view.id, {"reason": "wrong offices"})
    await scenario.outcome("DENIED")
    assert scenario.writes() == []
    assert await rows_kept(scenario) == 0


async def test_the_bot_s_own_export_comes_back_untouched(scenario: Scenario) -> None:
    users = scenario.continuity.customers[CUSTOMER]
    users[ONE].display_name, users[ONE].language = "Li\u200d\u0645", "de"
    users[ONE].groups, users[TWO].groups = {"a,b"}, {"emea;asia"}
    users[TWO].given_name, users[TWO].sur_name = "J?rg", " =Li "
    await scenario.type(f"users {CUSTOMER} --here")
    export = await enclosed(scenario, "users-")
    await attach(scenario, export.encode())
    await scenario.told("all 20 users are as the file wants them already")
    view = await attach(scenario, export.replace(",de,", ",fr,").encode())
    assert "1 row is wrong. Line 2: “fr” is not a language" in at_the_file(view)


async def test_the_card_says_which_column_counts_and_what_looks_odd(scenario: Scenario) -> None:
    content = f"UserPrincipalName,mail,surname\nx@example.com,{ONE},J?rg\n".encode()
    await attach(scenario, content)
    card = said(await scenario.card("change_approve"))
    assert "The addresses are those of the column “mail”, not of “UserPrincipalName”" in card
    assert "a “?” or the like stands beside a letter of a name in line 2".lower() in card.lower()
    await attach(scenario, content, command=f"failover on {CUSTOMER} --file")
    assert "The addresses are those of the column “mail”" in said(
        await scenario.card("change_confirm")
    )


async def test_the_same_file_twice_is_one_change(scenario: Scenario) -> None:
    await attach(scenario, GOOD)
    await scenario.card("change_approve")
    await attach(scenario, GOOD)
    await scenario.told("This is proposed already")


async def test_a_batch_that_the_api_refuses_is_told_with_its_words(scenario: Scenario) -> None:
    scenario.continuity.add_customer(CUSTOMER, users=150)
    scenario.continuity.fail(kind=400, message="too long", method="PUT", after=1)
    await attach(scenario, a_file(150))
    await approved(scenario)
    done = said(await scenario.outcome("50 of 150 as in the file"))
    assert "PARTLY APPLIED" in done
    assert "Import the file again: only what differs is sent" in done
    outcomes = await enclosed(scenario, "outcomes.csv")
    assert outcomes.count(",failed,") == 100
    assert "too long" in outcomes
    assert outcomes.count(",applied,") == 50
    await attach(scenario, a_file(150))
    card = await scenario.card("change_approve")
    assert "Will change *100* · as wanted already 50" in said(card)


async def test_a_batch_without_an_answer_is_read_back(scenario: Scenario) -> None:
    scenario.continuity.add_customer(CUSTOMER, users=150)
    scenario.continuity.fail(kind="reset_after", method="PUT", after=1)
    await attach(scenario, a_file(150))
    await approved(scenario)
    await scenario.outcome("150 of 150 as in the file")
    assert len(scenario.writes()) == 3


async def rows_kept(scenario: Scenario) -> int:
    [change] = await direct_store.read(
        scenario.settings.database, lambda tx: tx.changes(customer=CUSTOMER)
    )
    rows = await direct_store.read(scenario.settings.database, lambda tx: tx.import_rows(change.id))
    return len(rows)


def a_file(users: int, name: str = "Name") -> bytes:
    lines = [f"user{one:04}@example.com;{name} {one}" for one in range(1, users + 1)]
    return "\n".join(["user;displayName", *lines]).encode()


async def test_a_flag_is_switched_for_the_users_of_a_file(scenario: Scenario) -> None:
    scenario.continuity.add_customer(CUSTOMER, users=600)
    addresses = "\n".join(list(scenario.continuity.customers[CUSTOMER])[:520])
    await attach(scenario, addresses.encode(), "users.txt", f"failover on {CUSTOMER} --file")
    card = await scenario.card("change_approve")
    assert "*520 named users*" in said(card)
    assert "will change *520*" in said(card)
    reads = [one for one in scenario.continuity.requests if one.method == "GET"]
    assert [one.path for one in reads] == [f"/{CUSTOMER}"]
    await scenario.press("change_approve", user=APPROVER, card=card)
    await scenario.slack.wait_for(
        lambda slack: any(
            "520 of 520 in failover" in said(m) for m in slack.channel_messages(INCIDENT)
        ),
        30,
    )
    assert len(scenario.writes()) == 520
    assert (await enclosed(scenario, "outcomes.csv")).count(",applied,") == 520
    [change] = await direct_store.read(
        scenario.settings.database, lambda tx: tx.changes(customer=CUSTOMER)
    )
    entries = await direct_store.read(
        scenario.settings.database, lambda tx: tx.entries(change_id=change.id)
    )
    intent = next(e.record.detail for e in entries if e.record.kind == "change.executing")
    requests = intent["requests"]
    assert isinstance(requests, list)
    assert len(requests) == 2
    assert "520 of these" in requests[1]
    assert change.state is State.APPLIED


async def test_a_file_of_addresses_with_a_wrong_line_switches_nothing(scenario: Scenario) -> None:
    command = f"access off {CUSTOMER} --file"
    view = await attach(scenario, f"{ONE}\nnobody\n".encode(), "users.txt", command)
    assert at_the_file(view).startswith("Nothing is proposed: 1 row is wrong. Line 2:")
    await scenario.slack.close_view(OPERATOR, view.id)
    await attach(scenario, f"{ONE}\nnobody\n".encode(), "users.txt", command, skip="skip")
    await scenario.press("change_confirm", user=OPERATOR)
    await scenario.outcome("1 of 1 without access")


async def test_a_group_that_nobody_is_in_is_named_on_the_card(scenario: Scenario) -> None:
    scenario.continuity.customers[CUSTOMER][TWO].groups = {"emea"}
    view = await attach(scenario, f"user;failoverGroups\n{ONE};emea,germany\n".encode())
    assert at_the_file(view).endswith(
        "Separate them by “|”. You alone get a file with every wrong row. Pick another file, or tick “Skip "
        "the wrong rows”."
    )
    again: Values = {"file": [("users.csv", f"user;failoverGroups\n{ONE};emea|emae\n".encode())]}
    await scenario.slack.submit(OPERATOR, view.id, again)
    card = said(await scenario.card("change_approve"))
    assert "• *new groups*, which no user is in yet: “emae”. Are the names right?" in card
