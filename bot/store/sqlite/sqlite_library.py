"""The SQLite library that the store uses, and whether its WAL mode can be trusted.

sqlite-utils takes pysqlite3 where that is installed, otherwise Python's own module. The two are separate
libraries with separate exception classes, and must never open one file in the same process: closing a file
in one drops the locks of the other (https://www.sqlite.org/howtocorrupt.html, section 2.2). So everything
here imports ``sqlite3`` from this module.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3  # noqa: TID251  # its types; pysqlite3 has none
else:
    from sqlite_utils.utils import sqlite3

__all__ = ["WAL_FROM", "Journal", "preferred_journal", "sqlite3"]

# Before this version two connections may corrupt a database in WAL mode
# (https://www.sqlite.org/wal.html, "The WAL-Reset Bug").
WAL_FROM = (3, 51, 3)


class Journal(StrEnum):
    """How SQLite makes a commit durable; the values are those of ``PRAGMA journal_mode``."""

    WAL = "wal"
    ROLLBACK = "delete"


def preferred_journal() -> Journal:
    """Return WAL, or the rollback journal where the library is older than ``WAL_FROM``."""
    return Journal.WAL if sqlite3.sqlite_version_info >= WAL_FROM else Journal.ROLLBACK
