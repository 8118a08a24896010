"""What Slack does not take: never silence, and nothing behind it is held up."""

from __future__ import annotations

import asyncio

from bot.ports import Message, MessageKind, message_key
from tests import beside
from tests.scenarios.changes.test_resolve import lost, write
from tests.scenarios.conftest import APPROVER, CUSTOMER, INCIDENT, OPERATOR, Scene, said


async def row(scene: Scene, key: str) -> Message:
    found = await beside.look(scene.settings.database, lambda tx: tx.message(key))
    assert found is not None
    return found


async def test_blocks_that_slack_refuses_are_shown_as_text(scene: Scene) -> None:
    scene.slack.fail("chat.postMessage", error="invalid_blocks")
    await scene.type(f"failover on {CUSTOMER}")
    card = await scene.outcome("WAITING")
    assert card.blocks == []
    assert "ALL users" in card.text


async def test_a_token_that_is_out_of_order_loses_nothing(scene: Scene) -> None:
    """It is told once the token is put right, however long that takes."""
    scene.slack.fail("chat.postMessage", error="token_revoked", times=2)
    await scene.type(f"failover on {CUSTOMER}")
    card = await scene.card("change_approve")
    assert card.channel == INCIDENT
    assert [m.channel for m in scene.slack.channel_messages(INCIDENT)].count(INCIDENT) >= 1


async def test_an_outcome_that_no_place_takes_is_kept_and_tried_again(scene: Scene) -> None:
    # Of the card, of telling the requester so, and of the outcome.
    scene.slack.fail("chat.postMessage", error="is_archived", times=3 + 1 + 3)
    change = lost()
    await write(scene, change, MessageKind.CARD, MessageKind.OUTCOME)
    key = message_key(MessageKind.OUTCOME, change.id, change.revision)

    async with asyncio.timeout(20):
        while not (found := await row(scene, key)).error:  # noqa: ASYNC110  # rows ring no bell
            await asyncio.sleep(0.05)
    assert found.shown < found.wanted
    assert found.due_at is not None


async def test_a_channel_that_takes_nothing_holds_up_no_other_change(scene: Scene) -> None:
    scene.slack.fail("chat.postMessage", error="is_archived", times=3)
    await write(scene, lost(), MessageKind.CARD)
    await scene.type(f"failover on {CUSTOMER}")
    card = await scene.card("change_approve")
    await scene.press("change_approve", user=APPROVER, card=card)
    assert f"<@{OPERATOR}>" in said(await scene.outcome("20 of 20 in failover"))


async def test_a_twin_of_a_card_loses_its_buttons_when_one_is_pressed(scene: Scene) -> None:
    """As a crash between Slack's answer and our commit leaves it behind."""
    await scene.type(f"failover on {CUSTOMER}")
    card = await scene.card("change_approve")
    twin = scene.slack.post(INCIDENT, card.user, card.text, card.blocks)
    await scene.press("change_approve", user=APPROVER, card=twin)
    await scene.outcome("20 of 20 in failover")
    await scene.slack.wait_for(lambda slack: not slack.buttons(twin))
    assert f"p{card.ts.replace('.', '')}|Open it>" in twin.text
    assert len(scene.writes()) == 1


async def test_a_card_that_went_elsewhere_has_no_buttons_there_and_says_where_it_is_decided(
    scene: Scene,
) -> None:
    """A button would refuse there: the change belongs to its own channel."""
    scene.slack.fail("chat.postMessage", error="is_archived", times=2)
    await scene.type(f"failover on {CUSTOMER}")

    card = await scene.slack.wait_for(
        lambda slack: next(
            (m for m in slack.direct_messages(OPERATOR) if "ALL 20 users" in said(m)), None
        )
    )

    first, last = card.history[0].text, said(card)
    for words in (first, last):
        assert f"Not decided here*: that is done in <#{INCIDENT}> alone" in words
        assert "/continuity cancel C-" in words
    assert scene.slack.buttons(card) == {}
