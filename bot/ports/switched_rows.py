"""What was switched and may still hold, and whom later deletions reached."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from bot.domain.change import Change


class SwitchedRows(Protocol):
    """Queries of ``changes`` that read few rows, however many changes there have been."""

    def switched(self, customers: Collection[str] | None = None, *, limit: int) -> Sequence[Change]:
        """Return, of each customer and flag, the newest change that was applied for everyone, and
        what was begun after it; of all customers for None.

        A change that was applied for everyone and switched off is left out: nothing before it holds.

        Of each kind of scope the ``limit`` newest. Rows that cannot be read are skipped.
        """
        ...

    def timed_changes(self) -> Sequence[Change]:
        """Return the changes that are on for a time. Reads every row, so seldom."""
        ...

    def deletions_since(
        self, customers: Collection[str], since: datetime, *, limit: int
    ) -> Sequence[Change]:
        """Return the newest deletions, of one user and in bulk, that were begun since then."""
        ...

    def deleted_among(self, change_id: str, addresses: Collection[str]) -> Collection[str]:
        """Return those of these users whom a deletion in bulk reached, in small letters."""
        ...
