"""Rehearsals: what is played, when it ends, and what became of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.change import Change
from bot.domain.change_state import State

# A drill ends by itself after this time.
TIME_LIMIT = timedelta(hours=1)
DRILL_STARTED, DRILL_ENDED = "drill.started", "drill.ended"


class Scenario(StrEnum):
    """What the simulated API plays: `sandbox/continuity/scenarios.py`."""

    SLOW = "slow"
    LOST = "lost"
    PARTLY = "partly"
    DOWN = "down"


class Ending(StrEnum):
    """Why a drill ended."""

    VERIFIED = "verified"  # a change of its customer was applied and read back
    BY_PERSON = "by a person"
    TIME = "time limit"
    NO_API = "no simulated API"  # the scenario could not be played


@dataclass(frozen=True, slots=True)
class Score:
    """The score sheet, from the audit trail; times in seconds, None for what did not happen.

    ``to_propose`` and ``to_verified`` are counted from the beginning, ``to_approve`` from the proposal.
    ``wrong`` is how many presses and commands were refused; ``refusals`` are the first sentences.
    ``people`` are the ids of those who took part.
    """

    ending: Ending
    change_id: str = ""
    to_propose: int | None = None
    to_approve: int | None = None
    to_verified: int | None = None
    wrong: int = 0
    refusals: tuple[str, ...] = ()
    people: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        """Return plain JSON, as row and audit entry hold it."""
        return asdict(self) | {"refusals": list(self.refusals), "people": list(self.people)}


@dataclass(frozen=True, slots=True)
class Drill:
    """One drill, in the channel that is told of it; ``score`` None while it runs."""

    id: str
    customer: str
    scenario: Scenario
    channel: str
    started_by: str
    started_at: datetime
    ended_at: datetime | None = None
    score: Score | None = None

    @property
    def time_limit(self) -> datetime:
        """When it ends by itself."""
        return self.started_at + TIME_LIMIT


def is_verified(change: Change) -> bool:
    """Whether a change of a drill is applied and read back."""
    return change.drill and change.state is State.APPLIED and not change.is_unverified
