"""What a rehearsal plays: for each scenario the faults of one customer, and the users it leaves out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from sandbox.continuity.faults import Fault

SLOW_SECONDS = 3.0  # of each answer; a preview waits for five
DOWN_SECONDS = 180.0
BUSY_EVERY = 3  # of `partly`: each third user, by address

_WRITES = "PUT|DELETE"


def _slow(path: str, _: float) -> Sequence[Fault]:
    return [Fault("delay", path=path, times=None, seconds=SLOW_SECONDS)]


def _lost(path: str, _: float) -> Sequence[Fault]:
    return [Fault("reset_after", method=_WRITES, path=path)]


def _down(path: str, now: float) -> Sequence[Fault]:
    return [Fault(503, path=path, times=None, ends_at=now + DOWN_SECONDS)]


# What makes the faults, of the pattern of a customer's paths and the time in UNIX seconds.
SCENARIOS: Mapping[str, Callable[[str, float], Sequence[Fault]]] = MappingProxyType(
    {"slow": _slow, "lost": _lost, "partly": lambda _, __: [], "down": _down}
)
# These leave some users as they are, at the first write to them.
WITH_BUSY_USERS = frozenset({"partly"})


def faults_of(scenario: str, customer: str, now: float) -> Sequence[Fault]:
    """Return the faults of a scenario for a customer; ``now`` in UNIX seconds."""
    return SCENARIOS[scenario](rf"^/{customer}(?:/|$)", now)
