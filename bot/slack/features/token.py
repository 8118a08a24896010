"""Activation tokens: proposed like any change, and shown to their requester in a modal."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import structlog

from bot.domain.change import Change
from bot.domain.change_commands import TokenCommand
from bot.domain.change_state import State
from bot.errors import BotError, SlackError, SlackUnavailable
from bot.ports import Token
from bot.service.changes.token_reveal import may_reveal, reveal_token, token_request
from bot.slack.api.cut_off import tell_before_end
from bot.slack.api.modals import fill
from bot.slack.button_values import ChangeButton
from bot.slack.features.base.card import on_card
from bot.slack.features.base.context import FeatureContext
from bot.slack.features.base.errors import error_reply
from bot.slack.features.base.feature import Feature
from bot.slack.payloads import ActionPayload, TypedPayload
from bot.slack.views import token as views
from bot.slack.views.changes.card import clip_sentence
from bot.slack.views.drill import labelled_modal
from bot.slack.views.texts import token as texts

MAX_FILL_TRIES = 3  # the token is there, and nowhere else
MAX_FILL_WAIT_SECONDS = 5.0

feature = Feature()

log = structlog.get_logger(__name__)


@feature.command(TokenCommand)
async def token(
    deps: FeatureContext, payload: TypedPayload | ActionPayload, command: TokenCommand
) -> str:
    """Propose a token, shown or sent by mail."""
    return await deps.propose(payload, token_request(command))


@feature.action("token_show")
@on_card
async def show(deps: FeatureContext, payload: ActionPayload, button: ChangeButton) -> str:
    """Open a modal, have the token made, show it there. Without a modal nothing is requested."""
    change, _ = await may_reveal(deps.ctx, payload.actor, button.change)
    view_id = await deps.open_modal(payload, views.waiting_modal(), texts.SHOW)
    name = await deps.customer_name(change.customer)

    showing = False

    async def reveal(made: Token) -> str:
        nonlocal showing
        showing = True
        return await _fill(deps, view_id, lambda: _token(change, name, made))

    try:
        ended = await reveal_token(deps.ctx, payload.actor, change.id, reveal)
    except asyncio.CancelledError:
        if not showing:  # else the window may hold the token, and nothing else does
            words = views.message_modal(texts.INTERRUPTED)
            await tell_before_end(fill(deps.client, view_id, words))
        raise
    except BotError as error:
        return await _explain(deps, view_id, error_reply(error, secret=True).words)
    if ended.state is State.APPLIED:
        return ""
    why = clip_sentence(ended.outcome.sentence) if ended.outcome else ended.state.words
    return await _explain(deps, view_id, why)


def _token(change: Change, name: str, made: Token) -> dict[str, Any]:
    shown = views.token_modal(change, name, made)
    return labelled_modal(shown) if change.drill else shown


async def _explain(deps: FeatureContext, view_id: str, words: str) -> str:
    """Show why there is no token; return the words where the modal cannot be filled."""
    return words if await _fill(deps, view_id, lambda: views.message_modal(words)) else ""


async def _fill(deps: FeatureContext, view_id: str, build: Callable[[], dict[str, Any]]) -> str:
    """Fill the modal; return why that was not possible, or "". To repeat it does no harm."""
    for tries in range(1, MAX_FILL_TRIES + 1):
        try:
            return "" if await fill(deps.client, view_id, build()) else texts.WINDOW_CLOSED
        except SlackUnavailable as error:
            log.warning("window.not_filled", code=error.code, tries=tries)
            if tries < MAX_FILL_TRIES:
                wait = error.retry_after or 0.5 * tries
                await deps.ctx.sleep(min(wait, MAX_FILL_WAIT_SECONDS))
        except SlackError as error:
            log.warning("window.refused", code=error.code)
            return texts.WINDOW_REFUSED
    return texts.WINDOW_NOT_CONFIRMED
