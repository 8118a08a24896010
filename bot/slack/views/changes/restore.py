"""The words of failover off, with access off later."""

from __future__ import annotations

from bot.slack.views.changes.flag import FlagWording
from bot.slack.views.texts import steps as texts


class RestoreWording(FlagWording):
    """The words of failover off, with access off later."""

    def meaning(self, scope: str) -> str:
        """What it means to the people whose mail it is, and what becomes of their access."""
        later = texts.ACCESS_LATER if self.change.time_limit else texts.ACCESS_STAYS
        return f"{FlagWording.meaning(self, scope)} {later}"
