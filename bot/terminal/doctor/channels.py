"""Check in Slack that the bot is in each incident channel, and in OPS_CHANNEL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.roles import SubjectKind, parse_subject
from bot.errors import InstallationFault, InvalidInput, SlackError, SlackUnavailable
from bot.settings import Settings
from bot.settings_check import is_safe, token_lines
from bot.slack.api.channels import shared_outside
from bot.slack.api.client import call_slack, client_for
from bot.slack.api.http_session import open_session
from bot.terminal.doctor.finding import CHANNEL_ID, Finding, fails, ok, warns

# conversations.info takes 50 a minute.
MAX_CHANNELS = 40
_ABOUT = "channels"


async def check(settings: Settings, channels: Mapping[str, Sequence[str]]) -> Sequence[Finding]:
    """Look at ``channels``, each with the customers it is for, and at OPS_CHANNEL."""
    token, ops = settings.slack_bot_token.get_secret_value(), settings.ops_channel
    if not token or not is_safe(settings.slack_api_url) or token_lines(settings):
        return []  # as the checks before this one say
    asked = {one: f"incident channel for {', '.join(who[:5])}" for one, who in channels.items()}
    found = [] if not ops or _is_channel(ops) else [_no_id(ops)]
    if ops and not found:
        asked[ops] = f"{asked[ops]} and OPS_CHANNEL" if ops in asked else "OPS_CHANNEL"
    async with open_session() as session:
        client = client_for(token, settings.slack_api_url, session)
        for channel, use in list(asked.items())[:MAX_CHANNELS]:
            try:
                found += await _channel(client, channel, use, incident=channel in channels)
            except SlackUnavailable as error:
                return [*found, warns(_ABOUT, f"not looked at: {error}")]
            except InstallationFault:
                return found  # as the checks before this one say
    if len(asked) > MAX_CHANNELS:
        found.append(warns(_ABOUT, f"{len(asked) - MAX_CHANNELS} of {len(asked)} not looked at."))
    if asked and not found:
        return [ok(_ABOUT, f"{len(asked)}, the bot is in each")]
    return found


async def _channel(
    client: AsyncWebClient, channel: str, use: str, *, incident: bool
) -> list[Finding]:
    who = f"{channel} ({use})"
    try:
        answer = await call_slack(client.conversations_info(channel=channel))
    except (SlackUnavailable, InstallationFault):
        raise
    except SlackError as error:
        if error.code != "channel_not_found":
            return [warns(_ABOUT, f"{who}: {error}")]
        return [
            fails(
                _ABOUT,
                f"{who}: the bot cannot see it. It is gone, or private and without the bot: type "
                f"/invite @Continuity there. {CHANNEL_ID}",
            )
        ]
    told: Mapping[str, Any] = answer.get("channel", {})
    if told.get("is_archived"):
        return [fails(_ABOUT, f"{who}: it is archived. Restore it, or grant another one.")]
    if incident and shared_outside(told):
        text = "it is shared with another company, so that everything is refused there."
        return [fails(_ABOUT, f"{who}: {text} Grant another one.")]
    if not told.get("is_member"):
        text = (
            "the bot is not in it, so that nothing is seen there. Type /invite @Continuity there."
        )
        return [fails(_ABOUT, f"{who}: {text}")]
    return []


def _is_channel(text: str) -> bool:
    try:
        return parse_subject(text).kind is SubjectKind.CHANNEL
    except InvalidInput:
        return False


def _no_id(text: str) -> Finding:
    shown = text if text.isprintable() and len(text) <= 80 else "what it is set to"
    return fails(_ABOUT, f"OPS_CHANNEL: {shown} is no channel id (C… or G…). {CHANNEL_ID}")
