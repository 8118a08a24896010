"""Groups and named users: progress, stop, partly applied, and what is proposed again."""

from __future__ import annotations

from sandbox.slack import Message
from tests.scenarios.conftest import APPROVER, CUSTOMER, INCIDENT, OPERATOR, Scenario, said


def _users(scenario: Scenario, count: int) -> list[str]:
    return list(scenario.continuity.customers[CUSTOMER])[:count]


async def test_groups_alone_are_changed_and_read_back(scenario: Scenario) -> None:
    for number in range(3):
        scenario.continuity.add_user(CUSTOMER, f"emea{number}@example.com", groups={"emea"})
    await scenario.type(f"failover on {CUSTOMER} --group emea --group south")
    assert "*3 users* in 2 groups" in said(await scenario.card("change_approve"))
    await scenario.press("change_approve", user=APPROVER)
    done = await scenario.outcome("3 of 3 in failover")
    assert "change_back" in scenario.slack.buttons(done)
    assert [
        request.query for request in scenario.continuity.requests if request.method == "PUT"
    ] == [[("group", "emea"), ("group", "south")]]
    changed = [user for user in scenario.continuity.customers[CUSTOMER].values() if user.failover]
    assert len(changed) == 3


async def test_users_that_failed_are_listed_with_the_reason_and_proposed_again(
    scenario: Scenario,
) -> None:
    users = _users(scenario, 5)
    scenario.continuity.fail(kind=409, method="PUT", path=users[1], message="mailbox is locked")
    await scenario.type(f"failover on {CUSTOMER} {' '.join(users)} --reason audit")
    await scenario.press("change_confirm", user=OPERATOR)
    done = said(await scenario.outcome("4 of 5 in failover"))
    assert "PARTLY APPLIED" in done
    assert "mailbox is locked" in done
    assert users[1] in done
    card = await scenario.card("change_again")
    assert users[1] in said(card)
    await scenario.press("change_again", user=OPERATOR)
    again = await scenario.card("change_confirm")
    assert f"Mail for {users[1]} goes" in said(again)
    await scenario.press("change_confirm", user=OPERATOR)
    await scenario.outcome("1 of 1 in failover")
    assert len(scenario.writes()) == 6


async def test_stop_sends_no_further_users_and_the_rest_can_be_proposed(scenario: Scenario) -> None:
    users = _users(scenario, 20)
    scenario.continuity.fail(kind="delay", method="PUT", seconds=0.4, times=None)
    await scenario.type(f"failover on {CUSTOMER} {' '.join(users)}")
    await scenario.press("change_approve", user=APPROVER)
    await scenario.press("change_stop", user=OPERATOR)
    done = said(await scenario.outcome("Read back"))
    assert "PARTLY APPLIED" in done
    assert "stopped before it was sent" in done
    sent = len(scenario.writes())
    assert 8 <= sent < 20
    assert f"{sent} of 20 in failover" in done
    card = await scenario.card("change_again")
    assert f"Stop asked by <@{OPERATOR}>" in said(card)
    await scenario.press("change_again", user=OPERATOR)
    rest = await scenario.slack.wait_for(
        lambda slack: _with_words(scenario, f"{20 - sent} named users")
    )
    assert "change_approve" in scenario.slack.buttons(rest) or "Counting" in said(rest)


async def test_the_card_shows_how_many_have_answered(scenario: Scenario) -> None:
    users = _users(scenario, 20)
    scenario.continuity.fail(kind="delay", method="PUT", seconds=0.3, times=None)
    await scenario.type(f"failover on {CUSTOMER} {' '.join(users)}")
    await scenario.press("change_approve", user=APPROVER)
    await scenario.outcome("20 of 20 in failover")
    card = next(m for m in scenario.slack.channel_messages(INCIDENT) if len(m.history) > 2)
    shown = [said(revision) for revision in card.history]
    assert any("8 of 20 answered" in words for words in shown)


async def test_a_misspelled_user_among_others_is_told_and_the_others_are_one_press_away(
    scenario: Scenario,
) -> None:
    users = [*_users(scenario, 2), "nobody@example.com"]
    await scenario.type(f"failover on {CUSTOMER} {' '.join(users)}")
    told = await scenario.told("2 of 3 users are known for customer 44444. Not known: nobody@")
    assert "404" in told
    assert scenario.slack.channel_messages(INCIDENT) == []
    [reply] = scenario.slack.ephemerals
    button = scenario.slack.buttons(reply)["change_propose_rest"]
    assert button["text"]["text"] == "Propose the other 2"

    await scenario.slack.click(OPERATOR, INCIDENT, reply.ts, "change_propose_rest")
    card = await scenario.card("change_confirm")
    assert "2 named users" in said(card)
    assert all(user in said(card) for user in users[:2])
    assert "nobody@example.com" not in said(card)
    assert scenario.writes() == []


async def test_nothing_to_do_and_no_users_are_said(scenario: Scenario) -> None:
    await scenario.type(f"failover off {CUSTOMER}")
    await scenario.told("Nothing to do: failover is off for all 20 users already.")
    scenario.continuity.customers[CUSTOMER].clear()
    await scenario.type(f"failover on {CUSTOMER}")
    told = await scenario.told(f"Customer {CUSTOMER} has no users.")
    assert f"You have rights for: {CUSTOMER} Acme GmbH." in told
    assert scenario.slack.channel_messages(INCIDENT) == []
    assert scenario.writes() == []


async def test_without_numbers_card_and_dialog_say_that_it_is_the_whole_customer(
    scenario: Scenario,
) -> None:
    scenario.continuity.fail(kind=503, method="HEAD", times=None)
    await scenario.type(f"failover on {CUSTOMER}")
    card = await scenario.card("change_approve")
    assert "Number not known, this is the whole customer." in said(card)
    dialog = scenario.slack.buttons(card)["change_approve"]["confirm"]["text"]["text"]
    assert dialog == (
        f"FAILOVER ON for Acme GmbH ({CUSTOMER}): number not known, this is the whole customer."
    )


def _with_words(scenario: Scenario, words: str) -> Message | None:
    found = [m for m in scenario.slack.channel_messages(INCIDENT) if words in said(m)]
    return found[-1] if found else None
