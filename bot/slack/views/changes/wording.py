"""The base class of the words that differ between the kinds of change."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.change import Change
from bot.domain.outcome import Outcome
from bot.domain.preview import Preview
from bot.domain.scope import FileUsers, Groups, Users
from bot.slack.views.mrkdwn import format_time
from bot.slack.views.texts import outcome as texts
from bot.slack.views.texts import scope as scope_texts


@dataclass(frozen=True, slots=True)
class Wording(ABC):
    """The words of one change. All that is returned is escaped, but for the label of a button."""

    change: Change

    @abstractmethod
    def meaning(self, scope: str) -> str:
        """Return what it does, as a sentence; ``scope`` says for whom."""

    @abstractmethod
    def numbers(self, preview: Preview) -> Sequence[str]:
        """Return what was counted or compared before the decision, a line each."""

    @abstractmethod
    def decision_label(self) -> str:
        """Return what the button says behind `Approve:`, at most 60 characters."""

    @abstractmethod
    def read_back(self, result: Outcome) -> str:
        """Return what the API told afterwards, ``""`` where it was not asked."""

    def reminder(self) -> str:
        """Return what people forget once it is applied, or ``""``."""
        return ""

    def way_back(self) -> str:
        """Return how to take it back, or that it cannot be taken back."""
        return texts.NO_WAY_BACK

    def back_label(self) -> str:
        """Return what the button says that proposes the opposite, where there is one."""
        return texts.BACK

    @property
    def count_text(self) -> str:
        """How many users it is for, as a button says it: `1,284`, `these groups`, `ALL`."""
        scope, preview = self.change.scope, self.change.preview
        if isinstance(scope, Users):
            return f"{len(scope.addresses):,}"
        if isinstance(scope, FileUsers):
            return f"{scope.users:,}"
        if preview is not None and preview.total is not None:
            return f"{preview.total:,}"
        if isinstance(scope, Groups):
            return scope_texts.BUTTON_THESE_GROUPS
        return scope_texts.BUTTON_ALL


def read_back_line(result: Outcome, state: str, affected: str) -> str:
    """Return `Read back …: 1,284 of 1,284 in failover. API: 1,284 affected.`; "" without a count.

    ``state`` says what was counted, ``affected`` what the API calls its own number.
    """
    if result.read_back_at is None or result.total is None or result.in_state is None:
        return ""
    time, count, total = format_time(result.read_back_at), result.in_state, result.total
    line = texts.READ_BACK.format(time=time, count=f"{count:,}", total=f"{total:,}", state=state)
    if result.affected is None:
        return line
    api = texts.API_AFFECTED.format(count=f"{result.affected:,}", affected=affected)
    return f"{line} {api}"
