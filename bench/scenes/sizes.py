"""How much the scenes that are compared with bare Bolt measure."""

from __future__ import annotations

from dataclasses import dataclass

RATE = 20.0  # commands a second
IN_FLIGHT = 20


@dataclass(frozen=True, slots=True)
class Sizes:
    """Rounds alternate between bare Bolt and the bot, so that other load affects both."""

    rate_rounds: int = 6  # at RATE
    seconds: float = 4.0  # of each
    concurrent_rounds: int = 8  # with IN_FLIGHT commands
    commands: int = 240  # of each
    changes: int = 100  # one after the other
    hanging_changes: int = 200
    hanging_seconds: float = 30.0


QUICK = Sizes(
    rate_rounds=2,
    seconds=2.0,
    concurrent_rounds=2,
    commands=120,
    changes=10,
    hanging_changes=40,
    hanging_seconds=3.0,
)
