"""Does Slack answer? What an approval by word of mouth at the terminal depends on."""

from __future__ import annotations

import asyncio

from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import SlackRefused, SlackUnavailable
from bot.slack.api.client import call_slack, client_for
from bot.slack.api.http_session import open_session

TRIES = 3  # a hiccup is no outage
TIME = 5.0  # seconds of each
BETWEEN = 0.5  # seconds


async def silence(
    token: str, api_url: str, *, seconds: float = TIME, between: float = BETWEEN
) -> str:
    """Return in a sentence why Slack cannot be asked, or ``""`` where it answers.

    Each try has ``seconds``, with ``between`` before the next. Every answer of Slack's own counts, a refused token and a rate limit as well: whoever holds the
    terminal could bring about both.
    """
    async with open_session() as session:
        client = client_for(token, api_url, session)
        return await _silence(client, api_url, seconds, between)


async def _silence(client: AsyncWebClient, api_url: str, seconds: float, between: float) -> str:
    why = ""
    for tries in range(TRIES):
        if tries:
            await asyncio.sleep(between)
        try:
            await call_slack(client.auth_test(), seconds=seconds)
        except SlackRefused:
            return ""
        except SlackUnavailable as error:
            if error.code.replace("_", "") == "ratelimited":
                return ""
            why = str(error)
        else:
            return ""
    return f"{why} Asked {TRIES} times: {api_url}"
