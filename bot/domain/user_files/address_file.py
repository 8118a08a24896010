"""A file of addresses that somebody uploads to change a flag, read."""

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
    """The addresses in the file's order, each once, and what is wrong with the other lines.

    ``repeated`` is how many lines name an address again, ``ignored`` the columns beside the address;
    ``note`` says which column counts, where that could be taken otherwise.
    """

    addresses: tuple[str, ...]
    errors: tuple[LineError, ...]
    repeated: int
    ignored: tuple[str, ...]
    note: str = ""


def read_addresses(data: bytes, name: str, most: int) -> ParsedAddresses:
    """Read CSV with a header that names the column of the address, or an address on each line, or the
    lines of a distribution list: `Jo Li <jo@example.com>; Sam <sam@example.com>`.

    Raises InvalidInput where the file as a whole cannot be used, or names more than ``most`` users.
    """
    name = visible(name)
    text = decode(data, name)
    first = next((line for line in io.StringIO(text, newline="") if line.strip()), "")
    reading = _listed(text, name) if is_list(first) else _tabled(text, name)
    if not reading.count:
        raise InvalidInput(f"“{name}” names no user.")
    found = reading.found
    if len(found) > most:
        raise InvalidInput(
            f"“{name}” names {len(found):,} users; {most:,} are allowed. Split it into several files."
        )
    repeated = reading.count - len(reading.errors) - len(found)
    note = reading.column.note() if reading.column else ""
    errors = tuple(reading.errors)
    return ParsedAddresses(tuple(found.values()), errors, repeated, tuple(reading.ignored), note)


@dataclass(slots=True)
class _Reading:
    """What was read so far; without a ``column`` the file has no header."""

    column: AddressColumn | None = None
    ignored: list[str] = field(default_factory=list)
    found: dict[str, str] = field(default_factory=dict)
    errors: list[LineError] = field(default_factory=list)
    count: int = 0

    def take(self, line: int, cells: Sequence[str], width: int) -> None:
        """Take the address of a line; what is wrong with it is kept."""
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


def _listed(text: str, name: str) -> _Reading:
    reading = _Reading()
    for line, content in enumerate(io.StringIO(text, newline=""), 1):
        for piece in split_list(content.strip()):
            refuse_too_many(reading.count, name)
            reading.take(line, [piece], 1)
    return reading


def _tabled(text: str, name: str) -> _Reading:
    if text.lstrip()[:1] in {"[", "{"}:
        raise InvalidInput(f"“{name}” is JSON. Here CSV is needed, or an address on each line.")
    lines = numbered_records(text, name)
    line, header = next(lines, (1, [""]))
    if any("@" in cell for cell in header):
        reading = _Reading()
        reading.take(line, header, 1)
        width = 1
    else:
        width = len(header)
        while width > 1 and not header[width - 1].strip():
            width -= 1  # the empty columns that spreadsheets leave at the end
        column = address_column(header[:width])
        if column is None:
            raise no_header(name)
        others = header[: column.at] + header[column.at + 1 : width]
        reading = _Reading(column, [visible(title.strip()) for title in others if title.strip()])
    for line, cells in lines:
        reading.take(line, cells, width)
    return reading
