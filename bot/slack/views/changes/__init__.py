"""The words that differ between the kinds of change: a module for each kind, and the table of them.

All that is returned is escaped already, but for ``go``, which stands on a button.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from bot.domain.actions import Action
from bot.domain.change import Change, Outcome
from bot.domain.preview import Preview
from bot.slack.views.changes import (
    delete_user,
    edit_user,
    flag,
    import_users,
    purge_users,
    token,
)


class Wording(Protocol):
    """The words of one kind of change. The modules of this package are its implementations."""

    def meaning(self, change: Change, whom: str) -> str:
        """What it does, as a sentence; ``whom`` says for whom, with the count where it is known."""
        ...

    def numbers(self, change: Change, seen: Preview) -> Sequence[str]:
        """What was counted or compared before the decision, a line each."""
        ...

    def go(self, change: Change, count: str) -> str:
        """What the button says behind `Approve:`, at most 60 characters; ``count`` is how many."""
        ...

    def read_back(self, change: Change, told: Outcome) -> str:
        """What the API told afterwards, where it was asked; else ``""``."""
        ...

    def after(self, change: Change) -> str:
        """What people forget once it is applied, or ``""``."""
        ...

    def back(self, change: Change) -> str:
        """The way back, or that there is none."""
        ...


_KINDS: dict[str, Wording] = {
    "delete": delete_user,
    "edit": edit_user,
    "import": import_users,
    "purge": purge_users,
    "switch": flag,
    "token": token,
}


def wording(action: Action) -> Wording:
    """Return the words of this kind of change."""
    return _KINDS[action.kind]
