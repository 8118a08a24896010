"""What a feature is given, and how it opens a form."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import InvalidInput, SlackRefused
from bot.service.context import Context
from bot.service.queries.list_users import ListLimiter
from bot.slack.api.client import call_slack, required
from bot.slack.api.error_codes import TOO_LATE
from bot.slack.payloads import ActionPayload, MentionPayload, TypedPayload, Values, ViewPayload
from bot.slack.views.mrkdwn import BlockReply

FILES = (
    2  # files that people sent, read at the same time: one may take a hundred megabytes of memory
)


@dataclass(frozen=True, slots=True)
class FeatureContext:
    """The use cases' context, Slack's Web API, the workspace's address, the lists that are read, and the
    turn of whoever reads a file."""

    ctx: Context
    client: AsyncWebClient
    url: str
    lists: ListLimiter = field(default_factory=ListLimiter)
    files: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(FILES))


@dataclass(frozen=True, slots=True)
class BackgroundJob:
    """What takes minutes, to be done beside the workers. The delivery is finished when it has ended: a
    process that dies before leaves it to the next one."""

    work: Callable[[], Awaitable[str | BlockReply]]


# What the asker alone is told, or "". Handlers raise BotError with the sentence to tell.
Reply = str | BlockReply | BackgroundJob
ActionHandler = Callable[[FeatureContext, ActionPayload], Awaitable[Reply]]
ViewHandler = Callable[[FeatureContext, ViewPayload], Awaitable[Reply]]


@dataclass(frozen=True, slots=True)
class SubmissionError:
    """What is wrong with a submission that only a look into a file, or at the API, can tell: a sentence for
    each block id. ``after`` is done once the person has been told."""

    errors: Mapping[str, str] = field(default_factory=dict)
    after: Callable[[], Awaitable[object]] | None = None


# Asked before a form is acknowledged, within two seconds; a handler comes to the same by itself.
Check = Callable[[FeatureContext, ViewPayload], Awaitable[SubmissionError]]
CommandHandler = Callable[[FeatureContext, TypedPayload, Any], Awaitable[Reply]]
SecretFormHandler = Callable[[FeatureContext, ViewPayload, Values], Awaitable[str]]


async def open_form(
    deps: FeatureContext, payload: TypedPayload | ActionPayload, view: dict[str, Any], again: str
) -> str:
    """Open a form for whoever typed or pressed and return its id; ``again`` says how to ask once more.

    A trigger works once, for three seconds; a mention has none. Raises InvalidInput where it was too late.
    """
    if isinstance(payload, MentionPayload) or not payload.trigger_id:
        raise InvalidInput("A form opens for a slash command only: begin with /continuity.")
    try:
        answer = await call_slack(deps.client.views_open(trigger_id=payload.trigger_id, view=view))
    except SlackRefused as error:
        if error.code not in TOO_LATE:
            raise
        raise InvalidInput(f"Slack did not open the form in time. {again}") from None
    return required(answer, "view", "id")
