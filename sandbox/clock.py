"""One clock for all simulated services, which can be set forward."""

from __future__ import annotations

import time
from collections.abc import Callable


class SandboxClock:
    """Called, it returns UNIX seconds: those of ``now`` and the skipped ones, ``offset``.

    ``on_skip`` are called with the new offset.
    """

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self.offset = 0.0
        self.on_skip: list[Callable[[float], None]] = []
        self._now = now

    def __call__(self) -> float:
        """Return UNIX seconds."""
        return self._now() + self.offset

    def skip(self, seconds: float) -> None:
        """Set the clock forward. Raises ValueError for a time that is not later than now."""
        if not seconds > 0:
            raise ValueError("The clock is set forward only.")
        self.offset += seconds
        for listener in list(self.on_skip):
            listener(self.offset)
