"""The base class of the kinds of change: what each asks of the API, and what it does to it."""

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
    """One change, as its kind counts, sends and reads it back.

    ``count`` and ``recount`` look before the decision and before the execution, ``perform`` sends one
    attempt and reads it back, ``read_back`` looks again after an ambiguous answer. Everything else in
    the life of a change is the same for all kinds.
    """

    ctx: Context
    change: Change

    def of(self, change: Change) -> Self:
        """Return the same for another state of the change."""
        return replace(self, change=change)

    def max_count_seconds(self) -> float:
        """Return how many seconds ``count`` may take."""
        return self.ctx.preview_seconds

    @abstractmethod
    async def count(self) -> Preview:
        """Return what would happen. Raises ContinuityError; Refused stops the change with its sentence."""

    def nothing_to_do(self, seen: Preview) -> str:  # noqa: ARG002  # by default there always is
        """Say why there is nothing to do, or return ``""``.

        That there are no users in the scope is checked for every kind.
        """
        return ""

    async def recount(self) -> Preview | None:
        """Count once more just before the execution; None: ``perform`` checks what may have moved."""
        return None

    def stale(self, seen: Preview | None) -> str:  # noqa: ARG002  # by default `perform` checks
        """Say why what was decided on no longer holds, by what was seen just now, or return ``""``."""
        return ""

    @abstractmethod
    def requests(self) -> list[str]:
        """Return the requests as they will be sent, for the audit trail. Raises BotError."""

    @abstractmethod
    async def perform(self) -> AttemptResult:
        """Send one attempt and read it back."""

    @abstractmethod
    async def read_back(self) -> AttemptResult:
        """Ask the API what is set now."""
