"""Failover off; access off follows later, by a change of its own."""

from __future__ import annotations

from bot.domain.preview import Preview
from bot.service.change_types.flag import FlagChange

ACCESS_ALONE = "To switch access off, type `access off`."


class RestoreChange(FlagChange):
    """Failover off."""

    def nothing_to_do(self, seen: Preview) -> str:
        """Return also how access is switched off, which nothing does where nobody was in failover."""
        why = FlagChange.nothing_to_do(self, seen)
        return f"{why} {ACCESS_ALONE}" if why else ""
