"""Slack's rate limits as token buckets; a 429 empties the bucket for as long as it says."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from bot.slack.limits import MAX_POSTS_PER_MINUTE, MAX_POSTS_PER_SECOND, MAX_UPDATES_PER_MINUTE

# Burst, and refill per second. One update a minute is left for the messages of the features.
POSTS = (4.0, MAX_POSTS_PER_SECOND)
UPDATES = (40.0, (MAX_UPDATES_PER_MINUTE - 1) / 60)
# Updates kept for cards and outcomes: a timeline can wait, and a direct message longer than that.
RESERVE, DIRECT_RESERVE = 10.0, 36.0
# All direct messages together, of the limit that all posts of a workspace share.
DIRECT = (20.0, MAX_POSTS_PER_MINUTE / 60 * 0.6)
# The names of the buckets that are not a channel's.
_UPDATES, _DIRECT = "", "direct"


def _loop_time() -> float:
    # The clock that asyncio.sleep uses.
    return asyncio.get_running_loop().time()


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


class RateLimiter:
    """Returns how many seconds to wait before the next call.

    ``times`` is the multiple of the published limits that this workspace is granted; ``seconds``
    is a monotonic clock.
    """

    def __init__(self, times: float = 1.0, seconds: Callable[[], float] = _loop_time) -> None:
        self._times = times
        self._seconds = seconds
        self._buckets: dict[str, _Bucket] = {}
        # When messages were updated within the last minute.
        self._updates: deque[float] = deque()

    def wait_to_post(self, channel: str, *, can_wait: bool = False) -> float:
        """Return the seconds until a message may be posted here; with 0 the call is counted.

        ``can_wait``: it leaves room for those of channels, in the limit that all posts share.
        """
        if can_wait and (wait := self._wait(_DIRECT, 0.0)):
            return wait
        wait = self._take(channel, 0.0)
        if can_wait and not wait:
            self._take(_DIRECT, 0.0)
        return wait

    def wait_to_update(self, *, reserve: float = 0.0) -> float:
        """Return the seconds until a message may be updated; with 0 the call is counted.

        ``reserve`` is how many updates it leaves to others.
        """
        return self._take(_UPDATES, reserve)

    def put_off(self, channel: str, seconds: float, *, can_wait: bool = False) -> None:
        """After a 429, post nothing here (update nothing, for channel "") for ``seconds``.

        ``can_wait``: it came to a direct message, so no other one is posted either.
        """
        for key in (channel, _DIRECT) if can_wait and channel else (channel,):
            bucket, rate = self._filled(key)
            bucket.tokens = min(bucket.tokens, 1.0 - seconds * rate)

    def _take(self, key: str, reserve: float) -> float:
        if wait := self._wait(key, reserve):
            return wait
        if key == _UPDATES:
            self._updates.append(self._seconds())
        self._buckets[key].tokens -= 1.0
        return 0.0

    def _wait(self, key: str, reserve: float) -> float:
        bucket, rate = self._filled(key)
        missing = 1.0 + reserve - bucket.tokens
        if missing > 1e-9:  # refilled in fractions
            return missing / rate
        return self._until_fewer(reserve) if key == _UPDATES else 0.0

    def _until_fewer(self, reserve: float) -> float:
        """Return the seconds until one more update keeps to the limit of a minute.

        A burst and what is refilled meanwhile would be more.
        """
        now = self._seconds()
        while self._updates and self._updates[0] + 60.0 <= now:
            self._updates.popleft()
        most = int((MAX_UPDATES_PER_MINUTE - 1) * self._times - reserve)
        over = len(self._updates) - most
        return self._updates[over] + 60.0 - now if over >= 0 else 0.0

    def _filled(self, key: str) -> tuple[_Bucket, float]:
        limits = {_UPDATES: UPDATES, _DIRECT: DIRECT}.get(key, POSTS)
        burst, rate = (limit * self._times for limit in limits)
        now = self._seconds()
        bucket = self._buckets.setdefault(key, _Bucket(burst, now))
        bucket.tokens = min(burst, bucket.tokens + (now - bucket.at) * rate)
        bucket.at = now
        return bucket, rate
