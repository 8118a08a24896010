"""Passwords: what is typed into the modal passes through to the API and is kept nowhere."""

from __future__ import annotations

import structlog

from bot.domain.audit.chain import AuditEntry
from bot.domain.change_commands import PasswordCommand
from bot.domain.identifiers import parse_address
from bot.domain.password import check_password, check_token
from bot.domain.secret import Secret
from bot.errors import SlackError
from bot.service.changes.password import may_set, set_password
from bot.slack.api.client import call_slack
from bot.slack.features.base.context import FeatureContext
from bot.slack.features.base.feature import Feature
from bot.slack.payloads import TypedPayload, Values, ViewPayload
from bot.slack.views.modals.password import PasswordModal
from bot.slack.views.mrkdwn import escape
from bot.slack.views.texts import password as texts

feature = Feature()

log = structlog.get_logger(__name__)


@feature.command(PasswordCommand)
async def password(deps: FeatureContext, payload: TypedPayload, command: PasswordCommand) -> str:
    """Open the modal, for whoever may use it."""
    await may_set(deps.ctx, payload.actor)
    view = PasswordModal(command.address, payload.channel).build()
    await deps.open_modal(payload, view)
    return ""


@feature.view(PasswordModal)
async def submit(deps: FeatureContext, payload: ViewPayload, values: Values) -> str:
    """Set the password; the rights are looked up anew. Tell the channel that it was done."""
    address = parse_address(str(values["user"]))
    token = Secret(check_token(str(values["token"])))
    new_password = Secret(check_password(str(values["password"])))
    entry = await set_password(deps.ctx, payload.actor, address, token, new_password)
    done = texts.DONE.format(address=escape(address))
    told = await _announce(deps, payload, done, entry)
    return done if told else texts.NOT_ANNOUNCED.format(done=done)


async def _announce(
    deps: FeatureContext, payload: ViewPayload, done: str, entry: AuditEntry
) -> bool:
    """Post to the channel; return whether Slack took it."""
    detail = entry.record.detail
    words = texts.ANNOUNCED.format(
        done=done,
        person=f"<@{payload.user}>",
        api_id=escape(str(detail["api_id"])),
        api_time=escape(str(detail["api_timestamp"])),
        entry=entry.reference,
    )
    try:
        await call_slack(deps.client.chat_postMessage(channel=payload.channel, text=words))
    except SlackError as error:
        log.warning("password.not_told", channel=payload.channel, code=error.code)
        return False
    return True
