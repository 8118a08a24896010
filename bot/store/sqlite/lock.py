"""The executor's lock: of all processes on one database only the holder executes and delivers."""

from __future__ import annotations

import fcntl
import os
import stat
from pathlib import Path
from types import TracebackType

from bot.errors import StoreBusy, StoreUnusable

# Without following a link or waiting for a pipe: who can write the folder may have put one there.
_CAREFULLY = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class DatabaseLock:
    """``flock`` on ``DATABASE.lock``. The kernel lets go of it when the process dies, however it dies.

    The file itself stays: removing it would let two processes hold two different files. It is its
    owner's alone: whoever can open a file can lock it.
    """

    def __init__(self, database: Path) -> None:
        database = Path(os.path.realpath(database))  # two names of one file are one lock
        self._database = database
        self._path = database.with_name(f"{database.name}.lock")
        self._file: int | None = None

    def acquire(self) -> bool:
        """Take the lock without waiting; False where another process (or lock object) holds it.

        Raises StoreUnusable where the file cannot be made, or is none of ours.
        """
        if self._file is not None:
            return True
        file = self._open(os.O_RDWR | os.O_CREAT)
        try:
            self._claim(file)
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(file, 0)
            os.write(file, b"%d\n" % os.getpid())
        except BlockingIOError:
            os.close(file)
            return False
        except BaseException:
            os.close(file)
            raise
        self._file = file
        return True

    def release(self) -> None:
        """Let go of the lock; nothing happens where it is not held."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def taken(self) -> bool:
        """Whether another process holds the lock; neither takes it nor makes or writes the file.

        Raises StoreUnusable where that cannot be found out.
        """
        try:
            file = self._open(os.O_RDONLY)
        except FileNotFoundError:
            return False  # nobody ever ran
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(file)
        return False

    @property
    def held(self) -> bool:
        """Whether this object holds the lock."""
        return self._file is not None

    def holder(self) -> int | None:
        """Return the process id that the last holder wrote, or None where none can be read."""
        try:
            file = self._open(os.O_RDONLY)
        except (OSError, StoreUnusable):
            return None
        try:
            return int(os.read(file, 20))
        except (OSError, ValueError):
            return None
        finally:
            os.close(file)

    def _open(self, how: int) -> int:
        try:
            return os.open(self._path, how | _CAREFULLY, 0o600)
        except FileNotFoundError as error:
            if not how & os.O_CREAT:
                raise
            why = error.strerror
        except OSError as error:
            why = "it is a symbolic link" if self._path.is_symlink() else error.strerror
        raise StoreUnusable(f"The lock {self._path} cannot be opened ({why}).") from None

    def _claim(self, file: int) -> None:
        """Make sure that the file is ours alone, and close it to others. Raises StoreUnusable."""
        found = os.fstat(file)
        if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1:
            raise StoreUnusable(f"The lock {self._path} is not a file of its own: remove it.")
        if found.st_uid not in {os.geteuid(), *self._owner()}:
            raise StoreUnusable(f"The lock {self._path} belongs to another account: remove it.")
        if found.st_mode & 0o077:  # as versions before this one made it
            os.fchmod(file, 0o600)

    def _owner(self) -> set[int]:
        try:
            return {self._database.stat().st_uid}
        except OSError:
            return set()

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
