"""The journal of a database file: write-ahead log (WAL) or rollback journal, and changing between them.

In WAL mode a reader never blocks a commit. docs/adr/0015 says why the library must not be older than
``WAL_FROM``.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from bot.errors import StoreBusy
from bot.store.sqlite.sqlite_library import WAL_FROM, Journal, preferred_journal, sqlite3

CHANGE_SECONDS = 1.0  # to wait for readers, before the file keeps its journal
WAL_KEPT_BYTES = 16_000_000  # a WAL that a long reader let grow is cut back to this


def journal_of(connection: sqlite3.Connection) -> Journal:
    """Return the journal of an open database."""
    [mode] = connection.execute("PRAGMA journal_mode").fetchone()
    return Journal.WAL if mode == Journal.WAL else Journal.ROLLBACK


def set_journal(
    connection: sqlite3.Connection, path: Path, wanted: Journal | None, busy_timeout: float
) -> None:
    """Change the journal of the file where another is wanted; None keeps it.

    Where readers are in the way the file keeps its journal until the next start. But a library that is
    older than ``WAL_FROM`` never uses a WAL: raises StoreBusy where another process has the file open.
    """
    old_library = preferred_journal() is Journal.ROLLBACK
    if wanted is not None and old_library:
        _warn("store.rollback_journal", sqlite=sqlite3.sqlite_version, wal_from=_version(WAL_FROM))
    wanted = wanted or (Journal.ROLLBACK if old_library else None)
    if wanted is not None and journal_of(connection) is not wanted:
        with _timeout(connection, min(CHANGE_SECONDS, busy_timeout), busy_timeout):
            try:
                connection.execute(f"PRAGMA journal_mode = {wanted}").fetchone()
            except sqlite3.OperationalError as error:
                if wanted is Journal.ROLLBACK:
                    raise StoreBusy(_in_use(path)) from error
                _warn("store.journal_kept", path=str(path), why=str(error))
    connection.execute(f"PRAGMA journal_size_limit = {WAL_KEPT_BYTES}")


def emptied(connection: sqlite3.Connection, busy_timeout: float) -> bool:
    """Take the WAL into the database and empty it, so that deleted rows are gone from the disk.

    Returns False, without waiting, where a reader still needs it. True where there is no WAL.
    """
    with contextlib.suppress(sqlite3.Error), _timeout(connection, 0, busy_timeout):
        # Where there is no WAL this does nothing, and says that nothing was in the way.
        blocked, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not blocked
    return False


@contextlib.contextmanager
def _timeout(connection: sqlite3.Connection, seconds: float, after: float) -> Iterator[None]:
    connection.execute(f"PRAGMA busy_timeout = {round(seconds * 1000)}")
    try:
        yield
    finally:
        connection.execute(f"PRAGMA busy_timeout = {round(after * 1000)}")


def _in_use(path: Path) -> str:
    return (
        f"The database {path} is held by another process in WAL mode, which SQLite "
        f"{sqlite3.sqlite_version} must not share: install pysqlite3, or stop the other process."
    )


def _version(parts: tuple[int, ...]) -> str:
    return ".".join(map(str, parts))


def _warn(event: str, **fields: object) -> None:
    import structlog  # noqa: PLC0415  # `role list` starts without it

    structlog.get_logger(__name__).warning(event, **fields)
