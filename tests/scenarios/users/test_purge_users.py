"""Users deleted in bulk through the running bot: form, two approvals, the file, the deletions."""

from __future__ import annotations

import csv
import io

import pytest

from bot.domain.roles import Role
from sandbox.slack import Message
from tests import beside
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
from tests.scenarios.users.test_edit_user import form, words_of

SECOND = "U0SECOND"
FILTERED = f'purge {CUSTOMER} --group "has left" --access off'
WHOLE = f"purge {CUSTOMER}"
LEFT = [f"user{n:04d}@example.com" for n in range(3, 13)]


@pytest.fixture(autouse=True)
async def second_approver(scene: Scene) -> None:
    """A second approver, and ten users who have left, access off."""
    await beside.grant(scene.settings.database, CUSTOMER, [(SECOND, Role.APPROVER)])
    scene.slack.add_person(SECOND, "second")
    scene.slack.channels[INCIDENT].members.add(SECOND)
    for address in LEFT:
        scene.continuity.customers[CUSTOMER][address].groups = {"has left"}


async def ask(scene: Scene, command: str, number: str = CUSTOMER) -> None:
    await scene.type(command, user=ADMIN)
    view = await form(scene, "number")
    await scene.slack.submit(ADMIN, view.id, {"number": number, "reason": "contract ended"})


async def approve(scene: Scene) -> Message:
    card = await scene.card("change_approve")
    await scene.press("change_approve", user=APPROVER, card=card)
    await scene.slack.wait_for(lambda _: "Approvals by others: 1 of 2" in said(card))
    await scene.press("change_approve", user=SECOND, card=card)
    return card


def files_of(scene: Scene, person: str) -> list[str]:
    """What was sent to this person alone."""
    place = scene.slack.direct_channel(person).id
    found = [file for file in scene.slack.files.values() if place in file.shares]
    assert all(list(file.shares) == [place] for file in found)
    return [file.content.decode("utf-8-sig") for file in found]


async def test_who_matches_is_shown_approved_twice_sent_to_the_requester_and_deleted(
    scene: Scene,
) -> None:
    await scene.type(FILTERED, user=ADMIN)
    view = await form(scene, "number")
    assert "all users of *Acme GmbH (44444)* that match: *access off, group has left*" in words_of(
        view
    )
    await scene.slack.submit(ADMIN, view.id, {"number": "44445", "reason": "x"})
    assert {*view.errors} == {"number"}
    await scene.slack.submit(ADMIN, view.id, {"number": CUSTOMER, "reason": "contract ended"})
    card = await scene.card("change_approve")
    assert "DELETE IN BULK · Acme GmbH (44444)" in said(card)
    assert "Deletes *10 users* that match access off, group has left" in said(card)
    assert "Will delete *10* · Users of this customer 20 · In failover now 0" in said(card)
    assert "Reason: contract ended" in said(card)
    await scene.press("change_approve", user=ADMIN, card=card)
    await scene.told("Nobody approves their own", user=ADMIN)
    await approve(scene)
    done = said(await scene.outcome("10 of 10 users with access off, group has left are gone"))
    assert "There is no way back" in done
    assert sorted(scene.writes()) == [f"DELETE /{CUSTOMER}/{address}" for address in LEFT]
    assert len(scene.continuity.customers[CUSTOMER]) == 10
    [text] = files_of(scene, ADMIN)
    assert [row["user"] for row in csv.DictReader(io.StringIO(text))] == LEFT
    assert not scene.slack.refused


