"""What each kind of change asks of the API and does to it: a module for each kind, and the table of them.

``count`` and ``recount`` look before the decision and before the execution, ``perform`` sends one attempt and
reads it back, ``read_back`` looks again after an ambiguous answer. Everything else in the life of a change is
the same for all kinds.
"""

from __future__ import annotations

from typing import Protocol

from bot.domain.actions import Action
from bot.domain.change import Change
from bot.domain.preview import Preview
from bot.service.change_types import (
    delete_user,
    edit_user,
    flag,
    import_users,
    purge_users,
    token,
)
from bot.service.change_types.attempt.send import AttemptResult
from bot.service.context import Context


class ChangeType(Protocol):
    """One kind of change. The modules of this package are its implementations."""

    def patience(self, ctx: Context) -> float:
        """Return how many seconds ``count`` may take."""
        ...

    async def count(self, ctx: Context, change: Change) -> Preview:
        """Return what would happen. Raises ContinuityError; Refused stops the change with its sentence."""
        ...

    def pointless(self, change: Change, seen: Preview) -> str:
        """Say why there is nothing to do, or return ``""``. That nobody is in the scope is looked at for
        every kind."""
        ...

    async def recount(self, ctx: Context, change: Change) -> Preview | None:
        """Look once more just before the execution; None where there is nothing that can have moved."""
        ...

    def stale(self, change: Change, seen: Preview | None) -> str:
        """Say why what was decided on no longer holds, by what was seen just now, or return ``""``."""
        ...

    def requests(self, ctx: Context, change: Change) -> list[str]:
        """Return the requests as they will be sent, for the audit trail. Raises BotError."""
        ...

    async def perform(self, ctx: Context, change: Change) -> AttemptResult:
        """Send one attempt and read it back."""
        ...

    async def read_back(self, ctx: Context, change: Change) -> AttemptResult:
        """Ask the API what is set now."""
        ...


_ACTS: dict[str, ChangeType] = {
    "delete": delete_user,
    "edit": edit_user,
    "import": import_users,
    "purge": purge_users,
    "switch": flag,
    "token": token,
}


def change_type_of(action: Action) -> ChangeType:
    """Return the module that carries out this kind of change."""
    return _ACTS[action.kind]
