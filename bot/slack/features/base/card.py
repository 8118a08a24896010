"""Buttons of a card: parse their value, and take them off a card that is no longer updated."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import wraps

import structlog

from bot.errors import BotError, NotAllowed, SlackError, UnknownChange
from bot.ports import Message, MessageKind, Transaction, message_key
from bot.slack.api.client import call_slack
from bot.slack.button_values import ChangeButton
from bot.slack.features.base.context import FeatureContext, bind_change
from bot.slack.features.base.feature import ActionHandler, Reply
from bot.slack.payloads import ActionPayload
from bot.slack.views.card_link import moved

CardHandler = Callable[[FeatureContext, ActionPayload, ChangeButton], Awaitable[Reply]]

log = structlog.get_logger(__name__)


def on_card(handler: CardHandler) -> ActionHandler:
    """Pass the value of the button to the handler; afterwards retire the card where it is a twin.

    Not after NotAllowed and UnknownChange: whoever may not decide the change alters no message.
    """

    @wraps(handler)
    async def pressed(deps: FeatureContext, payload: ActionPayload) -> Reply:
        button = ChangeButton.parse(payload.value)
        bind_change(button.change)
        try:
            reply = await handler(deps, payload, button)
        except (NotAllowed, UnknownChange):
            raise
        except BotError:
            await _retire(deps, payload, button.change)
            raise
        await _retire(deps, payload, button.change)
        return reply

    return pressed


def _kept(tx: Transaction, payload: ActionPayload, change_id: str) -> Message | None:
    """Return the row of the message that the pressed one is, or is a twin of."""
    for person in tx.ids_of(payload.user):
        own = tx.message(message_key(MessageKind.DIRECT, change_id, person=person))
        if own is not None and own.channel == payload.channel:
            return own
    return tx.message(message_key(MessageKind.CARD, change_id))


async def _retire(deps: FeatureContext, payload: ActionPayload, change_id: str) -> None:
    """Take the buttons off a card that is not the one in the database.

    A crash between Slack's response and our commit leaves such a twin.
    """
    kept = await deps.ctx.store.read(lambda tx: _kept(tx, payload, change_id))
    pressed = (payload.channel, payload.message_ts)
    if not (kept and kept.ts and payload.message_ts) or pressed == (kept.channel, kept.ts):
        return
    log.warning("card.retired", key=kept.key)
    words = moved(change_id, kept.channel, kept.ts, deps.url)
    update = deps.client.chat_update(
        channel=payload.channel, ts=payload.message_ts, text=words, blocks=[]
    )
    with suppress(SlackError):
        await call_slack(update)
