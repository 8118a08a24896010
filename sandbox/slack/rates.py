"""Slack's rate limits as token buckets and windows (slack-rules.md, "Delivery")."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from sandbox.slack.members import direct_id
from sandbox.slack.model import RateLimited


class Rate(NamedTuple):
    """The size of a burst, and the calls regained per second."""

    burst: int
    per_second: float


def _per_minute(calls: int) -> Rate:
    return Rate(calls, calls / 60)


POST_MESSAGE = Rate(5, 1.0)
"""Once a second in each channel; Slack allows short bursts over it."""
ALL_POSTS = Rate(300, 5.0)
"""In all channels and direct messages together. The page says "several hundred messages per
minute", with a "generous burst" (docs.slack.dev/reference/methods/chat.postMessage,
"Rate limiting"): read as 300 in a minute, and 300 at once."""

RATES = {
    "chat.delete": _per_minute(50),
    "chat.postEphemeral": _per_minute(100),
    "conversations.members": _per_minute(100),
    "files.getUploadURLExternal": _per_minute(100),
    "files.completeUploadExternal": _per_minute(100),
    "files.info": _per_minute(100),
    "files.delete": _per_minute(50),
    "views.open": _per_minute(100),
    "views.publish": _per_minute(100),
    "views.push": _per_minute(100),
    "views.update": _per_minute(100),
    "users.info": _per_minute(100),
    "usergroups.list": _per_minute(20),
}


WINDOWS = {"chat.update": 50, "users.getPresence": 50}
"""Calls within any minute: tier 3, "50+ per minute", read strictly, without a burst on top of it
(docs.slack.dev/apis/web-api/rate-limits)."""


@dataclass
class _Bucket:
    tokens: float
    at: float


class RateLimits:
    """Counts calls by method; `chat.postMessage` by channel, and in the workspace as a whole."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._buckets: dict[tuple[str, str], _Bucket] = {}
        self._calls: dict[str, deque[float]] = {method: deque() for method in WINDOWS}

    def count(self, method: str, payload: dict[str, Any]) -> None:
        """Count one call. Raises RateLimited when the bucket is empty; such a call is not
        counted."""
        if method in WINDOWS:
            self._count_in_window(method)
            return
        taken = [self._filled(key, rate) for key, rate in _keys(method, payload)]
        for bucket, rate in taken:
            if bucket.tokens < 1 - 1e-9:  # refilled in fractions
                raise RateLimited(max(1, math.ceil((1 - bucket.tokens) / rate.per_second)))
        for bucket, _ in taken:
            bucket.tokens -= 1

    def _filled(self, key: tuple[str, str], rate: Rate) -> tuple[_Bucket, Rate]:
        """Return a bucket with what it has regained by now."""
        now = self._clock()
        bucket = self._buckets.setdefault(key, _Bucket(rate.burst, now))
        earned = max(0.0, now - bucket.at) * rate.per_second
        bucket.tokens = min(rate.burst, bucket.tokens + earned)
        bucket.at = now
        return bucket, rate

    def _count_in_window(self, method: str) -> None:
        calls, now = self._calls[method], self._clock()
        while calls and calls[0] + 60.0 <= now:
            calls.popleft()
        if len(calls) >= WINDOWS[method]:
            raise RateLimited(max(1, math.ceil(calls[0] + 60.0 - now)))
        calls.append(now)


def _keys(method: str, payload: dict[str, Any]) -> list[tuple[tuple[str, str], Rate]]:
    """Return the buckets that a call takes from, if any; it needs a place in each."""
    if method == "chat.postMessage":
        return [((method, _channel(payload)), POST_MESSAGE), ((method, ""), ALL_POSTS)]
    return [((method, ""), RATES[method])] if method in RATES else []


def _channel(payload: dict[str, Any]) -> str:
    """Return the channel id; a person's id means the direct messages with them, which have one
    limit."""
    channel = str(payload.get("channel"))
    return direct_id(channel) if channel[:1] in ("U", "W") else channel
