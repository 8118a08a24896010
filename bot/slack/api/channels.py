"""Whether a channel may read a change: it may have become shared with another company."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import SlackRefused
from bot.slack.api.client import call_slack

# How long an answer of Slack is used for cards and timelines; a file asks each time.
CACHE_SECONDS = 5.0

SHARED = "this channel is shared with another company"
NOT_TOLD = "Slack does not tell whether this channel is shared with another company"


class ChannelCheck:
    """Asks Slack whether a channel is shared. ``seconds`` is a monotonic clock."""

    def __init__(
        self, client: AsyncWebClient, seconds: Callable[[], float] = time.monotonic
    ) -> None:
        self._client = client
        self._seconds = seconds
        self._answers: dict[str, tuple[float, str]] = {}

    async def reason_against(self, channel: str, *, max_age: float = 0.0) -> str:
        """Return why only outcomes may be posted in a channel, or "" where everything may.

        ``max_age`` is how old an answer of Slack may be, in seconds. A direct message is never
        shared. "" also for a channel that the bot cannot see: posting fails there. Raises
        SlackUnavailable.
        """
        if channel[:1] not in ("C", "G"):
            return ""
        asked_at, reason = self._answers.get(channel, (float("-inf"), ""))
        now = self._seconds()
        if now - asked_at >= max_age:
            reason = await self._ask(channel)
            self._answers[channel] = (now, reason)
        return reason

    async def _ask(self, channel: str) -> str:
        try:
            answer = await call_slack(self._client.conversations_info(channel=channel))
        except SlackRefused as error:
            return "" if error.code == "channel_not_found" else f"{NOT_TOLD} ({error.code})"
        shared = shared_outside(answer.get("channel") or {})
        if shared is None:
            return NOT_TOLD
        return SHARED if shared else ""


def shared_outside(channel: Mapping[str, Any]) -> bool | None:
    """Return whether a channel is shared with another company; None where Slack does not tell."""
    shared = channel.get("is_ext_shared")
    return shared if isinstance(shared, bool) else None
