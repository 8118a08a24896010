"""What a feature is given, and how it opens a form."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.commands import Wish
from bot.errors import InvalidInput, SlackRefused
from bot.service import inquire
from bot.service.context import Context
from bot.service.listing import Lists
from bot.service.propose import propose
from bot.slack.payloads import Inbound
from bot.slack.views import replies
from bot.slack.views.forms import Values
from bot.slack.views.words import Said
from bot.slack.web import ask


@dataclass(frozen=True, slots=True)
class Room:
    """The use cases' context, Slack's Web API, the workspace's address, and the lists that are read."""

    ctx: Context
    client: AsyncWebClient
    url: str
    lists: Lists = field(default_factory=Lists)


@dataclass(frozen=True, slots=True)
class Aside:
    """What takes minutes, to be done beside the workers. The delivery is finished when it has ended: a
    process that dies before leaves it to the next one."""

    work: Callable[[], Awaitable[str | Said]]


# What the asker alone is told, or "". Handlers raise BotError with the sentence to tell.
Told = str | Said | Aside
Handler = Callable[[Room, Inbound], Awaitable[Told]]
CommandHandler = Callable[[Room, Inbound, Any], Awaitable[Told]]
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

    A trigger works once, for three seconds. Raises InvalidInput where it was too late.
    """
    try:
        answer = await ask(room.client.views_open(trigger_id=inbound.trigger_id, view=view))
    except SlackRefused as error:
        if error.code != "expired_trigger_id":
            raise
        raise InvalidInput(f"Slack did not open the form in time. {again}") from None
    return str(answer["view"]["id"])
