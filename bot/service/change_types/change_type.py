"""The base class of the kinds of change."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import Self

from bot.domain.change import Change
from bot.domain.preview import Preview
from bot.service.change_types.attempt.send import AttemptResult
from bot.service.context import Context


@dataclass(frozen=True, slots=True)
class ChangeType(ABC):
    """What is different between the kinds of change, for one change.

    ``count`` runs before the decision and ``recount`` before the execution, ``perform`` sends one
    attempt and reads it back, ``read_back`` runs again where the answer was ambiguous.
    """

    ctx: Context
    change: Change

    def of(self, change: Change) -> Self:
        """Return this for the change as a later step left it."""
        return replace(self, change=change)

    def max_count_seconds(self) -> float:
        """Return how many seconds ``count`` may take."""
        return self.ctx.preview_seconds

    @abstractmethod
    async def count(self) -> Preview:
        """Return the preview. Raises ContinuityError; Refused stops the change."""

    def nothing_to_do(self, seen: Preview) -> str:  # noqa: ARG002  # by default there always is
        """Return why there is nothing to do, or ``""``. An empty scope is checked elsewhere."""
        return ""

    async def recount(self) -> Preview | None:
        """Count again just before the execution; None where ``perform`` checks by itself."""
        return None

    def stale(self, seen: Preview | None) -> str:  # noqa: ARG002  # by default `perform` checks
        """Return why the decision is out of date by the numbers of ``recount``, or ``""``."""
        return ""

    @abstractmethod
    def requests(self) -> list[str]:
        """Return the lines of the requests that will be sent, for the audit. Raises BotError."""

    @abstractmethod
    async def perform(self) -> AttemptResult:
        """Send one attempt and read it back."""

    @abstractmethod
    async def read_back(self) -> AttemptResult:
        """Ask the API what is set now."""
