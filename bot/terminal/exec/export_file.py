"""`--export FILE`: a local file for the data of users who are deleted in bulk."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

from bot.domain.change import Change
from bot.errors import InvalidInput


class FileExportSink:
    """The port ``ExportSink`` for one change; ``change_id`` is set once it is proposed.

    The executor at the terminal also executes changes that others proposed. Their data are not
    written to this terminal's file.
    """

    def __init__(self, path: str) -> None:
        self._path = Path(path)
        self.change_id = ""

    async def save_export(self, change: Change, content: AsyncIterator[bytes]) -> str:
        """Write a new file with mode 600; remove it again if it is not complete.

        Raises InvalidInput for a change that was not proposed here, and OSError.
        """
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
