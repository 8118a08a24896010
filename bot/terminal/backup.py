"""`backup FILE`: a checked copy of the database, made while the bot runs."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.database_address import Database
from bot.domain.actor import Actor
from bot.domain.audit.chain import Checkpoint
from bot.errors import BotError, InvalidInput, StoreError
from bot.program import PROGRAM
from bot.service.context import record
from bot.store.sqlite.read_only import ReadOnlySqliteStore
from bot.store.sqlite.store import SqliteStore
from bot.store.times import SystemClock
from bot.terminal.audit.export import verify_all


@dataclass(frozen=True, slots=True)
class Backup:
    """A finished backup: its path, size in bytes, and the head of its audit trail."""

    path: Path
    size: int
    head: Checkpoint

    def __str__(self) -> str:
        """Return it in one line."""
        return f"{self.path}: {self.size:,} bytes, {self.head.seq} entries. Head {self.head}"


def file_to_back_up(database: Database) -> Path:
    """Return the file. Raises InvalidInput for PostgreSQL, with what to use there."""
    if isinstance(database, Path):
        return database
    raise InvalidInput(
        f"{database} is backed up by PostgreSQL's own means: pg_dump, or base backups with WAL for a "
        f"recovery to any moment (docs/operations.md). Then check it: {PROGRAM} audit verify"
    )


async def back_up(database: Path, target: Path, actor: Actor) -> tuple[Backup, str]:
    """Copy the database, check the copy, rename it to ``target``, and record that in the audit
    trail.

    Returns the backup, and a sentence if it could not be recorded, else ``""``. Raises BotError,
    and leaves no file, if the copy fails or is damaged, or if ``target`` exists.
    """
    _refuse_itself(database, target)
    _refuse_taken(target)
    async with await ReadOnlySqliteStore.open_async(database) as live:
        with _draft(target) as draft:
            await live.copy_to(draft)
            head = await _checked(draft)
            made = Backup(target, _keep(draft, target), head)
    if live.pending:  # opening it for writing would migrate it under the older bot
        return (
            made,
            "Not recorded: the database is of an older version, which only a start changes.",
        )
    try:
        await _record(database, made, actor)
    except StoreError as error:
        return made, f"Not recorded in the audit trail. {error}"
    return made, ""


async def _checked(draft: Path) -> Checkpoint:
    async with await ReadOnlySqliteStore.open_async(draft) as copy:
        damage = await copy.damage()
        report = await verify_all(copy)
    if damage or report.fault:
        what = damage or f"the audit trail is broken: {report.fault}"
        raise BotError(f"No backup was made. The database does not stand the check: {what}.")
    return report.head


async def _record(database: Path, made: Backup, actor: Actor) -> None:
    detail = {"file": str(made.path.absolute()), "bytes": made.size, "head": str(made.head)}
    async with await SqliteStore.open_async(database) as store:
        await store.write(lambda tx: record(tx, SystemClock(), "backup.made", actor, detail=detail))


def _refuse_itself(database: Path, target: Path) -> None:
    if target.exists() and database.exists() and target.samefile(database):
        raise InvalidInput(f"{target} is the database itself; name another file.")


def _refuse_taken(target: Path) -> None:
    if os.path.lexists(target):
        raise InvalidInput(f"{target} is there already; name another file.")


@contextmanager
def _draft(target: Path) -> Iterator[Path]:
    """Yield an empty file of mode 600 beside ``target``; remove it at the end if it is still
    there."""
    try:
        handle, name = tempfile.mkstemp(".part", f".{target.name}.", target.parent)
    except OSError as error:
        raise BotError(f"{target} cannot be made: {error.strerror}.") from None
    os.close(handle)
    draft = Path(name)
    try:
        yield draft
    finally:
        for suffix in ("", "-journal", "-wal", "-shm"):
            draft.with_name(f"{draft.name}{suffix}").unlink(missing_ok=True)


def _keep(draft: Path, target: Path) -> int:
    """Rename the draft to ``target``, sync file and folder to disk, and return the size in
    bytes."""
    _sync(draft)
    _refuse_taken(target)  # another process may have created it meanwhile
    draft.rename(target)
    _sync(target.parent)
    return target.stat().st_size


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
