"""A clock that stands still until a test moves it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.ports import Clock
from tests.builders import NOW


@dataclass
class FixedClock:
    at: datetime = NOW

    def now(self) -> datetime:
        return self.at


def _is_a_clock(clock: FixedClock) -> Clock:
    return clock
