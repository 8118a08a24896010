"""The target of the file with users' data that is exported before they are deleted."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol

from bot.domain.change import Change


class ExportSink(Protocol):
    """Delivers a file to the requester of a change and nobody else."""

    async def save_export(self, change: Change, content: AsyncIterator[bytes]) -> str:
        """Deliver the whole file and return where it is: `to U0ADMIN in Slack, file F012`.

        Raises what ``content`` raises, and then no file remains. Raises BotError or OSError where
        it could not be delivered.
        """
        ...
