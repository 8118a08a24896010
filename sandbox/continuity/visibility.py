"""Writes that are accepted at once and shown later: what HEAD and GET tell meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from math import inf

from sandbox.continuity.model import MailUser

FOR_EVER = inf  # until it is released

Users = dict[str, MailUser]


@dataclass(slots=True)
class Visibility:
    """``delay`` is in seconds of ``clock``; 0 shows every write at once."""

    clock: Callable[[], float]
    delay: float = 0.0
    _before: list[tuple[str, float, Users]] = field(default_factory=list)

    def writing(self, customer: str, users: Users) -> None:
        """Keep the users as they are before a write that is not to be seen yet."""
        if self.delay:
            self._before.append((customer, self.clock() + self.delay, deepcopy(users)))

    def shown(self, customer: str, users: Users) -> Users:
        """Return the users as reads show them: as they were before the oldest write that is hidden."""
        now = self.clock()
        self._before = [one for one in self._before if one[1] > now]
        return next((one[2] for one in self._before if one[0] == customer), users)

    def release(self) -> None:
        """Show every write, and the next ones at once."""
        self.delay = 0.0
        self._before.clear()
