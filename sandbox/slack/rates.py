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

RATES = {
    "chat.delete": _per_minute(50),
    "chat.postEphemeral": _per_minute(100),
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


WINDOWS = {"chat.update": 50}
"""Calls within any minute: "50+ per minute" read strictly, without a burst on top of it."""


@dataclass
class _Bucket:
    tokens: float
    at: float


class RateLimits:
    """Counts calls by method, and by channel too for `chat.postMessage`."""

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
        if method == "chat.postMessage":
            rate, key = POST_MESSAGE, (method, _channel(payload))
        elif method in RATES:
            rate, key = RATES[method], (method, "")
        else:
            return
        now = self._clock()
        bucket = self._buckets.setdefault(key, _Bucket(rate.burst, now))
        earned = max(0.0, now - bucket.at) * rate.per_second
        bucket.tokens = min(rate.burst, bucket.tokens + earned)
        bucket.at = now
        if bucket.tokens < 1 - 1e-9:  # refilled in fractions
            raise RateLimited(max(1, math.ceil((1 - bucket.tokens) / rate.per_second)))
        bucket.tokens -= 1

    def _count_in_window(self, method: str) -> None:
        calls, now = self._calls[method], self._clock()
        while calls and calls[0] + 60.0 <= now:
            calls.popleft()
        if len(calls) >= WINDOWS[method]:
            raise RateLimited(max(1, math.ceil(calls[0] + 60.0 - now)))
        calls.append(now)


def _channel(payload: dict[str, Any]) -> str:
    """Return the channel id; a person's id means the direct messages with them, which have one
    limit."""
    channel = str(payload.get("channel"))
    return direct_id(channel) if channel[:1] in ("U", "W") else channel
