"""Passwords: what is typed into the form passes through to the API and is kept nowhere."""

from __future__ import annotations

import structlog

from bot.domain.audit import AuditEntry
from bot.domain.commands import PasswordCommand
from bot.domain.password import check_password, check_token
from bot.domain.scope import parse_address
from bot.domain.secret import Secret
from bot.errors import SlackError
from bot.service.changes.password import may_set, set_password
from bot.slack.api.client import call_slack
from bot.slack.features.context import (
    ActionHandler,
    CommandHandler,
    FeatureContext,
    SecretFormHandler,
    ViewHandler,
    open_form,
)
from bot.slack.payloads import TypedPayload, Values, ViewPayload
from bot.slack.views.forms import password as views
from bot.slack.views.mrkdwn import escape

log = structlog.get_logger(__name__)


async def ask_for_it(deps: FeatureContext, payload: TypedPayload, command: PasswordCommand) -> str:
    """Open the form, for whoever may use it."""
    await may_set(deps.ctx, payload.actor)
    view = views.build(command.address, payload.channel)
    await open_form(deps, payload, view, "Type the command again.")
    return ""


async def set_it(deps: FeatureContext, payload: ViewPayload, values: Values) -> str:
    """Carry out the form; the rights are looked up anew. Tell the person, and the channel that it was done."""
    address = parse_address(str(values["user"]))
    token = Secret(check_token(str(values["token"])))
    password = Secret(check_password(str(values["password"])))
    seal = await set_password(deps.ctx, payload.actor, address, token, password)
    done = f"The password of {escape(address)} was set."
    return f"{done} {await _tell(deps, payload, done, seal)}".strip()


async def _tell(deps: FeatureContext, payload: ViewPayload, done: str, seal: AuditEntry) -> str:
    """Tell the channel; return what the person is told where it could not be."""
    told = seal.record.detail
    api = f"API id {escape(str(told['api_id']))} at {escape(str(told['api_timestamp']))}"
    words = f"{done} By <@{payload.user}> · {api} · audit {seal.reference}"
    try:
        await call_slack(deps.client.chat_postMessage(channel=payload.channel, text=words))
    except SlackError as error:
        log.warning("password.not_told", channel=payload.channel, code=error.code)
        return "The channel could not be told: tell it yourself."
    return ""


COMMANDS: dict[type, CommandHandler] = {PasswordCommand: ask_for_it}
CLICKS: dict[str, ActionHandler] = {}
FORMS: dict[str, ViewHandler] = {}
CONFIDANTS: dict[str, SecretFormHandler] = {views.CALLBACK: set_it}
