"""Read an uploaded file of addresses, for the change of a flag."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.domain.user_files.address_cell import address_in, is_list, split_list
from bot.domain.user_files.columns import AddressColumn, address_column
from bot.domain.user_files.upload import (
    LineError,
    decode,
    no_header,
    numbered_records,
    refuse_shape,
    refuse_too_many,
    sentence,
    visible,
)
from bot.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class ParsedAddresses:
    """The addresses in the file's order without duplicates, and the errors in other lines.

    ``repeated``: lines that repeat an address. ``ignored``: the other columns. ``note`` says which
    column was read, where there could be doubt.
    """

    addresses: tuple[str, ...]
    errors: tuple[LineError, ...]
    repeated: int
    ignored: tuple[str, ...]
    note: str = ""


def read_addresses(data: bytes, name: str, most: int) -> ParsedAddresses:
    """Read CSV with a header that names the column of the address, or an address on each line, or
    the lines of a distribution list: `Jo Li <jo@example.com>; Sam <sam@example.com>`.

    Raises InvalidInput where the file as a whole cannot be used, or names more than ``most`` users.
    """
    name = visible(name)
    text = decode(data, name)
    first = next((line for line in io.StringIO(text, newline="") if line.strip()), "")
    reader = _read_list(text, name) if is_list(first) else _read_table(text, name)
    if not reader.count:
        raise InvalidInput(f"“{name}” names no user.")
    found = reader.found
    if len(found) > most:
        raise InvalidInput(
            f"“{name}” names {len(found):,} users; {most:,} are allowed. Split it into several files."
        )
    repeated = reader.count - len(reader.errors) - len(found)
    note = reader.column.note() if reader.column else ""
    errors = tuple(reader.errors)
    return ParsedAddresses(tuple(found.values()), errors, repeated, tuple(reader.ignored), note)


@dataclass(slots=True)
class _AddressReader:
    """Collects the addresses. ``column`` None: the file has no header."""

    column: AddressColumn | None = None
    ignored: list[str] = field(default_factory=list)
    found: dict[str, str] = field(default_factory=dict)
    errors: list[LineError] = field(default_factory=list)
    count: int = 0

    def add(self, line: int, cells: Sequence[str], width: int) -> None:
        """Add the address of a line, or an error."""
        self.count += 1
        try:
            refuse_shape(cells, width)
            address = address_in(cells[self.column.at if self.column else 0])
        except InvalidInput as refusal:
            title = self.column.title if self.column else ""
            self.errors.append(LineError(line, title, sentence(refusal)))
        else:
            self.found.setdefault(address.lower(), address)
            if self.column:
                self.column.compare(line, cells)


def _read_list(text: str, name: str) -> _AddressReader:
    reader = _AddressReader()
    for line, content in enumerate(io.StringIO(text, newline=""), 1):
        for piece in split_list(content.strip()):
            refuse_too_many(reader.count, name)
            reader.add(line, [piece], 1)
    return reader


def _read_table(text: str, name: str) -> _AddressReader:
    if text.lstrip()[:1] in {"[", "{"}:
        raise InvalidInput(f"“{name}” is JSON. Here CSV is needed, or an address on each line.")
    lines = numbered_records(text, name)
    line, header = next(lines, (1, [""]))
    if any("@" in cell for cell in header):
        reader = _AddressReader()
        reader.add(line, header, 1)
        width = 1
    else:
        width = len(header)
        while width > 1 and not header[width - 1].strip():
            width -= 1  # empty columns at the end, as spreadsheets write them
        column = address_column(header[:width])
        if column is None:
            raise no_header(name)
        others = header[: column.at] + header[column.at + 1 : width]
        reader = _AddressReader(
            column, [visible(title.strip()) for title in others if title.strip()]
        )
    for line, cells in lines:
        reader.add(line, cells, width)
    return reader
