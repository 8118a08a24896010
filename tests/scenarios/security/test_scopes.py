"""Groups and named users: progress, stop, partly applied, and what is proposed again."""

from __future__ import annotations

from sandbox.slack import Message
from tests.scenarios.conftest import APPROVER, CUSTOMER, INCIDENT, OPERATOR, Scene, said


def _users(scene: Scene, count: int) -> list[str]:
    return list(scene.continuity.customers[CUSTOMER])[:count]


async def test_groups_alone_are_changed_and_read_back(scene: Scene) -> None:
    for number in range(3):
        scene.continuity.add_user(CUSTOMER, f"emea{number}@example.com", groups={"emea"})
    await scene.type(f"failover on {CUSTOMER} --group emea --group south")
    assert "*3 users* in 2 groups" in said(await scene.card("change_approve"))
    await scene.press("change_approve", user=APPROVER)
    done = said(await scene.outcome("3 of 3 in failover"))
    assert f"/continuity failover off {CUSTOMER} --group emea --group south" in done
    assert [request.query for request in scene.continuity.requests if request.method == "PUT"] == [
        [("group", "emea"), ("group", "south")]
    ]
    changed = [user for user in scene.continuity.customers[CUSTOMER].values() if user.failover]
    assert len(changed) == 3


async def test_users_that_failed_are_listed_with_the_reason_and_proposed_again(
    scene: Scene,
) -> None:
    users = _users(scene, 5)
    scene.continuity.fail(kind=409, method="PUT", path=users[1], message="mailbox is locked")
    await scene.type(f"failover on {CUSTOMER} {' '.join(users)} --reason audit")
    await scene.press("change_confirm", user=OPERATOR)
    done = said(await scene.outcome("4 of 5 in failover"))
    assert "PARTLY APPLIED" in done
    assert "mailbox is locked" in done
    assert users[1] in done
    card = await scene.card("change_again")
    assert users[1] in said(card)
    await scene.press("change_again", user=OPERATOR)
    again = await scene.card("change_confirm")
    assert f"Mail for {users[1]} goes" in said(again)
    await scene.press("change_confirm", user=OPERATOR)
    await scene.outcome("1 of 1 in failover")
    assert len(scene.writes()) == 6


async def test_stop_sends_no_further_users_and_the_rest_can_be_proposed(scene: Scene) -> None:
    users = _users(scene, 20)
    scene.continuity.fail(kind="delay", method="PUT", seconds=0.4, times=None)
    await scene.type(f"failover on {CUSTOMER} {' '.join(users)}")
    await scene.press("change_approve", user=APPROVER)
    await scene.press("change_stop", user=OPERATOR)
    done = said(await scene.outcome("Read back"))
    assert "PARTLY APPLIED" in done
    assert "stopped before it was sent" in done
    sent = len(scene.writes())
    assert 8 <= sent < 20
    assert f"{sent} of 20 in failover" in done
    card = await scene.card("change_again")
    assert f"Stop asked by <@{OPERATOR}>" in said(card)
    await scene.press("change_again", user=OPERATOR)
    rest = await scene.slack.wait_for(lambda slack: _with_words(scene, f"{20 - sent} named users"))
    assert "change_approve" in scene.slack.buttons(rest) or "Counting" in said(rest)


async def test_the_card_shows_how_many_have_answered(scene: Scene) -> None:
    users = _users(scene, 20)
    scene.continuity.fail(kind="delay", method="PUT", seconds=0.3, times=None)
    await scene.type(f"failover on {CUSTOMER} {' '.join(users)}")
    await scene.press("change_approve", user=APPROVER)
    await scene.outcome("20 of 20 in failover")
    card = next(m for m in scene.slack.channel_messages(INCIDENT) if len(m.history) > 2)
    shown = [said(revision) for revision in card.history]  # type: ignore[arg-type]  # a revision has text and blocks, too
    assert any("8 of 20 answered" in words for words in shown)


async def test_a_misspelled_user_stops_the_whole_change_with_his_name(scene: Scene) -> None:
    users = [*_users(scene, 2), "nobody@example.com"]
    await scene.type(f"failover on {CUSTOMER} {' '.join(users)}")
    card = said(await scene.outcome("CANCELLED"))
    assert "nobody@example.com: " in card
    assert "404" in card
    assert scene.writes() == []


async def test_nothing_to_do_and_no_users_are_said(scene: Scene) -> None:
    await scene.type(f"failover off {CUSTOMER}")
    assert "Nothing to do: all 20 are off already." in said(await scene.outcome("CANCELLED"))
    scene.continuity.customers[CUSTOMER].clear()
    await scene.type(f"failover on {CUSTOMER}")
    card = said(await scene.outcome("No users; wrong number?"))
    assert f"You have rights for: {CUSTOMER} Acme GmbH." in card
    assert scene.writes() == []


async def test_without_numbers_card_and_dialog_say_that_it_is_the_whole_customer(
    scene: Scene,
) -> None:
    scene.continuity.fail(kind=503, method="HEAD", times=None)
    await scene.type(f"failover on {CUSTOMER}")
    card = await scene.card("change_approve")
    assert "Number not known, this is the whole customer." in said(card)
    dialog = scene.slack.buttons(card)["change_approve"]["confirm"]["text"]["text"]
    assert dialog == (
        f"FAILOVER ON for Acme GmbH ({CUSTOMER}): number not known, this is the whole customer."
    )


def _with_words(scene: Scene, words: str) -> Message | None:
    found = [m for m in scene.slack.channel_messages(INCIDENT) if words in said(m)]
    return found[-1] if found else None
