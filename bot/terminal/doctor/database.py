"""Check a SQLite database: file, journal, pages, schema, audit trail, tables, admins, running bot."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from bot.errors import StoreError
from bot.program import PROGRAM
from bot.store.sqlite.errors import check_private
from bot.store.sqlite.lock import DatabaseLock
from bot.store.sqlite.read_only import ReadOnlySqliteStore
from bot.store.sqlite.sqlite_library import WAL_FROM, Journal, preferred_journal, sqlite3
from bot.terminal.audit.verify import verify_trail
from bot.terminal.doctor.content import DatabaseFacts, admins, audit_trail, open_changes, take
from bot.terminal.doctor.finding import Finding, fails, ok, warns

# With a rollback journal the bot's writes wait meanwhile, and Slack waits 3 s for a write.
MAX_CHECK_SECONDS = 2.0


async def check(path: Path, seen: DatabaseFacts) -> Sequence[Finding]:
    """Check the file without changing it; fill in ``seen``."""
    missing = _not_there(path)
    if missing:
        return [missing, admins([])]
    try:
        return [*await _content(path, seen), _bot(path)]
    except StoreError as error:
        return [fails("database", str(error)), _bot(path)]


async def _content(path: Path, seen: DatabaseFacts) -> Sequence[Finding]:
    async with await ReadOnlySqliteStore.open_async(path) as store:
        journal = _journal(await store.journal())
        pages = _pages(await store.damage_within(MAX_CHECK_SECONDS))
        await store.read(lambda tx: take(tx, seen))
        verified = await verify_trail(store, tables=not store.pending)
        changes = await store.read(open_changes)
    trail = audit_trail(verified, compared=not store.pending)
    return [_file(path), journal, pages, _schema(store), changes, *trail, admins(seen.grants)]


def _journal(journal: Journal) -> Finding:
    text = f"{journal.name.lower()}, SQLite {sqlite3.sqlite_version}"
    if preferred_journal() is Journal.ROLLBACK:
        return warns(
            "journal",
            f"{text}: whoever reads the database makes every step wait. Install pysqlite3, or "
            f"SQLite {'.'.join(map(str, WAL_FROM))} or newer.",
        )
    if journal is Journal.ROLLBACK:
        return ok("journal", f"{text}: the next start of the bot changes it to wal")
    return ok("journal", text)


def _pages(damage: str | None) -> Finding:
    if damage is None:
        text = f"not all looked at within {MAX_CHECK_SECONDS:g} s. `{PROGRAM} backup FILE` looks at all."
        return warns("pages", text)
    if damage:
        return fails("pages", f"damaged ({damage}). See “Restore” in docs/operations.md.")
    return ok("pages", "all looked at, none is damaged")


def _not_there(path: Path) -> Finding | None:
    if path.exists():
        return None
    if not os.access(path.absolute().parent, os.W_OK):
        return fails(
            "database",
            f"{path} is not there and cannot be made. Set DATABASE to a file in a folder that this "
            "user may write.",
        )
    return warns("database", f"{path} is not there yet; the first grant or start makes it.")


def _file(path: Path) -> Finding:
    try:
        check_private(path)
    except StoreError as error:
        return fails("database", str(error))
    if not (os.access(path, os.W_OK) and os.access(path.absolute().parent, os.W_OK)):
        return fails("database", f"{path} or its folder may not be written by this user.")
    return ok("database", f"{path} opens, {path.stat().st_size:,} bytes")


def _schema(store: ReadOnlySqliteStore) -> Finding:
    if store.pending:
        return warns(
            "schema",
            f"{store.schema}, older than this version: the next start brings it up to date. "
            "Make a backup before.",
        )
    return ok("schema", store.schema)


def _bot(path: Path) -> Finding:
    lock = DatabaseLock(path)
    try:
        if lock.taken():
            return ok("bot", f"process {lock.holder()} runs on this database")
    except StoreError as error:
        return fails("bot", str(error))
    return warns("bot", f"none runs on this database. Start it: {PROGRAM} run")
