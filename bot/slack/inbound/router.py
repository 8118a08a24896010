"""From what was typed or pressed to the use case, and its result in words."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from typing import Any

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.change import CHANGE_ID
from bot.domain.commands import (
    Actor,
    AuditCommand,
    CancelCommand,
    Command,
    FlagCommand,
    GrantRoleCommand,
    HelpCommand,
    ListRolesCommand,
    NameCustomerCommand,
    PendingCommand,
    RevokeRoleCommand,
    WhoAmICommand,
)
from bot.domain.limits import MAX_REASON_CHARS
from bot.errors import BotError, InvalidInput, NotAllowed, SlackError, UnknownChange
from bot.grammar import help_for, parse
from bot.ports import MessageKind, message_key
from bot.service.access import administer
from bot.service.access.refusals import refuse
from bot.service.changes import decide, resolve
from bot.service.changes.propose import propose_again
from bot.service.context import Context, RefusalKind
from bot.service.queries import history
from bot.slack import features
from bot.slack.api.client import call_slack
from bot.slack.button_values import ChangeButton
from bot.slack.features.context import FeatureContext, Reply, SubmissionError, open_form
from bot.slack.features.propose import proposed, told
from bot.slack.inbound.form_registry import UNKNOWN
from bot.slack.payloads import ActionPayload, Payload, ViewPayload
from bot.slack.views import replies
from bot.slack.views.forms import reason as reason_form
from bot.slack.views.mrkdwn import escape

LOOKS = 2  # read-backs asked for by hand, at once

log = structlog.get_logger(__name__)


class Router:
    """Carries out what one person asked for and returns what they alone are told, or ``""``.

    ``team`` and ``app`` are the only workspace and app that are served, ``url`` is the workspace's.
    """

    def __init__(
        self, ctx: Context, client: AsyncWebClient, *, team: str, app: str, url: str
    ) -> None:
        self._ctx = ctx
        self._client = client
        self._home = (team, app)
        self._looks = asyncio.Semaphore(LOOKS)
        self._url = url
        self._room = FeatureContext(ctx, client, url)

    async def to(self, payload: Payload) -> Reply:
        """Answer a command, mention, click or modal. Raises BotError with the sentence to tell."""
        if (payload.team, payload.app) != self._home:
            sentence = "This bot serves another workspace or app."
            await refuse(self._ctx, payload.actor, "", "", sentence, kind=RefusalKind.FOREIGN)
        if isinstance(payload, ActionPayload):
            _bind(ChangeButton.parse(payload.value).change)
            return await self._pressed(payload)
        if isinstance(payload, ViewPayload):
            _bind(payload.value)
            return await self._form(payload)
        command = parse(payload.text)
        if isinstance(command, FlagCommand) and not command.from_file:
            return await proposed(self._room, payload, command)
        if handler := features.COMMANDS.get(type(command)):
            return await handler(self._room, payload, command)
        return await self._command(payload.actor, command)

    async def wrong(self, payload: ViewPayload) -> SubmissionError:
        """Return what a look tells of a submission, before it is acknowledged. Raises BotError."""
        check = features.CHECKS.get(payload.form)
        if (
            check is None
            or (payload.team, payload.app) != self._home
            or payload.form != payload.action
        ):
            return SubmissionError()
        return await check(self._room, payload)

    async def _command(self, actor: Actor, command: Command) -> str:
        ctx = self._ctx
        match command:
            case CancelCommand(change_id=change_id):
                _bind(change_id)
                await decide.cancel(ctx, actor, change_id)
                return f"{change_id} is withdrawn."
            case GrantRoleCommand():
                grant = await administer.grant_role(ctx, actor, command)
                return f"{grant.subject.id} is {grant.role} for {grant.customer} now."
            case RevokeRoleCommand():
                await administer.revoke_role(ctx, actor, command)
                return f"{command.subject.id} is no longer {command.role} for {command.customer}."
            case NameCustomerCommand():
                await administer.name_customer(ctx, actor, command)
                return f"{command.customer} is {escape(command.name)} now."
            case (
                PendingCommand()
                | AuditCommand()
                | ListRolesCommand()
                | WhoAmICommand()
                | HelpCommand()
            ):
                return await self._look(actor, command)
            case _:
                raise NotImplementedError(type(command).__name__)

    async def _look(
        self,
        actor: Actor,
        command: PendingCommand | AuditCommand | ListRolesCommand | WhoAmICommand | HelpCommand,
    ) -> str:
        ctx = self._ctx
        match command:
            case PendingCommand():
                waiting, more = await history.pending(ctx, actor, command)
                return replies.pending(waiting, self._url, more)
            case AuditCommand():
                return replies.audit(await history.audit(ctx, actor, command))
            case ListRolesCommand():
                return replies.roles(await administer.list_roles(ctx, actor, command))
            case WhoAmICommand():
                return replies.whoami(await history.whoami(ctx, actor, command))
            case HelpCommand(topic=topic):
                return await self._help(actor, topic)

    async def _help(self, actor: Actor, topic: str | None) -> str:
        rights = await history.rights_anywhere(self._ctx, actor)
        if topic is None:
            return replies.help_overview(rights)
        page = help_for(topic)
        if not replies.usable(page, rights):
            return f"You may not use {escape(page.title)}: it needs the right to {page.right}."
        return replies.help_page(page)

    async def _pressed(self, payload: ActionPayload) -> Reply:
        try:
            told = await self._click(payload)
        except (NotAllowed, UnknownChange):
            raise  # whoever may not decide it changes no message and learns of no card either
        except BotError:
            await self._retire(payload)
            raise
        await self._retire(payload)
        return told

    async def _click(self, payload: ActionPayload) -> Reply:
        button = ChangeButton.parse(payload.value)
        change_id, revision = button.change, button.revision
        ctx, actor = self._ctx, payload.actor
        if payload.action in features.CLICKS:
            return await features.CLICKS[payload.action](self._room, payload)
        if payload.action in reason_form.QUESTIONS:
            return await self._ask_why(payload, change_id)
        decisions: dict[str, Callable[[], Coroutine[Any, Any, object]]] = {
            "change_confirm": lambda: decide.confirm(ctx, actor, change_id, revision),
            "change_approve": lambda: decide.approve(ctx, actor, change_id, revision),
            "change_cancel": lambda: decide.cancel(ctx, actor, change_id),
            "change_stop": lambda: decide.stop(ctx, actor, change_id),
            "change_look": lambda: self._look_again(actor, change_id),
        }
        if payload.action == "change_again":
            return await told(self._room, await propose_again(ctx, actor, change_id))
        if payload.action not in decisions:
            sentence = "This button is not known here."
            await refuse(ctx, actor, "", "", sentence, kind=RefusalKind.FOREIGN)
        await decisions[payload.action]()
        return ""

    async def _form(self, payload: ViewPayload) -> Reply:
        if payload.form == reason_form.CALLBACK and payload.action in reason_form.QUESTIONS:
            return await self._reasoned(payload)
        # Its metadata names it, too: what one form asks for must not be got round by another one.
        if payload.form != payload.action or payload.form not in features.FORMS:
            await refuse(self._ctx, payload.actor, "", "", UNKNOWN, kind=RefusalKind.FOREIGN)
        return await features.FORMS[payload.form](self._room, payload)

    async def _look_again(self, actor: Actor, change_id: str) -> None:
        # Each may wait long for a silent API; the other workers are there for everybody else.
        if self._looks.locked():
            raise InvalidInput("Others are being read back now. Press it again in a minute.")
        async with self._looks:
            await resolve.read_back_again(self._ctx, actor, change_id)

    async def _reasoned(self, payload: ViewPayload) -> str:
        carry_out = {
            "change_deny": decide.deny,
            "change_retry": resolve.retry,
            "change_mark": resolve.mark_applied,
            "change_give_up": resolve.give_up,
        }[payload.action]
        reason = " ".join(payload.text.split())[:MAX_REASON_CHARS]
        await carry_out(self._ctx, payload.actor, payload.value, reason)
        return ""

    async def _retire(self, payload: ActionPayload) -> None:
        """Take the buttons off a card that is not the one that is kept up to date.

        A crash between Slack's answer and our commit leaves such a twin behind.
        """
        change_id = ChangeButton.parse(payload.value).change
        key = message_key(MessageKind.CARD, change_id)
        kept = await self._ctx.store.read(lambda tx: tx.message(key))
        pressed = (payload.channel, payload.message_ts)
        if not (kept and kept.ts and payload.message_ts) or pressed == (kept.channel, kept.ts):
            return
        log.warning("card.retired", key=key)
        words = replies.moved(change_id, kept.channel, kept.ts, self._url)
        with contextlib.suppress(SlackError):
            await call_slack(
                self._client.chat_update(
                    channel=payload.channel, ts=payload.message_ts, text=words, blocks=[]
                )
            )

    async def _ask_why(self, payload: ActionPayload, change_id: str) -> str:
        may = decide.may_deny if payload.action == "change_deny" else resolve.may_resolve
        await may(self._ctx, payload.actor, change_id)
        view = reason_form.build(payload.action, change_id, payload.channel)
        verb = reason_form.QUESTIONS[payload.action].verb
        await open_form(self._room, payload, view, f"Press {verb} again.")
        return ""


def _bind(change_id: str) -> None:
    """Let every log line from here on name the change that the delivery is about."""
    if CHANGE_ID.fullmatch(change_id):
        structlog.contextvars.bind_contextvars(change=change_id)
