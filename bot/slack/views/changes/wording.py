"""The base class of the words that differ between the kinds of change."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.change import Change
from bot.domain.outcome import Outcome
from bot.domain.preview import Preview
from bot.domain.scope import FileUsers, Groups, Users


@dataclass(frozen=True, slots=True)
class Wording(ABC):
    """The words of one change. All that is returned is escaped, but for the label of a button."""

    change: Change

    @abstractmethod
    def meaning(self, whom: str) -> str:
        """Return what it does, as a sentence; ``whom`` says for whom, with the count where it is
        known.
        """

    @abstractmethod
    def numbers(self, seen: Preview) -> Sequence[str]:
        """Return what was counted or compared before the decision, a line each."""

    @abstractmethod
    def decision_label(self) -> str:
        """Return what the button says behind `Approve:`, at most 60 characters."""

    @abstractmethod
    def read_back(self, told: Outcome) -> str:
        """Return what the API told afterwards, ``""`` where it was not asked."""

    def reminder(self) -> str:
        """Return what people forget once it is applied, or ``""``."""
        return ""

    def way_back(self) -> str:
        """Return how to take it back, or that it cannot be taken back."""
        return "There is no way back."

    @property
    def count_text(self) -> str:
        """How many users it is for, as a button says it: `1,284`, `these groups`, `ALL`."""
        scope, seen = self.change.scope, self.change.preview
        if isinstance(scope, Users):
            return f"{len(scope.addresses):,}"
        if isinstance(scope, FileUsers):
            return f"{scope.users:,}"
        if seen is not None and seen.total is not None:
            return f"{seen.total:,}"
        return "these groups" if isinstance(scope, Groups) else "ALL"
