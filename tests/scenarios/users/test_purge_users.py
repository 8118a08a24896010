"""Users deleted in bulk through the running bot: form, two approvals, the file, the deletions."""

from __future__ import annotations

import csv
import io

import pytest

from bot.domain.roles import Role
from sandbox.slack import Message
from tests.fixtures import direct_store
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
from tests.scenarios.users.test_edit_user import form, words_of

SECOND = "U0SECOND"
FILTERED = f'purge {CUSTOMER} --group "has left" --access off'
WHOLE = f"purge {CUSTOMER}"
LEFT = [f"user{n:04d}@example.com" for n in range(3, 13)]


@pytest.fixture(autouse=True)
async def second_approver(scenario: Scenario) -> None:
    """A second approver, and ten users who have left, access off."""
    await direct_store.grant(scenario.settings.database, CUSTOMER, [(SECOND, Role.APPROVER)])
    scenario.slack.add_person(SECOND, "second")
    scenario.slack.channels[INCIDENT].members.add(SECOND)
    for address in LEFT:
        scenario.continuity.customers[CUSTOMER][address].groups = {"has left"}


async def ask(scenario: Scenario, command: str, number: str = CUSTOMER) -> None:
    await scenario.type(command, user=ADMIN)
    view = await form(scenario, "number")
    await scenario.slack.submit(ADMIN, view.id, {"number": number, "reason": "contract ended"})


async def approve(scenario: Scenario) -> Message:
    card = await scenario.card("change_approve")
    await scenario.press("change_approve", user=APPROVER, card=card)
    await scenario.slack.wait_for(lambda _: "Approvals by others: 1 of 2" in said(card))
    await scenario.press("change_approve", user=SECOND, card=card)
    return card


def files_of(scenario: Scenario, person: str) -> list[str]:
    """What was sent to this person alone."""
    place = scenario.slack.direct_channel(person).id
    found = [file for file in scenario.slack.files.values() if place in file.shares]
    assert all(list(file.shares) == [place] for file in found)
    return [file.content.decode("utf-8-sig") for file in found]


async def test_who_matches_is_shown_approved_twice_sent_to_the_requester_and_deleted(
    scenario: Scenario,
) -> None:
    await scenario.type(FILTERED, user=ADMIN)
    view = await form(scenario, "number")
    assert "all users of *Acme GmbH (44444)* that match: *access off, group has left*" in words_of(
        view
    )
    await scenario.slack.submit(ADMIN, view.id, {"number": "44445", "reason": "x"})
    assert {*view.errors} == {"number"}
    await scenario.slack.submit(ADMIN, view.id, {"number": CUSTOMER, "reason": "contract ended"})
    card = await scenario.card("change_approve")
    assert "DELETE IN BULK · Acme GmbH (44444)" in said(card)
    assert "Deletes *10 users* that match access off, group has left" in said(card)
    assert "Will delete *10* · Users of this customer 20 · In failover now 0" in said(card)
    assert "Reason: contract ended" in said(card)
    await scenario.press("change_approve", user=ADMIN, card=card)
    await scenario.told("Nobody approves their own", user=ADMIN)
    await approve(scenario)
    done = said(await scenario.outcome("10 of 10 users with access off, group has left are gone"))
    assert "There is no way back" in done
    assert sorted(scenario.writes()) == [f"DELETE /{CUSTOMER}/{address}" for address in LEFT]
    assert len(scenario.continuity.customers[CUSTOMER]) == 10
    [text] = files_of(scenario, ADMIN)
    assert [row["user"] for row in csv.DictReader(io.StringIO(text))] == LEFT
    assert not scenario.slack.refused


