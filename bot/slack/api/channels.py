"""May this be told in that channel? Slack is asked anew: a channel may be shared since it was checked."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import SlackRefused
from bot.slack.api.client import call_slack

KEPT = 5.0  # seconds that an answer counts for cards and timelines; a file asks each time

SHARED = "this channel is shared with another company"
NOT_TOLD = "Slack does not tell whether this channel is shared with another company"


class ChannelCheck:
    """``seconds`` is a clock that only goes forward."""

    def __init__(
        self, client: AsyncWebClient, seconds: Callable[[], float] = time.monotonic
    ) -> None:
        self._client = client
        self._seconds = seconds
        self._asked: dict[str, tuple[float, str]] = {}

    async def why_not(self, channel: str, *, kept: float = 0.0) -> str:
        """Say why nothing but an outcome is told there, or return ``""``; ``kept`` is how old the answer may be.

        A direct message is never shared. A channel that the bot cannot see takes nothing anyway, and its
        refusal is told there. Raises SlackUnavailable: then it is not known, and it is tried again.
        """
        if channel[:1] not in ("C", "G"):
            return ""
        at, why = self._asked.get(channel, (float("-inf"), ""))
        now = self._seconds()
        if now - at >= kept:
            why = await self._ask(channel)
            self._asked[channel] = (now, why)
        return why

    async def _ask(self, channel: str) -> str:
        try:
            told = await call_slack(self._client.conversations_info(channel=channel))
        except SlackRefused as error:
            return "" if error.code == "channel_not_found" else f"{NOT_TOLD} ({error.code})"
        shared = shared_outside(told.get("channel") or {})
        if shared is None:
            return NOT_TOLD
        return SHARED if shared else ""


def shared_outside(channel: Mapping[str, Any]) -> bool | None:
    """Return whether a channel is shared with another company; None where Slack does not tell."""
    shared = channel.get("is_ext_shared")
    return shared if isinstance(shared, bool) else None
