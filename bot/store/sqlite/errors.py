"""What SQLite raises, in our words: somebody else holds the file, or it cannot be used."""

from __future__ import annotations

import os
from pathlib import Path

from sqlite_utils import Database

from bot.errors import StoreBusy, StoreError, StoreUnusable
from bot.private_files import open_to_others
from bot.program import PROGRAM
from bot.store.sqlite.sqlite_library import sqlite3

_PRIMARY = 0xFF  # an extended code keeps its primary code here: https://www.sqlite.org/rescode.html
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_SENTENCES = {
    sqlite3.SQLITE_CORRUPT: "is damaged; restore it from a backup",
    sqlite3.SQLITE_NOTADB: "is not a database; restore it from a backup or name another file",
    sqlite3.SQLITE_FULL: "cannot grow, the disk is full; free some space",
    sqlite3.SQLITE_READONLY: "is read-only; make the file and its folder writable",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened; check that the folder exists and may be written",
    sqlite3.SQLITE_PERM: "may not be opened by this user",
    sqlite3.SQLITE_IOERR: "cannot be read or written; check the disk",
}
_CUT_SHORT = (
    f"holds a step that a crash cut short; `{PROGRAM} role list`, or the next start, takes it back"
)
SMALL = 50_000_000  # bytes; up to here SQLite's own check takes a fraction of a second


def check_private(path: Path) -> None:
    """Raise StoreUnusable where others than its owner may open the file."""
    try:
        opened = open_to_others(path)
    except OSError:
        return  # SQLite tells what is wrong
    if opened:
        raise StoreUnusable(f"The database {path} {opened}: chmod 600 {path}")


def check_whole(db: Database, path: Path) -> None:
    """Raise StoreUnusable where the file is damaged: a start on it would fail later, and write to it.

    A small file is checked page by page; of a larger one both ends of every table are read (`backup`
    checks all of it). What SQLite itself raises is left to the caller.
    """
    if path.stat().st_size <= SMALL:
        [told] = db.conn.execute("PRAGMA quick_check(1)").fetchone()
        if told != "ok":
            damage = _SENTENCES[sqlite3.SQLITE_CORRUPT]
            raise StoreUnusable(f"The database {path} {damage} ({told}).")
        return
    for table in db.table_names():
        for order in ("ASC", "DESC"):
            db.conn.execute(f"SELECT * FROM [{table}] ORDER BY rowid {order} LIMIT 1").fetchone()  # noqa: S608  # names from the schema


def translated(error: sqlite3.Error, path: Path) -> StoreError:
    """Return the error of ours that says the same, in one sentence that names the file."""
    # pysqlite3 tells the primary code alone, Python's own module the extended one.
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & _PRIMARY
    if code == sqlite3.SQLITE_READONLY and _has_journal(path):
        return StoreUnusable(f"The database {path} {_CUT_SHORT}.")
    if code in _BUSY:
        return StoreBusy(f"The database {path} is held by another process; try again.")
    if code in _SENTENCES:
        return StoreUnusable(f"The database {path} {_SENTENCES[code]} ({error}).")
    return StoreUnusable(f"The database {path} refused the step: {error}.")


def _has_journal(path: Path) -> bool:
    try:
        return Path(f"{os.path.realpath(path)}-journal").stat().st_size > 0
    except OSError:
        return False
