"""The reference of `audit verify --against`: a checkpoint, a backup or an export."""

from __future__ import annotations

import codecs
import csv
import itertools
import json
import re
import sys
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TextIO

from bot.database_address import Database
from bot.domain.audit.chain import (
    EMPTY_CHAIN,
    AuditEntry,
    ChainReport,
    Checkpoint,
    Record,
    parse_checkpoint,
)
from bot.errors import BotError, InvalidInput
from bot.store.sqlite.read_only import ReadOnlySqliteStore
from bot.terminal.audit import export

Pages = AsyncGenerator[Sequence[AuditEntry], None]

_DATABASE = b"SQLite format 3\0"
_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class AuditReference:
    """An earlier state of the trail: its head, and how to read its entries; None for a checkpoint.

    ``hashes_only``: it is a csv, whose other columns are made for people and not sealed.
    """

    name: str
    head: Checkpoint
    pages: Callable[[], Pages] | None = None
    hashes_only: bool = False


async def load_reference(text: str, live: Database) -> AuditReference:
    """Return the reference that ``text`` names: `SEQ:HASH` or a file, whose chain is verified.

    ``live`` is the database to be verified, which is refused as a reference. Raises BotError.
    """
    head = parse_checkpoint(text)
    if head is not None:
        return AuditReference(str(head), head)
    pages = _reader(Path(text), live)
    hashes_only = await _has_hashes_only(pages)
    report = await (_verify_numbers(pages()) if hashes_only else export.verify_pages(pages()))
    if report.fault:
        raise BotError(f"{text} is no witness, its own chain is broken: {report.fault}.")
    return AuditReference(text, report.head, pages, hashes_only)


def _reader(path: Path, live: Database) -> Callable[[], Pages]:
    """Return the function that reads the file, chosen by its content. Raises InvalidInput."""
    try:
        if isinstance(live, Path) and path.samefile(live):
            raise InvalidInput(f"{path} is the database itself; name a backup or an export.")
        with path.open("rb") as file:
            start = file.read(len(_DATABASE))
    except OSError as error:
        raise InvalidInput(f"{path} is no SEQ:HASH and no file: {error.strerror}.") from None
    if start == _DATABASE:
        return partial(_of_backup, path)
    if start.removeprefix(codecs.BOM_UTF8).startswith((b"{", b'"seq"', b"seq,")):
        return partial(_of_export, path)
    raise InvalidInput(f"{path} is neither a backup nor a jsonl or csv export of the audit trail.")


async def _of_backup(path: Path) -> Pages:
    async with await ReadOnlySqliteStore.open_async(path) as store:
        async for page in export.pages(store):
            yield page


async def _of_export(path: Path) -> Pages:
    with path.open(encoding="utf-8-sig", newline="") as file:
        entries = _entries(path, file)
        while page := list(itertools.islice(entries, export.PAGE_ENTRIES)):
            yield page


def _entries(path: Path, file: TextIO) -> Iterator[AuditEntry]:
    read = 0
    try:
        for row in _rows(file):
            entry = export.as_entry(row) if "detail" in row else _listed(row)
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
    csv.field_size_limit(sys.maxsize)  # 500 addresses exceed the default of 128 KiB
    for row in csv.DictReader(file, strict=True):
        # An older version wrote everything, and an apostrophe before what looks like a formula.
        yield {column: cell.removeprefix("'") for column, cell in row.items()}


def _listed(row: Mapping[str, object]) -> AuditEntry:
    """Return the number, time, kind, actor and hash of a row of a csv; the rest is not sealed."""
    at = datetime.fromisoformat(str(row["time_utc"])).replace(tzinfo=UTC)
    sealed = str(row["hash"])
    if not _HASH.fullmatch(sealed):
        raise ValueError(sealed)
    record = Record(at, str(row["kind"]), str(row["actor_id"]))
    return AuditEntry(int(str(row["seq"])), record, "", sealed)


async def _has_hashes_only(pages: Callable[[], Pages]) -> bool:
    async with aclosing(pages()) as found:
        first = await anext(found, None)
    return first is not None and not first[0].previous


async def _verify_numbers(pages: Pages) -> ChainReport:
    """Return the head of a csv; a fault where an entry is missing."""
    report = EMPTY_CHAIN
    async for page in pages:
        for entry in page:
            if entry.seq != report.entries + 1:
                fault = f"entry {report.entries + 1} is missing: {entry.seq} follows"
                return ChainReport(report.entries, report.hash, fault)
            report = ChainReport(entry.seq, entry.hash)
    return report
