"""An uploaded file, turned into the request for a change: users to import, or users of a flag."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from bot.domain.actions import ImportUsers
from bot.domain.change import Change
from bot.domain.change_commands import FlagCommand, ImportUsersCommand
from bot.domain.change_request import Proposal
from bot.domain.change_state import OPEN
from bot.domain.limits import MAX_FILE_BYTES, MAX_OPEN_IMPORTS, MAX_USERS
from bot.domain.scope import FileUsers, Users
from bot.domain.time_limit import TimeLimit
from bot.domain.user_files.import_rows import ImportRow
from bot.domain.user_files.upload import LineError, visible
from bot.domain.user_files.user_file import read_addresses, read_users
from bot.domain.user_files.user_rows import ParsedRows
from bot.errors import Conflict, InvalidInput
from bot.ports import Transaction
from bot.service.changes.propose import ExtraWrites
from bot.service.changes.user_file_checks import verify_rows
from bot.service.context import Context

MAX_QUOTED_LINES = 3  # wrong rows in a sentence
MAX_NAMED_COLUMNS = 10  # columns in a sentence


@dataclass(frozen=True, slots=True)
class FileResult:
    """The request read from a file, or None where rows are wrong and must not be skipped.

    ``note`` says what of the file is ignored, or is ``""``; ``rest`` is how many rows are right.
    """

    errors: tuple[LineError, ...]
    request: Proposal | None
    extra_writes: ExtraWrites | None = None
    note: str = ""
    rest: int = 0


class WrongRows(InvalidInput):
    """Rows of a file are wrong and must not be skipped; ``rest`` rows are right."""

    def __init__(self, sentence: str, wrong: int, rest: int) -> None:
        super().__init__(sentence)
        self.wrong, self.rest = wrong, rest


async def read_user_file(
    ctx: Context,
    data: bytes,
    name: str,
    command: ImportUsersCommand | FlagCommand,
    *,
    skip_wrong: bool,
    time_limit: TimeLimit | None = None,
) -> FileResult:
    """Read a file in a thread and look up its questionable values in the API.

    The person must have been authorised before. ``time_limit`` is that of a flag. Raises InvalidInput
    where the file as a whole cannot be used.
    """
    if len(data) > MAX_FILE_BYTES:
        raise InvalidInput(
            f"The file is larger than {MAX_FILE_BYTES:,} bytes. Split it into several."
        )
    if isinstance(command, ImportUsersCommand):
        parsed = await asyncio.to_thread(read_users, data, name)
        parsed, lost = await verify_rows(ctx, command.customer, parsed)
        return await asyncio.to_thread(_import, data, name, command, skip_wrong, parsed, lost)
    found = await asyncio.to_thread(_flag, data, name, command, skip_wrong)
    if found.request is None or time_limit is None:
        return found
    return replace(found, request=replace(found.request, time_limit=time_limit))


def wrong_rows(errors: Sequence[LineError]) -> int:
    """Return how many rows are wrong: one may have several errors."""
    return len({error.line for error in errors})


def summarise_errors(errors: Sequence[LineError]) -> str:
    """Return a sentence on wrong rows that quotes the first of them."""
    rows = wrong_rows(errors)
    many = f"{rows:,} rows are wrong" if rows > 1 else "1 row is wrong"
    lines = [f"Line {one.line}: {one.sentence}" for one in errors[:MAX_QUOTED_LINES]]
    left_out = len(errors) - MAX_QUOTED_LINES
    more = f" … and {left_out:,} more errors." if left_out > 1 else ""
    more = " … and one more error." if left_out == 1 else more
    return f"Nothing is proposed: {many}. {' '.join(lines)}{more}"


def _import(
    data: bytes,
    name: str,
    command: ImportUsersCommand,
    skip_wrong: bool,
    parsed: ParsedRows,
    lost: Sequence[int],
) -> FileResult:
    # Rows without a field to change are not sent.
    rows = [ImportRow(row.line, row.address, row.fields) for row in parsed.rows if row.fields]
    note = _ignored_columns(parsed.ignored)
    if parsed.errors and not skip_wrong:
        return FileResult(parsed.errors, None, note=note, rest=len(rows))
    if not rows and not parsed.errors:
        raise InvalidInput("Nothing to do: all users of this file are as it wants them already.")
    if not rows:
        raise InvalidInput(
            f"No row of “{visible(name)}” can be imported. {summarise_errors(parsed.errors)}"
        )
    scope = FileUsers(len(rows), hashlib.sha256(data).hexdigest())
    remarks = tuple(filter(None, (parsed.note, _damaged_names(lost))))
    request = Proposal(command.customer, ImportUsers(visible(name)), scope, command.reason, remarks)
    extra_writes = partial(_add_rows, rows=rows, skipped=wrong_rows(parsed.errors))
    return FileResult(parsed.errors, request, extra_writes, note)


def _ignored_columns(ignored: Sequence[str]) -> str:
    more = (
        f" and {len(ignored) - MAX_NAMED_COLUMNS:,} more"
        if len(ignored) > MAX_NAMED_COLUMNS
        else ""
    )
    return f"Not imported: {', '.join(ignored[:MAX_NAMED_COLUMNS])}{more}." if ignored else ""


def _damaged_names(lines: Sequence[int]) -> str:
    if not lines:
        return ""
    where = f"{len(lines):,} rows, first in line" if len(lines) > 1 else "line"
    return (
        f"A “?” or the like stands beside a letter of a name in {where} {lines[0]}: was a letter lost before? "
        "In PowerShell: Export-Csv -Encoding UTF8."
    )


def _add_rows(tx: Transaction, change: Change, rows: Sequence[ImportRow], skipped: int) -> None:
    topic, customer = change.action.topic, change.customer
    # This one is among them.
    if tx.count_changes(OPEN, customers=[customer], topic=topic) > MAX_OPEN_IMPORTS:
        raise Conflict(
            f"{MAX_OPEN_IMPORTS} imports of {customer} are open: decide or withdraw one, then give the command again."
        )
    tx.add_import(change.id, rows, skipped=skipped)


def _flag(data: bytes, name: str, command: FlagCommand, skip_wrong: bool) -> FileResult:
    parsed = read_addresses(data, name, MAX_USERS)
    twice = f"{parsed.repeated:,} lines name somebody again." if parsed.repeated else ""
    if parsed.errors and not skip_wrong:
        return FileResult(parsed.errors, None, note=twice, rest=len(parsed.addresses))
    if not parsed.addresses:
        raise InvalidInput(
            f"No row of “{visible(name)}” can be used. {summarise_errors(parsed.errors)}"
        )
    remarks = tuple(filter(None, (parsed.note,)))
    request = Proposal(
        command.customer, command.action, Users(parsed.addresses), command.reason, remarks
    )
    return FileResult(parsed.errors, request, note=twice)
