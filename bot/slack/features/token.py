"""Activation tokens: proposed like any change, and shown to the one who asked, in a window of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import structlog

from bot.domain.change import Change, State
from bot.domain.commands import TokenCommand
from bot.errors import BotError, NotAllowed, SlackError, SlackUnavailable
from bot.ports import Token
from bot.service.changes.token_reveal import may_reveal, reveal_token, token_request
from bot.slack.api.modals import fill
from bot.slack.button_values import ChangeButton
from bot.slack.features.context import (
    ActionHandler,
    CommandHandler,
    FeatureContext,
    ViewHandler,
    open_form,
)
from bot.slack.features.propose import proposed
from bot.slack.payloads import ActionPayload, TypedPayload
from bot.slack.views import token as views
from bot.slack.views.changes.card import clip_sentence
from bot.slack.views.mrkdwn import escape

TRIES = 3  # to fill the window: the token is there, and nowhere else
LONGEST_WAIT = 5.0  # seconds between two of them

log = structlog.get_logger(__name__)


async def ask_token(
    deps: FeatureContext, payload: ActionPayload, customer: str, address: str
) -> str:
    """Propose a token for one user; return what the asker alone is told."""
    return await propose_token(deps, payload, TokenCommand(customer, address))


async def propose_token(
    deps: FeatureContext, payload: TypedPayload | ActionPayload, command: TokenCommand
) -> str:
    """Propose a token, shown or sent by mail."""
    return await proposed(deps, payload, token_request(command))


async def show(deps: FeatureContext, payload: ActionPayload) -> str:
    """Open the window, have the token made, show it there. Without a window nothing is requested."""
    change_id = ChangeButton.parse(payload.value).change
    change, _ = await may_reveal(deps.ctx, payload.actor, change_id)
    view_id = await open_form(deps, payload, views.waiting_modal(), "Press Show token again.")
    name = await deps.ctx.store.read(lambda tx: tx.customer_name(change.customer))

    async def show_it(token: Token) -> str:
        return await _filled(deps, view_id, lambda: views.token_modal(change, name, token))

    try:
        ended = await reveal_token(deps.ctx, payload.actor, change_id, show_it)
    except BotError as error:
        words = str(error) if isinstance(error, NotAllowed) else escape(str(error))
        return await _told(deps, view_id, words)
    if ended.state is State.APPLIED:
        return ""
    return await _told(deps, view_id, _why(ended))


def _why(ended: Change) -> str:
    return clip_sentence(ended.outcome.sentence) if ended.outcome else ended.state.words


async def _told(deps: FeatureContext, view_id: str, words: str) -> str:
    """Show why there is no token; return the words where the window does not take them."""
    return words if await _filled(deps, view_id, lambda: views.message_modal(words)) else ""


async def _filled(deps: FeatureContext, view_id: str, build: Callable[[], dict[str, Any]]) -> str:
    """Fill the window, and say why where that was not possible. The same again shows nothing twice."""
    for tries in range(1, TRIES + 1):
        try:
            return "" if await fill(deps.client, view_id, build()) else "the window was closed."
        except SlackUnavailable as error:
            log.warning("window.not_filled", code=error.code, tries=tries)
            if tries < TRIES:
                await deps.ctx.sleep(min(error.retry_after or 0.5 * tries, LONGEST_WAIT))
        except SlackError as error:
            log.warning("window.refused", code=error.code)
            return "Slack did not take it."
    return "Slack did not confirm that it was shown."


COMMANDS: dict[type, CommandHandler] = {TokenCommand: propose_token}
CLICKS: dict[str, ActionHandler] = {"token_show": show}
FORMS: dict[str, ViewHandler] = {}
