"""Pages: what each pager has to show of a change, and what it shows."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.domain.change import Change
from bot.domain.page import PageState


@dataclass(frozen=True, slots=True)
class PageRow:
    """What ``pager`` has to show of a change, and what it took last; None for nothing.

    ``tries`` counts the sendings since then. ``error`` says what the people of the change are told
    of a pager that did not take it, ``""`` for nothing. It is sent at ``due_at``, None for at once.
    """

    change_id: str
    pager: str
    wanted: PageState
    shown: PageState | None
    asked_at: datetime
    tries: int = 0
    error: str = ""
    due_at: datetime | None = None


class PageRows(Protocol):
    """The table ``pages``."""

    def want_page(self, change: Change, state: PageState, pagers: Collection[str] = ()) -> None:
        """Ask the pagers to show a state of a change, which must be in the table.

        TRIGGERED is asked of ``pagers``, those that are configured, once; ACKNOWLEDGED and RESOLVED of
        those that were asked before. No state comes back after a later one.
        """
        ...

    def pages(self, change_id: str) -> Sequence[PageRow]:
        """Return the rows of a change, by pager."""
        ...

    def due_pages(self, pager: str, now: datetime, at_most: datetime) -> Sequence[PageRow]:
        """Return the rows that a pager is behind with and that are due, the oldest first.

        No row waits beyond ``at_most``: one that does was written by a clock that was moved since.
        """
        ...

    def save_page(self, row: PageRow) -> None:
        """Write what is known of the sending; ``wanted`` and ``asked_at`` stay as they are."""
        ...

    def failing_pages(self, pager: str) -> int:
        """Return on how many changes people are told that the pager did not take it."""
        ...

    def pages_behind_since(self) -> datetime | None:
        """Return since when a pager has been behind, None where none is."""
        ...

    def forget_pages(self, pagers: Collection[str]) -> None:
        """Leave the rows of other pagers than these alone from now on: they are not configured."""
        ...
