"""The review that is owed of a change which was decided in an emergency, without an approval."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ReviewState(StrEnum):
    """Where the review stands."""

    OWED = "owed"
    ACCEPTED = "accepted"
    OBJECTED = "objected"


@dataclass(frozen=True, slots=True)
class Review:
    """A review. ``reviewer`` and ``at`` None: nobody has reviewed it yet; ``reason`` may be ``""``.

    ``terminal`` is the `user@host` where it was said, ``""`` where it was given in Slack.
    """

    state: ReviewState = ReviewState.OWED
    reviewer: str | None = None
    at: datetime | None = None
    reason: str = ""
    terminal: str = ""
