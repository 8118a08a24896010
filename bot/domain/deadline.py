"""What falls due once, at a time: a reminder, a way back, a report."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class DeadlineKind(StrEnum):
    """What is to be done at the time."""

    REMIND = "remind"  # tell the next people of a change that waits for an approval
    WARN_BACK = "warn_back"  # a timed change is taken back soon
    WAY_BACK = "way_back"  # take a timed change back
    COUNT_DOWN = "count_down"  # the outcome of a timed change tells how long it is still on
    REPORT = "report"  # what is on for long
    DRILL_BEGIN = "drill_begin"  # have the simulated API play the scenario
    DRILL_POST = "drill_post"  # tell the channel of a drill's beginning or end
    DRILL_END = "drill_end"  # a change is verified, or the time is over
    DRILL_RESET = "drill_reset"  # end the faults of the simulated API
    REVIEW = "review"  # remind of a review that is owed


@dataclass(frozen=True, slots=True)
class Deadline:
    """Something that is due at ``due_at``, and done once.

    ``key`` is its own: a deadline with the same key replaces it. ``change_id`` is the change that it
    is about, ``""`` for none.
    """

    key: str
    kind: DeadlineKind
    due_at: datetime
    change_id: str = ""
