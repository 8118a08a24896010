"""What a pager is told of a change that waits."""

from __future__ import annotations

from enum import StrEnum


class PageState(StrEnum):
    """One follows the other, and none comes back."""

    TRIGGERED = "triggered"  # somebody has to look
    ACKNOWLEDGED = "acknowledged"  # somebody looked or decided
    RESOLVED = "resolved"  # the change ended
