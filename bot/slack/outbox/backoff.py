"""When a channel is tried again after Slack did not take a message.

The whole channel waits, so that its messages keep their order. The first answer of Slack to any
call ends the waits, but for those that Slack itself asked for. A message that Slack does not answer
to, although it answers to others, is set aside: it must not hold up its channel for good.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

FIRST_RETRY_SECONDS, MAX_RETRY_SECONDS = 1.0, 60.0
# Failures of one message, each with another call of its method answered since the one before.
MAX_FAILURES_ALONE = 3
# The same where calls of other methods were answered: the method itself may be in trouble.
MAX_FAILURES = 10
# Asked just before a post: its answer does not tell that Slack takes messages.
_CHECK = "conversations.info"


def _loop_time() -> float:
    return asyncio.get_running_loop().time()


@dataclass(frozen=True, slots=True)
class _Wait:
    until: float
    # Slack asked for it: an answer to another call does not end it.
    asked_for: bool


@dataclass(slots=True)
class _Failures:
    """Of one message; ``same`` and ``heard`` are the answers that were noted until the last one."""

    same: int
    heard: int
    alone: int = 0
    others: int = 0


class Backoff:
    """The waits of the channels. ``seconds`` is a monotonic clock."""

    def __init__(self, seconds: Callable[[], float] = _loop_time) -> None:
        self._seconds = seconds
        self._waits: dict[str, _Wait] = {}
        self._answers: Counter[str] = Counter()
        self._failures: dict[str, _Failures] = {}

    def answered(self, method: str) -> bool:
        """Note an answer of Slack; return whether a channel waited for one."""
        if method != _CHECK:
            self._answers[method] += 1
        waiting = len(self._waits)
        self._waits = {channel: one for channel, one in self._waits.items() if one.asked_for}
        return len(self._waits) < waiting

    def wait(self, channel: str) -> float:
        """Return the seconds until the channel may be tried again."""
        one = self._waits.get(channel)
        return max(one.until - self._seconds(), 0.0) if one else 0.0

    def put_off(self, channel: str, seconds: float) -> None:
        """Wait as long as Slack asks for."""
        self._waits[channel] = _Wait(self._seconds() + seconds, asked_for=True)

    @property
    def heard(self) -> int:
        """How many answers were noted."""
        return self._answers.total()

    def failed(self, channel: str, key: str, method: str, tries: int, begun: int) -> float | None:
        """Make the channel wait after a message was not answered; return None then.

        ``tries`` counts its failures before this one, ``begun`` is ``heard`` when it was sent.
        Returns how long the message alone has to wait, in seconds, where Slack takes others.
        """
        seconds = min(2.0**tries, MAX_RETRY_SECONDS)
        same, heard = self._answers[method], self.heard
        noted = self._failures.setdefault(key, _Failures(same, heard))
        noted.alone += same > noted.same
        noted.others += heard > noted.heard
        noted.same, noted.heard = same, heard
        if noted.alone >= MAX_FAILURES_ALONE or noted.others >= MAX_FAILURES:
            return seconds
        if heard > begun:  # Slack is back, and only this call hung
            seconds = min(seconds, FIRST_RETRY_SECONDS)
        self._waits[channel] = _Wait(self._seconds() + seconds, asked_for=False)
        return None

    def delivered(self, channel: str, key: str) -> None:
        """Forget what was noted of this message and its channel."""
        self._failures.pop(key, None)
        self._waits.pop(channel, None)
