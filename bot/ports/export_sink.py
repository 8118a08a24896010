"""Where a file with users' data goes before they are deleted."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol

from bot.domain.change import Change


class ExportSink(Protocol):
    """Brings a file to the requester of a change alone."""

    async def save_export(self, change: Change, content: AsyncIterator[bytes]) -> str:
        """Bring it there whole and return where it is, in words: `to U0ADMIN in Slack, file F012`.

        What ``content`` raises is raised, and then nothing is there. Raises BotError or OSError where it
        could not be brought.
        """
        ...
