"""The database's clock held against the process's own: another server's may be minutes ahead.

Leases were written by the clock of the server before. By one that is ahead they are over at once,
though whoever holds them still counts on them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.ports import Transaction

# A smaller one may be a correction of the clock, and shortens a lease by no more.
MIN_JUMP = timedelta(milliseconds=100)


@dataclass(frozen=True, slots=True)
class Look:
    """What the database's clock said, and the seconds of the process's own before and after."""

    now: datetime
    before: float
    after: float

    def jumped_since(self, last: Look) -> timedelta:
        """Return how far the database's clock went ahead of the process's own, at the least."""
        ahead = self.now - last.now - timedelta(seconds=self.after - last.before)
        return ahead if ahead > MIN_JUMP else timedelta()


def look(tx: Transaction, own: Callable[[], float]) -> Look:
    """Read both clocks. ``own`` returns seconds that only ever grow."""
    before = own()
    return Look(tx.database_now(), before, own())
