"""The executor's lock: of all processes on one database only the holder executes and delivers."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import IO

from bot.errors import StoreBusy, StoreUnusable


class DatabaseLock:
    """``flock`` on ``DATABASE.lock``. The kernel lets go of it when the process dies, however it dies.

    The file itself stays: removing it would let two processes hold two different files.
    """

    def __init__(self, database: Path) -> None:
        database = database.resolve()  # two names of one file are one lock
        self._database = database
        self._path = database.with_name(f"{database.name}.lock")
        self._file: IO[str] | None = None

    def acquire(self) -> bool:
        """Take the lock without waiting; False where another process (or lock object) holds it.

        Raises StoreUnusable where the file cannot be made.
        """
        if self._file is not None:
            return True
        try:
            file = self._path.open("a+")  # "w" would wipe the holder's number before we know
        except OSError as error:
            raise StoreUnusable(
                f"The lock {self._path} cannot be opened ({error.strerror})."
            ) from error
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return False
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        self._file = file
        return True

    def release(self) -> None:
        """Let go of the lock; nothing happens where it is not held."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def taken(self) -> bool:
        """Whether another process holds the lock; neither takes it nor makes or writes the file."""
        try:
            with self._path.open() as file:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError:
            return False  # no file: nobody ever ran
        return False

    @property
    def held(self) -> bool:
        """Whether this object holds the lock."""
        return self._file is not None

    def holder(self) -> int | None:
        """Return the process id that the last holder wrote, or None where none can be read."""
        try:
            return int(self._path.read_text())
        except (OSError, ValueError):
            return None

    def __enter__(self) -> DatabaseLock:
        """Take the lock. Raises StoreBusy, naming the holder."""
        if not self.acquire():
            holder = self.holder()
            who = f"process {holder}" if holder else "another process"
            raise StoreBusy(f"The database {self._database} is in use: {who} runs the bot on it.")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let go of the lock."""
        self.release()