async def test_the_whole_customer_is_said_in_the_loudest_words_and_is_one_request(
    scenario: Scenario,
) -> None:
    await scenario.type(WHOLE, user=ADMIN)
    view = await form(scenario, "number")
    assert "*ALL USERS of Acme GmbH (44444)*, the whole customer" in words_of(view)
    await scenario.slack.submit(ADMIN, view.id, {"number": CUSTOMER, "reason": "contract ended"})
    card = await scenario.card("change_approve")
    assert "*THE WHOLE CUSTOMER.* Deletes *ALL 20 users*" in said(card)
    assert "DELETE ALL 20" in str(card.blocks)
    await approve(scenario)
    await scenario.outcome("20 of 20 users are gone. API: 20 affected.")
    assert scenario.writes() == [f"DELETE /{CUSTOMER}"]
    assert scenario.continuity.customers[CUSTOMER] == {}
    assert len(files_of(scenario, ADMIN)) == 1


@pytest.mark.parametrize(
    ("user", "channel", "told"),
    [
        (OPERATOR, INCIDENT, "admin"),
        (STRANGER, INCIDENT, "needs the role"),
        (ADMIN, ELSEWHERE, "not an incident channel"),
    ],
)
async def test_without_the_right_no_form_opens(
    scenario: Scenario, user: str, channel: str, told: str
) -> None:
    await scenario.type(WHOLE, user=user, channel=channel)
    await scenario.told(told, user=user)
    assert (scenario.slack.views, scenario.continuity.requests) == ({}, [])


async def test_a_wrong_filter_is_told_and_opens_no_form(scenario: Scenario) -> None:
    await scenario.type(f"purge {CUSTOMER} --access maybe", user=ADMIN)
    await scenario.told("--access", user=ADMIN)
    assert scenario.slack.views == {}


async def test_where_slack_takes_no_file_nobody_is_deleted(scenario: Scenario) -> None:
    scenario.slack.fail("files.completeUploadExternal", error="fatal_error")
    await ask(scenario, FILTERED)
    await approve(scenario)
    assert "Nothing was deleted." in said(await scenario.outcome("FAILED"))
    assert scenario.writes() == []


@pytest.mark.parametrize("command", [FILTERED, WHOLE])
async def test_one_more_than_was_approved_stops_it_with_both_numbers(
    scenario: Scenario, command: str
) -> None:
    await ask(scenario, command)
    await scenario.card("change_approve")
    scenario.continuity.add_user(CUSTOMER, "new@example.com", access=False, groups={"has left"})
    await approve(scenario)
    told = said(await scenario.outcome("FAILED"))
    numbers = (10, 11) if command == FILTERED else (20, 21)
    assert "{} users when it was decided, {} now.".format(*numbers) in told
    assert (scenario.writes(), files_of(scenario, ADMIN)) == ([], [])


async def test_an_api_that_does_not_count_has_nobody_decide(scenario: Scenario) -> None:
    scenario.continuity.fail(method="HEAD", kind=503, times=None)
    await ask(scenario, WHOLE)
    await scenario.told("Not counted, so nobody can decide it.", user=ADMIN)
    assert scenario.slack.channel_messages(INCIDENT) == []


async def test_denied_by_one_it_is_over(scenario: Scenario) -> None:
    await ask(scenario, FILTERED)
    await scenario.press("change_deny", user=APPROVER)
    view = await form(scenario, "The requester sees it")
    await scenario.slack.submit(APPROVER, view.id, {"reason": "they come back"})
    await scenario.outcome("DENIED")
    assert scenario.writes() == []


async def test_an_answer_that_is_lost_is_read_back_and_applied_where_nobody_is_left(
    scenario: Scenario,
) -> None:
    scenario.continuity.fail(method="DELETE", kind="reset_after")
    await ask(scenario, WHOLE)
    await approve(scenario)
    await scenario.outcome("NOT KNOWN")
    await scenario.outcome("20 of 20 users are gone")
    assert scenario.writes() == [f"DELETE /{CUSTOMER}"]


async def test_a_no_for_one_user_is_told_with_his_address(scenario: Scenario) -> None:
    scenario.continuity.fail(method="DELETE", path=LEFT[0], kind=403, message="not this one")
    await ask(scenario, FILTERED)
    await approve(scenario)
    told = said(await scenario.outcome("9 of 10 users"))
    assert "PARTLY APPLIED" in told
    assert LEFT[0] in told
    assert "not this one" in told
