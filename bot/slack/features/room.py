"""What a feature is given, and how it opens a form."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.commands import Wish
from bot.errors import InvalidInput, SlackRefused
from bot.service import inquire
from bot.service.context import Context
from bot.service.propose import propose
from bot.slack.payloads import Inbound
from bot.slack.views import replies
from bot.slack.views.forms import Values
from bot.slack.web import ask


@dataclass(frozen=True, slots=True)
class Room:
    """The use cases' context, Slack's Web API, and the workspace's address."""

    ctx: Context
    client: AsyncWebClient
    url: str


# They return what the asker alone is told, or "". They raise BotError with the sentence to tell.
Handler = Callable[[Room, Inbound], Awaitable[str]]
CommandHandler = Callable[[Room, Inbound, Any], Awaitable[str]]
Confidant = Callable[[Room, Inbound, Values], Awaitable[str]]


async def proposed(room: Room, inbound: Inbound, wish: Wish) -> str:
    """Propose it; return where the card is, where the same is open already."""
    change, new = await propose(room.ctx, inbound.actor, wish)
    structlog.contextvars.bind_contextvars(change=change.id)
    if new:
        return ""
    return replies.proposed_already(await inquire.where(room.ctx, change), room.url)


async def open_form(room: Room, inbound: Inbound, view: dict[str, Any], again: str) -> str:
    """Open a form for whoever typed or pressed and return its id; ``again`` says how to ask once more.

    A trigger works once, for three seconds; a mention has none. Raises InvalidInput where it was too late.
    """
    if not inbound.trigger_id:
        raise InvalidInput("A form opens for a slash command only: begin with /continuity.")
    try:
        answer = await ask(room.client.views_open(trigger_id=inbound.trigger_id, view=view))
    except SlackRefused as error:
        if error.code != "expired_trigger_id":
            raise
        raise InvalidInput(f"Slack did not open the form in time. {again}") from None
    return str(answer["view"]["id"])
