"""The store on a file that stays as it is: looked at and copied, never made, migrated or written."""

from __future__ import annotations

import os
import time
from contextlib import closing
from pathlib import Path

from bot.errors import StoreUnusable
from bot.store.sqlite.errors import translated
from bot.store.sqlite.journal_mode import journal_of
from bot.store.sqlite.migrations import SCHEMA, check_ours
from bot.store.sqlite.sqlite_library import Journal, sqlite3
from bot.store.sqlite.store import SqliteStore
from bot.store.sqlite.transactions import READING, transaction

OPERATIONS = 10_000  # of SQLite between two looks at the clock, some milliseconds


class ReadOnlySqliteStore(SqliteStore):
    """Reads a database of this or of an older version; a step that writes is refused.

    ``schema`` is the last step of the schema that the file has, ``pending`` those that it lacks.
    """

    schema: str
    pending: tuple[str, ...]

    async def copy_to(self, target: Path) -> None:
        """Copy everything, as of one moment, into the empty file ``target``.

        SQLite's backup API in one go: done in portions it would begin anew with every step of the
        bot. With a rollback journal a step waits for it meanwhile, as it waits for any other reader.
        """
        await self._on_thread(lambda: self._copy(target))

    async def journal(self) -> Journal:
        """Return the journal of the file."""
        return await self._on_thread(lambda: journal_of(self._db.conn))

    async def damage(self) -> str:
        """Return the first thing that SQLite's own checks find, or ``""``."""
        return await self._on_thread(self._first_damage)

    async def damage_within(self, seconds: float) -> str | None:
        """Return the first thing that a look at every page finds, or ``""``; None where the time is not
        enough. With a rollback journal a step of the bot waits for it meanwhile."""
        return await self._on_thread(lambda: self._quick_check(seconds))

    def _opened(self) -> sqlite3.Connection:
        path = self._path.absolute()
        if path.parent.is_dir() and not path.is_file():
            raise StoreUnusable(
                f"The database {self._path} cannot be opened: there is no such file."
            )
        connection = self._read_only(path, "mode=ro")
        try:
            connection.execute("SELECT 1 FROM sqlite_schema").fetchone()
        except sqlite3.Error:
            # A WAL database makes files beside it when it is read. Where nothing can be made, and no
            # WAL is left to be read, nobody writes it either.
            if os.access(path.parent, os.W_OK) or path.with_name(f"{path.name}-wal").exists():
                return connection  # what is first read tells why
            connection.close()
            connection = self._read_only(path, "immutable=1")
        return connection

    def _read_only(self, path: Path, how: str) -> sqlite3.Connection:
        return sqlite3.connect(
            f"{path.as_uri()}?{how}", uri=True, timeout=self._busy_timeout, isolation_level=None
        )

    def _prepare(self, connection: sqlite3.Connection, _: Journal | None) -> None:
        with transaction(connection, READING):
            check_ours(self._db, self._path)
            applied = SCHEMA.applied(self._db)
            self.pending = tuple(step.name for step in SCHEMA.pending(self._db))
        if not applied:
            raise StoreUnusable(f"The database {self._path} is empty.")
        self.schema = applied[-1].name

    def _open_reader(self) -> None:
        """Reads share the one connection: there are no steps."""

    def _copy(self, target: Path) -> None:
        with transaction(self._db.conn, READING):
            # The wait for a writer is here, where it ends after the time allowed: `backup` has no end.
            self._db.conn.execute("SELECT seq FROM audit LIMIT 1")
            try:
                with closing(sqlite3.connect(target)) as copy:
                    self._db.conn.backup(copy)
                    # The copy of a WAL database says that it is one: it is to be a single file.
                    copy.execute(f"PRAGMA journal_mode = {Journal.ROLLBACK}")
            except sqlite3.Error as error:
                raise translated(error, target) from error

    def _quick_check(self, seconds: float) -> str | None:
        until = time.monotonic() + seconds
        self._db.conn.set_progress_handler(lambda: time.monotonic() > until, OPERATIONS)
        try:
            [result] = self._db.conn.execute("PRAGMA quick_check(1)").fetchone()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
                raise
            return None
        finally:
            self._db.conn.set_progress_handler(None, 0)
        return "" if result == "ok" else str(result)

    def _first_damage(self) -> str:
        [result] = self._db.conn.execute("PRAGMA integrity_check(1)").fetchone()
        if result != "ok":
            return str(result)
        row = self._db.conn.execute("PRAGMA foreign_key_check").fetchone()
        return f"a row of {row['table']} belongs to no row of {row['parent']}" if row else ""