async def test_the_whole_customer_is_said_in_the_loudest_words_and_is_one_request(
    scene: Scene,
) -> None:
    await scene.type(WHOLE, user=ADMIN)
    view = await form(scene, "number")
    assert "*ALL USERS of Acme GmbH (44444)*, the whole customer" in words_of(view)
    await scene.slack.submit(ADMIN, view.id, {"number": CUSTOMER, "reason": "contract ended"})
    card = await scene.card("change_approve")
    assert "*THE WHOLE CUSTOMER.* Deletes *ALL 20 users*" in said(card)
    assert "DELETE ALL 20" in str(card.blocks)
    await approve(scene)
    await scene.outcome("20 of 20 users are gone. API: 20 affected.")
    assert scene.writes() == [f"DELETE /{CUSTOMER}"]
    assert scene.continuity.customers[CUSTOMER] == {}
    assert len(files_of(scene, ADMIN)) == 1


@pytest.mark.parametrize(
    ("user", "channel", "told"),
    [
        (OPERATOR, INCIDENT, "admin"),
        (STRANGER, INCIDENT, "needs the role"),
        (ADMIN, ELSEWHERE, "not an incident channel"),
    ],
)
async def test_without_the_right_no_form_opens(
    scene: Scene, user: str, channel: str, told: str
) -> None:
    await scene.type(WHOLE, user=user, channel=channel)
    await scene.told(told, user=user)
    assert (scene.slack.views, scene.continuity.requests) == ({}, [])


async def test_a_wrong_filter_is_told_and_opens_no_form(scene: Scene) -> None:
    await scene.type(f"purge {CUSTOMER} --access maybe", user=ADMIN)
    await scene.told("--access", user=ADMIN)
    assert scene.slack.views == {}


async def test_where_slack_takes_no_file_nobody_is_deleted(scene: Scene) -> None:
    scene.slack.fail("files.completeUploadExternal", error="fatal_error")
    await ask(scene, FILTERED)
    await approve(scene)
    assert "Nothing was deleted." in said(await scene.outcome("FAILED"))
    assert scene.writes() == []


@pytest.mark.parametrize("command", [FILTERED, WHOLE])
async def test_one_more_than_was_approved_stops_it_with_both_numbers(
    scene: Scene, command: str
) -> None:
    await ask(scene, command)
    await scene.card("change_approve")
    scene.continuity.add_user(CUSTOMER, "new@example.com", access=False, groups={"has left"})
    await approve(scene)
    told = said(await scene.outcome("FAILED"))
    numbers = (10, 11) if command == FILTERED else (20, 21)
    assert "{} users when it was decided, {} now.".format(*numbers) in told
    assert (scene.writes(), files_of(scene, ADMIN)) == ([], [])


async def test_an_api_that_does_not_count_has_nobody_decide(scene: Scene) -> None:
    scene.continuity.fail(method="HEAD", kind=503, times=None)
    await ask(scene, WHOLE)
    card = await scene.slack.wait_for(
        lambda slack: next(
            (m for m in slack.channel_messages(INCIDENT) if "CANCELLED" in said(m)), None
        )
    )
    assert "Not counted, so nobody can decide it." in said(card)


async def test_denied_by_one_it_is_over(scene: Scene) -> None:
    await ask(scene, FILTERED)
    await scene.press("change_deny", user=APPROVER)
    view = await form(scene, "The requester sees it")
    await scene.slack.submit(APPROVER, view.id, {"reason": "they come back"})
    await scene.outcome("DENIED")
    assert scene.writes() == []


async def test_an_answer_that_is_lost_is_read_back_and_applied_where_nobody_is_left(
    scene: Scene,
) -> None:
    scene.continuity.fail(method="DELETE", kind="reset_after")
    await ask(scene, WHOLE)
    await approve(scene)
    await scene.outcome("NOT KNOWN")
    await scene.outcome("20 of 20 users are gone")
    assert scene.writes() == [f"DELETE /{CUSTOMER}"]


async def test_a_no_for_one_user_is_told_with_his_address(scene: Scene) -> None:
    scene.continuity.fail(method="DELETE", path=LEFT[0], kind=403, message="not this one")
    await ask(scene, FILTERED)
    await approve(scene)
    told = said(await scene.outcome("9 of 10 users"))
    assert "PARTLY APPLIED" in told
    assert LEFT[0] in told
    assert "not this one" in told
