"""`doctor --blocks`: what Slack says of every kind of message and form, without posting any."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from slack_sdk.errors import SlackApiError

from bot.errors import SlackError, SlackRefused, SlackUnavailable
from bot.settings import Settings
from bot.settings_check import is_safe, token_lines
from bot.slack.api.client import SlackClient, call_slack, client_for
from bot.slack.api.http_session import open_session
from bot.terminal.doctor.finding import Finding, Mark, fails, ok, warns
from bot.terminal.doctor.specimens import specimens
from bot.terminal.doctor.specimens.specimen import Specimen

# docs.slack.dev/reference/methods/blocks.validate: "special rate limits", without a number.
MAX_TRIES = 5
_PAUSE_SECONDS = 1.0
_WRONG = {"invalid_blocks", "invalid_message", "invalid_view"}
MAX_ERRORS = 3


async def examine_blocks(settings: Settings, tell: Callable[[Finding], None]) -> int:
    """Pass a finding for each specimen to ``tell``, and return how many Slack does not take."""
    failed = 0
    async for finding in _findings(settings):
        tell(finding)
        failed += finding.mark is Mark.FAILS
    return failed


async def _findings(settings: Settings) -> AsyncIterator[Finding]:
    token = settings.slack_bot_token.get_secret_value()
    if not token or not is_safe(settings.slack_api_url) or token_lines(settings):
        yield fails("blocks", "not asked: SLACK_BOT_TOKEN or SLACK_API_URL cannot be used.")
        return
    async with open_session() as session:
        client = client_for(token, settings.slack_api_url, session)
        for specimen in specimens():
            try:
                yield await _finding(client, specimen)
            except SlackError as error:
                yield fails("blocks", f"not looked at from {specimen.name} on: {error}")
                return


async def _finding(client: SlackClient, specimen: Specimen) -> Finding:
    about = f"{specimen.surface}, {specimen.name}"
    if specimen.view:
        wrong = await _errors(client, {"view": specimen.view})
    else:
        wrong = await _errors(client, {"blocks": specimen.blocks})
    if not wrong:
        return ok(about, "Slack takes it")
    if specimen.older and not await _errors(client, {"blocks": specimen.older}):
        return warns(about, f"Slack takes only its older form. Of the newer it says: {wrong}")
    return fails(about, f"Slack does not take it: {wrong}")


async def _errors(client: SlackClient, payload: Mapping[str, Any]) -> str:
    """Return what Slack finds wrong, or ``""``. Raises SlackError where it does not say."""
    arguments = {name: json.dumps(value) for name, value in payload.items()}
    said: list[Mapping[str, Any]] = []

    async def call() -> object:
        try:
            # In the body: the library's own function puts all of it into the address.
            return await client.api_call("blocks.validate", data=arguments)
        except SlackApiError as error:
            data = error.response.data
            said.extend(data.get("errors") or [] if isinstance(data, dict) else [])
            raise

    for rest in reversed(range(MAX_TRIES)):
        try:
            await call_slack(call())
            break
        except SlackUnavailable as error:
            if not rest:
                raise
            await asyncio.sleep(error.retry_after or _PAUSE_SECONDS)
        except SlackRefused as error:
            if error.code not in _WRONG:
                raise
            lines = [f"{one.get('pointer')} {one.get('message')}".strip() for one in said]
            return "; ".join(lines[:MAX_ERRORS]) or error.code
    return ""
