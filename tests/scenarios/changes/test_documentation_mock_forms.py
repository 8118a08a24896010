"""Every other operation of Slack against a mock of the vendor's documentation: what people see of it.

Never that it failed what the API accepted, nor that something was verified.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.domain.roles import Role
from sandbox.continuity.mock import EXAMPLE_USER, DocumentationMock
from tests.fixtures import direct_store
from tests.scenarios.conftest import (
    ADMIN,
    APPROVER,
    CUSTOMER,
    INCIDENT,
    OPERATOR,
    Scenario,
    at_work,
    said,
)
from tests.scenarios.users.test_edit_user import form
from tests.scenarios.users.test_import_users import attach
from tests.scenarios.users.test_purge_users import SECOND
from tests.scenarios.users.test_token import window

JO = EXAMPLE_USER
NOT_VERIFIED = "ACCEPTED BY THE API, NOT VERIFIED"
NEEDS_A_PERSON = "NEEDS A PERSON"
# The token of the mock is the word "string", too: it is hidden wherever else the API tells it.
HIDDEN = "API id [hidden] at [hidden]"
NOT_TRUE = (
    "FAILED",
    "PARTLY",
    "APPLIED",
    ": as wanted",
    "1 of 1 as",
    "1 of 1 users",
    "2 of 2 in",
    "any more",
)


@pytest.fixture(params=[0])
async def scenario(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Scenario]:
    mock = DocumentationMock(count=request.param)
    async with at_work(tmp_path, api=mock, settle=0.2, allow_password_command=True) as made:
        await direct_store.grant(made.settings.database, CUSTOMER, [(SECOND, Role.APPROVER)])
        made.slack.add_person(SECOND, "second")
        made.slack.channels[INCIDENT].members.add(SECOND)
        yield made


def told_untrue(scenario: Scenario) -> list[str]:
    """What a message in the channel said, at any time, that this API cannot have shown."""
    texts = [str(message.history) + said(message) for message in scenario.slack.messages]
    return [words for words in NOT_TRUE if any(words in text for text in texts)]


async def ended(scenario: Scenario, title: str) -> str:
    """Wait for the outcome and return it."""
    words = said(await scenario.outcome("audit "))
    assert title in words
    assert "API id string at string" in words or ", API time string)." in words
    assert told_untrue(scenario) == []
    return words


async def an_edit(scenario: Scenario) -> None:
    await scenario.type(f"user edit {CUSTOMER} {JO}")
    view = await form(scenario, "displayName")
    await scenario.slack.submit(OPERATOR, view.id, {"displayName": "Jo B"})
    await scenario.press("change_confirm", user=OPERATOR)


async def a_deletion(scenario: Scenario) -> None:
    await scenario.type(f"user delete {CUSTOMER} {JO}", user=ADMIN)
    view = await form(scenario, "address")
    await scenario.slack.submit(ADMIN, view.id, {"address": JO, "reason": "has left"})
    await scenario.press("change_approve", user=APPROVER)


async def an_import(scenario: Scenario) -> None:
    await attach(scenario, f"user;displayName\n{JO};Jo B\n".encode())
    await scenario.press("change_approve", user=APPROVER)


OPERATIONS = {
    "EDIT USER": (an_edit, f"PUT /44444/{JO}", "*not* as wanted"),
    "DELETE USER": (a_deletion, f"DELETE /44444/{JO}", "is *still there*"),
    "IMPORT USERS": (an_import, "PUT /44444", "0 of 1 as in the file"),
}


@pytest.mark.parametrize("title", OPERATIONS)
async def test_what_the_mock_does_not_keep_needs_a_person(scenario: Scenario, title: str) -> None:
    ask, line, seen = OPERATIONS[title]
    await ask(scenario)
    words = await ended(scenario, f"{NEEDS_A_PERSON} · {title}")
    assert "The API accepted it, and it was not seen within 0.2 s." in words
    assert seen in words
    shown = f"status {CUSTOMER}" if title == "IMPORT USERS" else f"user show {CUSTOMER} {JO}"
    assert f"look with `/continuity {shown}`" in words
    assert scenario.writes() == [line]


async def purge(scenario: Scenario) -> None:
    await scenario.type(f"purge {CUSTOMER}", user=ADMIN)
    view = await form(scenario, "number")
    await scenario.slack.submit(ADMIN, view.id, {"number": CUSTOMER, "reason": "contract ended"})


@pytest.mark.parametrize("scenario", [0, None], indirect=True)
async def test_a_number_that_is_not_known_nobody_can_decide_to_delete(scenario: Scenario) -> None:
    await purge(scenario)
    await scenario.told("Not counted, so nobody can decide it.", user=ADMIN)
    assert scenario.writes() == []


@pytest.mark.parametrize("scenario", [1], indirect=True)
async def test_a_purge_that_two_approved_needs_a_person(scenario: Scenario) -> None:
    await purge(scenario)
    card = await scenario.card("change_approve")
    await scenario.press("change_approve", user=APPROVER, card=card)
    await scenario.slack.wait_for(lambda _: "Approvals by others: 1 of 2" in said(card))
    await scenario.press("change_approve", user=SECOND, card=card)
    words = await ended(scenario, f"{NEEDS_A_PERSON} · DELETE IN BULK")
    assert "0 of 1" in words
    assert scenario.writes() == [f"DELETE /{CUSTOMER}"]


async def test_a_token_is_shown_as_the_mock_tells_it(scenario: Scenario) -> None:
    await scenario.type(f"token {CUSTOMER} {JO} --reason locked out", user=ADMIN)
    await scenario.press("change_approve", user=APPROVER)
    await scenario.press("token_show", user=ADMIN)
    words = said(
        await scenario.outcome(f"A token for {JO} was made and shown to <@{ADMIN}>, once.")
    )
    assert HIDDEN in words
    assert "FAILED" not in words
    await window(scenario.slack, "https://webmail.example.com/")


async def test_a_token_by_mail_is_told_as_what_the_api_said(scenario: Scenario) -> None:
    await scenario.type(f"token {CUSTOMER} {JO} --notify --reason locked out", user=ADMIN)
    await scenario.press("change_confirm", user=ADMIN)
    words = said(await scenario.outcome("audit "))
    assert "TOKEN BY MAIL" in words
    assert HIDDEN in words
    assert "FAILED" not in words


async def test_a_password_is_set_as_the_mock_says(scenario: Scenario) -> None:
    await scenario.type(f"password {JO}", user=ADMIN)
    view = await form(scenario, "again")
    secret = "Correct1Horse"  # made up
    filled = {"user": JO, "token": "first.try", "password": secret, "again": secret}
    await scenario.slack.submit(ADMIN, view.id, filled)
    words = said(await scenario.outcome(f"The password of {JO} was set."))
    assert "API id string at string" in words
    assert "verified" not in words


@pytest.mark.parametrize("scenario", [0, 1], indirect=True)
async def test_flags_of_a_group_are_accepted_and_not_verified(scenario: Scenario) -> None:
    await scenario.type(f"failover on {CUSTOMER} --group emea --reason first try")
    card = await scenario.card("change_approve")
    await scenario.press("change_approve", user=APPROVER, card=card)
    words = await ended(scenario, f"{NOT_VERIFIED} · FAILOVER ON")
    assert "It cannot be verified" in words
    assert scenario.writes() == ["PUT /44444/failover"]


async def test_flags_of_a_file_are_accepted_and_not_verified(scenario: Scenario) -> None:
    content = f"{JO}\njo@example.com\n".encode()
    await attach(scenario, content, "users.txt", f"access off {CUSTOMER} --file")
    await scenario.press("change_confirm", user=OPERATOR)
    words = await ended(scenario, f"{NOT_VERIFIED} · ACCESS OFF")
    assert "this API does not tell the flag of 2 of 2 users" in words
    assert len(scenario.writes()) == 2


# --- a change that needs a person -----------------------------------------------------------------


async def concluded(scenario: Scenario, action: str, reason: str) -> None:
    """Press the button and say why."""
    await scenario.press(action, user=OPERATOR)
    view = await form(scenario, "reason")
    await scenario.slack.submit(OPERATOR, view.id, {"reason": {"reason": reason}})


@pytest.fixture
async def stuck(scenario: Scenario) -> Scenario:
    """An edit of which the mock shows nothing."""
    await an_edit(scenario)
    await ended(scenario, NEEDS_A_PERSON)
    return scenario


async def test_read_back_now_shows_the_same_and_leaves_it_to_the_person(stuck: Scenario) -> None:
    seen = len(stuck.continuity.requests)
    await stuck.press("change_look", user=OPERATOR)
    await stuck.slack.wait_for(lambda _: len(stuck.continuity.requests) > seen)
    words = said(await stuck.card("change_give_up"))
    assert NEEDS_A_PERSON in words
    assert told_untrue(stuck) == []
    assert len(stuck.writes()) == 1


async def test_tried_again_it_is_accepted_again_and_needs_a_person_again(stuck: Scenario) -> None:
    await concluded(stuck, "change_retry", "once more")
    await stuck.slack.wait_for(
        lambda slack: sum("audit " in said(one) for one in slack.channel_messages(INCIDENT)) == 2
    )
    assert len(stuck.writes()) == 2
    assert told_untrue(stuck) == []


async def test_marked_as_applied_it_is_told_whose_word_that_is(stuck: Scenario) -> None:
    await concluded(stuck, "change_mark", "seen in the portal")
    words = said(await stuck.outcome("Marked as applied"))
    assert f"Marked as applied by <@{OPERATOR}>: seen in the portal" in words
    assert "as wanted" not in words


async def test_given_up_it_is_said_that_it_is_not_known(stuck: Scenario) -> None:
    await concluded(stuck, "change_give_up", "it is a mock")
    words = said(await stuck.outcome("Given up by"))
    assert "GIVEN UP, NOT KNOWN · EDIT USER" in words
    assert f"Given up by <@{OPERATOR}>: it is a mock" in words
    assert told_untrue(stuck) == []
