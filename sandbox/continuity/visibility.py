"""Delayed visibility: writes are accepted at once, and HEAD and GET show them later."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from math import inf

from sandbox.continuity.model import MailUser

FOR_EVER = inf  # until ``release``

Users = dict[str, MailUser]


@dataclass(slots=True)
class Visibility:
    """``delay`` is in seconds of ``clock``; 0 shows every write at once."""

    clock: Callable[[], float]
    delay: float = 0.0
    _before: list[tuple[str, float, Users]] = field(default_factory=list)

    def before_write(self, customer: str, users: Users) -> None:
        """Save the users as they are before a write that reads do not show yet."""
        if self.delay:
            self._before.append((customer, self.clock() + self.delay, deepcopy(users)))

    def visible(self, customer: str, users: Users) -> Users:
        """Return the users that reads show: those before the oldest write that is not visible
        yet."""
        now = self.clock()
        self._before = [one for one in self._before if one[1] > now]
        return next((one[2] for one in self._before if one[0] == customer), users)

    def release(self) -> None:
        """Show every write, and the next ones at once."""
        self.delay = 0.0
        self._before.clear()
