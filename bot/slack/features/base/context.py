"""Dependencies shared by feature handlers, and the steps that most of them take."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any, NoReturn

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.change import CHANGE_ID, Change
from bot.domain.change_commands import (
    DeleteUserCommand,
    EditUserCommand,
    FlagCommand,
    ImportUsersCommand,
    PurgeUsersCommand,
)
from bot.domain.change_request import ChangeRequest
from bot.errors import InvalidInput, SlackRefused
from bot.service.access.authorise import Authorization, authorise
from bot.service.access.missing_approvers import missing_approvers_in_slack
from bot.service.access.refusals import refuse
from bot.service.changes.propose import ExtraWrites, propose
from bot.service.context import Context, RefusalKind
from bot.service.queries import history
from bot.service.queries.list_users import ListLimiter
from bot.slack.api.client import call_slack, required
from bot.slack.api.error_codes import EXPIRED_TRIGGERS
from bot.slack.api.newer_blocks import NewerBlocks
from bot.slack.features.base.drill import is_of_drill
from bot.slack.features.base.home_limiter import HomeLimiter
from bot.slack.payloads import (
    ActionPayload,
    MentionPayload,
    Payload,
    ShortcutPayload,
    TypedPayload,
)
from bot.slack.views.card_link import proposed_already
from bot.slack.views.changes.approvers import too_few_approvers
from bot.slack.views.drill import labelled_modal
from bot.slack.views.texts import forms as texts

# One file that somebody sent may take a hundred megabytes of memory while it is read.
MAX_PARALLEL_FILES = 2
# Each read-back may wait long for a silent API; the other workers are there for everybody else.
MAX_PARALLEL_READ_BACKS = 2
# Of what is filled into forms: a press is one question to the API, or several.
MAX_PARALLEL_COUNTS = 4

# The commands whose modal opens for whoever has their right.
ModalCommand = (
    EditUserCommand | DeleteUserCommand | ImportUsersCommand | PurgeUsersCommand | FlagCommand
)


@dataclass(frozen=True, slots=True)
class FeatureContext:
    """The use cases' context, Slack's Web API, the workspace's URL, limits on parallel work, and
    which newer kinds of blocks the workspace refuses."""

    ctx: Context
    client: AsyncWebClient
    url: str
    lists: ListLimiter = field(default_factory=ListLimiter)
    files: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(MAX_PARALLEL_FILES))
    read_backs: asyncio.Semaphore = field(
        default_factory=lambda: asyncio.Semaphore(MAX_PARALLEL_READ_BACKS)
    )
    counts: asyncio.Semaphore = field(
        default_factory=lambda: asyncio.Semaphore(MAX_PARALLEL_COUNTS)
    )
    # The forms that are counted now, with what was filled in last.
    counting: dict[str, ActionPayload] = field(default_factory=dict)
    homes: HomeLimiter = field(default_factory=HomeLimiter)
    audit_files: asyncio.Lock = field(default_factory=asyncio.Lock)
    reports: asyncio.Lock = field(default_factory=asyncio.Lock)
    newer_blocks: NewerBlocks = field(default_factory=NewerBlocks)

    async def authorise(self, payload: Payload, command: ModalCommand) -> Authorization:
        """Return the authorisation for the right of the command. Raises NotAllowed, recorded."""
        return await authorise(self.ctx, payload.actor, command.right, command.customer)

    async def customer_name(self, customer: str) -> str:
        """Return the customer's name, or ""."""
        return await self.ctx.store.read(lambda tx: tx.customer_name(customer))

    async def open_modal(
        self,
        payload: TypedPayload | ActionPayload | ShortcutPayload,
        view: dict[str, Any],
        button: str = "",
        *,
        too_late: str = "",
    ) -> str:
        """Open a modal and return its id; ``button`` is the one that was pressed, "" for a command.

        A trigger works once, for three seconds; a mention has none. Raises InvalidInput where it was
        too late, with ``too_late`` where that is given, and SlackError.
        """
        if isinstance(payload, MentionPayload) or not payload.trigger_id:
            raise InvalidInput(texts.SLASH_COMMAND_ONLY)
        about = str(view.get("private_metadata", "")).partition(" ")[2]
        if await is_of_drill(self.ctx, payload, about):
            view = labelled_modal(view)
        opened = self.client.views_open(trigger_id=payload.trigger_id, view=view)
        try:
            return required(await call_slack(opened), "view", "id")
        except SlackRefused as error:
            if error.code not in EXPIRED_TRIGGERS:
                raise
            late = texts.BUTTON_TOO_LATE if button else texts.COMMAND_TOO_LATE
            if isinstance(payload, ShortcutPayload):
                late = texts.SHORTCUT_TOO_LATE
            raise InvalidInput(too_late or late.format(button=button)) from None

    async def propose(
        self, payload: Payload, request: ChangeRequest, extra_writes: ExtraWrites | None = None
    ) -> str:
        """Propose a change; return "" or where the open change is that asks for the same."""
        result = await propose(self.ctx, payload.actor, request, extra_writes=extra_writes)
        return await self.proposed(*result)

    async def proposed(self, change: Change, new: bool) -> str:
        """Return what the person alone reads of the change: where the card of an open one is, or who
        is missing to approve a new one; "" where its card says it all.
        """
        bind_change(change.id)
        if new:
            missing = await missing_approvers_in_slack(self.ctx, change)
            return too_few_approvers(change, missing, to_requester=True) if missing else ""
        return proposed_already(await history.find_card(self.ctx, change), self.url)

    async def refuse_foreign(self, payload: Payload, sentence: str) -> NoReturn:
        """Record that something came that is not ours, then raise NotAllowed with the sentence."""
        await refuse(self.ctx, payload.actor, "", "", sentence, kind=RefusalKind.FOREIGN)


def bind_change(change_id: str) -> None:
    """Name the change in every log line from here on; what is no change's id is left out."""
    if CHANGE_ID.fullmatch(change_id):
        structlog.contextvars.bind_contextvars(change=change_id)
