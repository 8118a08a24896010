"""How much is measured by the scenes that compare bots with bare Bolt and with each other."""

from __future__ import annotations

from dataclasses import dataclass, field

from bench.grown_database import GrownSize

RATE = 20.0  # commands a second
IN_FLIGHT = 20


@dataclass(frozen=True, slots=True)
class Sizes:
    """Rounds alternate between the sides, so that other load affects all of them."""

    rate_rounds: int = 6  # at RATE
    seconds: float = 4.0  # of each
    concurrent_rounds: int = 8  # with IN_FLIGHT commands
    commands: int = 240  # of each
    changes: int = 100  # one after the other
    hanging_changes: int = 200
    hanging_seconds: float = 30.0
    takeovers: int = 3
    grown: GrownSize = field(default_factory=GrownSize)
    authorisations: int = 400  # of each kind
    few: int = 100  # changes before the first measurement of memory
    many: int = 10_000  # before the second, through the services
    some: int = 1_000  # before the second, through the whole bot
    named: int = 10  # changes of 500 users


QUICK = Sizes(
    rate_rounds=2,
    seconds=2.0,
    concurrent_rounds=2,
    commands=120,
    changes=10,
    hanging_changes=40,
    hanging_seconds=3.0,
    takeovers=1,
    grown=GrownSize(20_000, 2_000, 200),
    authorisations=50,
    few=50,
    many=500,
    some=100,
    named=2,
)
