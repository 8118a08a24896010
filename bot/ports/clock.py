"""The clock."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The current time. Tests replace it."""

    def now(self) -> datetime:
        """Return the time, timezone-aware, in UTC."""
        ...
