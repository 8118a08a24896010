"""The database's time in a process: hosts whose clocks are minutes apart agree on every deadline."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.ports import Clock, ReadableStore

# A smaller difference is the uncertainty of the measurement: following it would only make times jump.
MIN_DIFFERENCE = timedelta(milliseconds=100)


class DatabaseClock:
    """``bot.ports.Clock``: the host's clock, corrected by how far the database's is ahead of it."""

    def __init__(self, host: Clock) -> None:
        self.host = host
        self._ahead = timedelta()

    def now(self) -> datetime:
        """Return the database's time."""
        return self.host.now() + self._ahead

    def measured(self, told: datetime, before: datetime, after: datetime) -> None:
        """Take the database's time, and the host's before it was asked for and after it came."""
        ahead = told - (before + (after - before) / 2)
        if abs(ahead - self._ahead) > max(MIN_DIFFERENCE, after - before):
            self._ahead = ahead

    async def measure(self, store: ReadableStore) -> None:
        """Ask the database for its time, once: for a process that runs for one command."""
        before = self.host.now()
        told = await store.read(lambda tx: tx.database_now())
        self.measured(told, before, self.host.now())
