"""What Slack does not take: never silence, and nothing behind it is held up."""

from __future__ import annotations

import asyncio

from bot.ports import Message, MessageKind, message_key
from tests.fixtures import direct_store
from tests.scenarios.changes.test_resolve import lost, write
from tests.scenarios.conftest import APPROVER, CUSTOMER, INCIDENT, OPERATOR, Scenario, said


async def row(scenario: Scenario, key: str) -> Message:
    found = await direct_store.read(scenario.settings.database, lambda tx: tx.message(key))
    assert found is not None
    return found


async def test_blocks_that_slack_refuses_are_shown_as_text(scenario: Scenario) -> None:
    scenario.slack.fail("chat.postMessage", error="invalid_blocks")
    await scenario.type(f"failover on {CUSTOMER}")
    card = await scenario.outcome("WAITING")
    assert card.blocks == []
    assert "ALL 20 users" in card.text


async def test_a_token_that_is_out_of_order_loses_nothing(scenario: Scenario) -> None:
    """It is told once the token is put right, however long that takes."""
    scenario.slack.fail("chat.postMessage", error="token_revoked", times=2)
    await scenario.type(f"failover on {CUSTOMER}")
    card = await scenario.card("change_approve")
    assert card.channel == INCIDENT
    assert [m.channel for m in scenario.slack.channel_messages(INCIDENT)].count(INCIDENT) >= 1


async def test_an_outcome_that_no_place_takes_is_kept_and_tried_again(scenario: Scenario) -> None:
    # Of the card, of telling the requester so, and of the outcome.
    scenario.slack.fail("chat.postMessage", error="is_archived", times=3 + 1 + 3)
    change = lost()
    await write(scenario, change, MessageKind.CARD, MessageKind.OUTCOME)
    key = message_key(MessageKind.OUTCOME, change.id, change.revision)

    async with asyncio.timeout(20):
        while not (found := await row(scenario, key)).error:  # noqa: ASYNC110  # rows ring no bell
            await asyncio.sleep(0.05)
    assert found.shown < found.wanted
    assert found.due_at is not None


async def test_a_channel_that_takes_nothing_holds_up_no_other_change(scenario: Scenario) -> None:
    scenario.slack.fail("chat.postMessage", error="is_archived", times=3)
    await write(scenario, lost(), MessageKind.CARD)
    await scenario.type(f"failover on {CUSTOMER}")
    card = await scenario.card("change_approve")
    await scenario.press("change_approve", user=APPROVER, card=card)
    assert f"<@{OPERATOR}>" in said(await scenario.outcome("20 of 20 in failover"))


async def test_a_twin_of_a_card_loses_its_buttons_when_one_is_pressed(scenario: Scenario) -> None:
    """As a crash between Slack's answer and our commit leaves it behind."""
    await scenario.type(f"failover on {CUSTOMER}")
    card = await scenario.card("change_approve")
    twin = scenario.slack.post(INCIDENT, card.user, card.text, card.blocks)
    await scenario.press("change_approve", user=APPROVER, card=twin)
    await scenario.outcome("20 of 20 in failover")
    await scenario.slack.wait_for(lambda slack: not slack.buttons(twin))
    assert f"p{card.ts.replace('.', '')}|Open it>" in twin.text
    assert len(scenario.writes()) == 1


async def test_a_card_that_went_elsewhere_has_no_buttons_there_and_says_where_it_is_decided(
    scenario: Scenario,
) -> None:
    """A button would refuse there: the change belongs to its own channel."""
    scenario.slack.fail("chat.postMessage", error="is_archived", times=2)
    await scenario.type(f"failover on {CUSTOMER}")

    card = await scenario.slack.wait_for(
        lambda slack: next(
            (m for m in slack.direct_messages(OPERATOR) if "ALL 20 users" in said(m)), None
        )
    )

    first, last = card.history[0].text, said(card)
    for words in (first, last):
        assert f"Not decided here*: that is done in <#{INCIDENT}> alone" in words
        assert "/continuity cancel C-" in words
    assert scenario.slack.buttons(card) == {}
