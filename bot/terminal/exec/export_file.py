"""A file of this machine for the data of users who are deleted from this terminal."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

from bot.domain.change import Change
from bot.errors import InvalidInput


class FileExportSink:
    """The port ``Keeper``, for the one change that was proposed here: ``change_id`` is told afterwards.

    Whoever has the lock executes what others have waiting, too; their file is not for this terminal.
    """

    def __init__(self, path: str) -> None:
        self._path = Path(path)
        self.change_id = ""

    async def save_export(self, change: Change, content: AsyncIterator[bytes]) -> str:
        """Write a new file that its owner alone can read; a part of one is removed again."""
        if not self._path.name or change.id != self.change_id:
            raise InvalidInput(
                "This terminal has no way to bring the requester the file with the users' data. "
                "Propose it again when the bot runs and Slack answers."
            )
        file = await asyncio.to_thread(
            os.open, self._path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600
        )
        try:
            with os.fdopen(file, "wb") as opened:
                async for piece in content:
                    opened.write(piece)
                opened.flush()
                await asyncio.to_thread(os.fsync, opened.fileno())
        except BaseException:
            with suppress(OSError):
                self._path.unlink()
            raise
        return f"written to {self._path.absolute()}"
