"""What `audit verify --against` is given: a head, a backup or an export, read page by page."""

from __future__ import annotations

import csv
import itertools
import json
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TextIO

from bot.domain.audit import AuditEntry, Checkpoint, parse_checkpoint
from bot.errors import BotError, InvalidInput
from bot.store.sqlite.read_only import ReadOnlySqliteStore
from bot.terminal.audit import export

Pages = AsyncIterator[Sequence[AuditEntry]]

_DATABASE = b"SQLite format 3\0"


@dataclass(frozen=True, slots=True)
class AuditReference:
    """A trail of former days: its head, and how to read its entries where there are any."""

    name: str
    head: Checkpoint
    pages: Callable[[], Pages] | None = None


async def call(text: str, live: Path) -> AuditReference:
    """Return the witness that is named by ``text``; the chain of a file is walked and intact.

    ``live`` is the database that is to be verified, and no witness against itself. Raises BotError.
    """
    head = parse_checkpoint(text)
    if head is not None:
        return AuditReference(str(head), head)
    pages = _reader(Path(text), live)
    report = await export.walk(pages())
    if report.fault:
        raise BotError(f"{text} is no witness, its own chain is broken: {report.fault}.")
    return AuditReference(text, report.head, pages)


def _reader(path: Path, live: Path) -> Callable[[], Pages]:
    """Return what reads the file, by its content. Raises InvalidInput."""
    try:
        if path.samefile(live):
            raise InvalidInput(f"{path} is the database itself; name a backup or an export.")
        with path.open("rb") as file:
            start = file.read(len(_DATABASE))
    except OSError as error:
        raise InvalidInput(f"{path} is no SEQ:HASH and no file: {error.strerror}.") from None
    if start == _DATABASE:
        return partial(_of_backup, path)
    if start.startswith((b"{", b'"seq"')):
        return partial(_of_export, path)
    raise InvalidInput(f"{path} is neither a backup nor a jsonl or csv export of the audit trail.")


async def _of_backup(path: Path) -> Pages:
    store = await ReadOnlySqliteStore.open_async(path)
    try:
        async for page in export.pages(store):
            yield page
    finally:
        await store.close()


async def _of_export(path: Path) -> Pages:
    with path.open(encoding="utf-8", newline="") as file:
        entries = _entries(path, file)
        while page := list(itertools.islice(entries, export.PAGE)):
            yield page


def _entries(path: Path, file: TextIO) -> Iterator[AuditEntry]:
    read = 0
    try:
        for row in _rows(file):
            entry = export.as_entry(row)
            read += 1
            yield entry
    except (csv.Error, AttributeError, LookupError, TypeError, ValueError):
        raise InvalidInput(f"{path} cannot be read after {read} entries.") from None


def _rows(file: TextIO) -> Iterator[Mapping[str, object]]:
    is_jsonl = file.read(1) == "{"
    file.seek(0)
    if is_jsonl:
        yield from map(json.loads, file)
        return
    csv.field_size_limit(sys.maxsize)  # 500 addresses are more than the 128 KiB it takes else
    for row in csv.DictReader(file, strict=True):
        yield {column: export.as_typed(cell) for column, cell in row.items()}
