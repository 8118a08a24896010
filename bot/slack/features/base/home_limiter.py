"""How often the Home tab is drawn: people open it again and again, and all of them in an outage."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

# A tab that was drawn just now is not drawn anew when it is opened: 50 openings in a minute are
# drawn six times. Refresh is a request of its own.
OPENED_SECONDS, PRESSED_SECONDS = 10.0, 2.0
# Each may ask the API about many customers.
MAX_PARALLEL_HOMES = 4


class HomeLimiter:
    """Whether a person's tab is to be drawn, and so many at a time."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        # When each person's tab was last asked for, in the order of these times.
        self._asked: dict[str, float] = {}
        self._drawing: set[str] = set()
        self._slots = asyncio.Semaphore(MAX_PARALLEL_HOMES)

    def is_due(self, person: str, *, pressed: bool = False) -> bool:
        """Whether to draw it now: not while it is drawn, and not so soon after the last time."""
        now = self._now()
        self._asked = {one: at for one, at in self._asked.items() if now - at < OPENED_SECONDS}
        pause = PRESSED_SECONDS if pressed else OPENED_SECONDS
        if person in self._drawing or now - self._asked.get(person, -pause) < pause:
            return False
        self._asked[person] = now
        return True

    @asynccontextmanager
    async def drawing(self, person: str) -> AsyncIterator[None]:
        """Wait for a place, and hold it while the block runs."""
        self._drawing.add(person)
        try:
            async with self._slots:
                yield
        finally:
            self._drawing.discard(person)
