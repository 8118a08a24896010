"""Deadlines: what falls due once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bot.domain.deadline import Deadline


class DeadlineRows(Protocol):
    """The table ``deadlines``."""

    def put_deadline(self, deadline: Deadline) -> None:
        """Write a deadline; one with the same key is replaced."""
        ...

    def remove_deadline(self, key: str) -> bool:
        """Delete a deadline; False where there is none."""
        ...

    def deadline(self, key: str) -> Deadline | None:
        """Return a deadline, or None."""
        ...

    def due_deadlines(self, now: datetime, limit: int = 100) -> Sequence[Deadline]:
        """Return what is due, the earliest first."""
        ...
