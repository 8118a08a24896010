"""Drills."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from bot.domain.drill import Drill


class DrillRows(Protocol):
    """The table ``drills``. A row that cannot be read is left out."""

    def put_drill(self, drill: Drill) -> None:
        """Write a drill; the row of the same id is replaced."""
        ...

    def drill(self, drill_id: str) -> Drill | None:
        """Return a drill, or None."""
        ...

    def running_drill(self, customer: str) -> Drill | None:
        """Return the drill of this customer that has not ended, or None."""
        ...

    def drills(
        self, customers: Collection[str] | None = None, limit: int | None = None
    ) -> Sequence[Drill]:
        """Return drills, of these customers or of all (None); the newest first."""
        ...

    def unreadable_drills(self) -> Sequence[str]:
        """Return the ids of rows that cannot be read: they were altered or are damaged."""
        ...
