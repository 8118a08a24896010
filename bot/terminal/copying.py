"""`copy SQLITE POSTGRESQL`: a stopped installation moves to PostgreSQL, whole or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from bot.database_address import PostgresUrl, parse_database
from bot.domain.audit.chain import ChainReport, Checkpoint
from bot.errors import BotError, InvalidInput
from bot.ports import ReadableStore
from bot.program import PROGRAM
from bot.store.postgresql.filling import TABLES, Filling, filling
from bot.store.sqlite.lock import DatabaseLock
from bot.store.sqlite.read_only import ReadOnlySqliteStore
from bot.store.sqlite.table_rows import table_rows
from bot.terminal.audit.verify import verify_trail


def parse_target(text: str) -> PostgresUrl:
    """Return the URL. Raises InvalidInput, which does not repeat a password."""
    try:
        target = parse_database(text)
    except ValueError as error:
        raise InvalidInput(f"The target cannot be read: {error}.") from None
    if not isinstance(target, PostgresUrl):
        raise InvalidInput("The target is postgresql://USER@HOST/NAME; this is a file.")
    return target


def copy(source: Path, target: PostgresUrl, tell: Callable[[str], None]) -> None:
    """Copy every row, verify the copy, then commit it; ``tell`` gets the lines to print.

    Nothing but its lock is written beside the source. Raises BotError, and leaves nothing in the
    target but its schema, where the source is in use or damaged, or the target has rows.
    """
    if not source.exists():
        raise InvalidInput(f"{source} is not there; name the SQLite file of the bot.")
    with DatabaseLock(source):
        head = asyncio.run(_checked(source))
        tell(f"Source: head {head}")
        with filling(target) as filled:
            written = copy_rows(source, filled)
            copied = _verified(filled, written)
            if copied != head:
                raise BotError(
                    f"Nothing was copied: somebody wrote to {source} meanwhile (head {copied})."
                )
            filled.commit()
    for table, count in written.items():
        tell(f"{table}: {count}")
    tell(f"Target: head {copied}, verified. Set DATABASE to it, and start the bot.")


def copy_rows(source: Path, filled: Filling) -> dict[str, int]:
    """Write the rows of all tables, as of one moment; return how many each has. Raises StoreError."""
    written = {}
    with table_rows(source) as rows:
        for table in TABLES:
            columns = filled.columns(table)
            order = "seq" if table == "audit" else "rowid"
            written[table] = filled.fill(table, columns, rows(table, columns, order))
    filled.go_on_numbering()
    return written


async def _checked(source: Path) -> Checkpoint:
    async with await ReadOnlySqliteStore.open_async(source) as store:
        if store.pending:
            raise InvalidInput(
                f"{source} is of an older version: run `{PROGRAM} migrate` on it before."
            )
        if damage := await store.damage():
            raise BotError(f"Nothing was copied: {source} is damaged ({damage}).")
        return (await _whole(store, str(source))).head


def _verified(filled: Filling, written: dict[str, int]) -> Checkpoint:
    """Return the head of what was written. Raises BotError where it is not what was read."""
    for table, count in written.items():
        if (found := filled.count(table)) != count:
            raise BotError(f"Nothing was copied: {table} has {found} rows of {count}.")
    return asyncio.run(_whole(filled, "the copy")).head


async def _whole(store: ReadableStore, where: str) -> ChainReport:
    result = await verify_trail(store)
    if result.report.fault:
        raise BotError(
            f"Nothing was copied: the audit trail of {where} is broken: {result.report.fault}."
        )
    if result.differences.count:
        raise BotError(
            f"Nothing was copied: {where} differs from its audit trail, first: "
            f"{result.differences.first[0]}. See all: {PROGRAM} audit verify"
        )
    return result.report
