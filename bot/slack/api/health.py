"""Whether Slack answers: an approval at the terminal is allowed only where it does not."""

from __future__ import annotations

import asyncio

from bot.errors import SlackRefused, SlackUnavailable
from bot.slack.api.client import call_slack, client_for
from bot.slack.api.http_session import open_session

ATTEMPTS = 3
MAX_ATTEMPT_SECONDS = 5.0
PAUSE_SECONDS = 0.5


async def why_unreachable(
    token: str, api_url: str, *, seconds: float = MAX_ATTEMPT_SECONDS, pause: float = PAUSE_SECONDS
) -> str:
    """Return a sentence why Slack cannot be reached, or "" where it answers.

    Each attempt has ``seconds``, with ``pause`` seconds before the next. A refused token and a rate
    limit are answers, too: whoever works at the terminal could cause both.
    """
    reason = ""
    async with open_session() as session:
        client = client_for(token, api_url, session)
        for attempt in range(ATTEMPTS):
            if attempt:
                await asyncio.sleep(pause)
            try:
                await call_slack(client.auth_test(), seconds=seconds)
            except SlackUnavailable as error:
                if error.code.replace("_", "") == "ratelimited":
                    return ""
                reason = str(error)
            except SlackRefused:
                return ""
            else:
                return ""
    return f"{reason} Asked {ATTEMPTS} times: {api_url}"
