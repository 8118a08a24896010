"""A file of users, as it is uploaded to change them: what each line tells, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from bot.domain.mail_user import FIELDS, GROUPS
from bot.domain.user_files.address_file import ParsedAddresses, read_addresses
from bot.domain.user_files.columns import (
    ADDRESS_TITLES,
    OUR_ADDRESS_TITLES,
    AddressColumn,
    address_column,
    duplicate_column,
    is_directory,
    normalised_title,
)
from bot.domain.user_files.csv_format import EXPORT_COLUMNS, READ_ONLY_COLUMNS, csv_lines
from bot.domain.user_files.group_cell import split_groups
from bot.domain.user_files.upload import (
    ADDRESS,
    LineError,
    decode,
    no_header,
    numbered_records,
    refuse_shape,
    sentence,
    visible,
)
from bot.domain.user_files.user_json import read_json
from bot.domain.user_files.user_rows import ParsedRows, RowReader, UserRow
from bot.errors import InvalidInput

__all__ = [
    "EXPORT_COLUMNS",
    "LineError",
    "ParsedAddresses",
    "ParsedRows",
    "UserRow",
    "csv_lines",
    "error_lines",
    "read_addresses",
    "read_users",
]

_NAMES = {
    **{normalised_title(name): name for name in FIELDS},
    **{normalised_title(each.label): each.name for each in FIELDS.values()},
    **dict.fromkeys(OUR_ADDRESS_TITLES, ADDRESS),
    "firstname": "givenName",
    "lastname": "surName",
    "sn": "surName",
}


def read_users(data: bytes, name: str) -> ParsedRows:
    """Read the users of a CSV or JSON file called ``name``; a second or two of work at the limits.

    CSV: a header, then a line for each user; an empty cell leaves the field as it is. JSON: an array
    of user objects, bare or as ``users``; null leaves the field as it is. An address in two lines is
    wrong in both. Fields are not judged yet. Raises InvalidInput where the file as a whole cannot be used.
    """
    name = visible(name)
    text = decode(data, name)
    if text.lstrip()[:1] in {"[", "{"}:
        parsed = read_json(text, name, _NAMES).parsed()
    else:
        parsed = _read_csv(text, name).parsed()
    if not parsed.rows and not parsed.errors:
        raise InvalidInput(f"“{name}” names no user.")
    if not parsed.errors and not any(row.fields for row in parsed.rows):
        raise InvalidInput(
            f"“{name}” names users, but nothing to change of them. It can tell {', '.join(FIELDS)}."
        )
    return parsed


def error_lines(errors: Iterable[LineError]) -> Iterator[str]:
    """Yield the lines of a CSV file that tells what is wrong where."""
    rows = ({"line": e.line, "column": e.column, "problem": e.sentence} for e in errors)
    return csv_lines(rows, ("line", "column", "problem"))


def _read_csv(text: str, name: str) -> RowReader:
    lines = numbered_records(text, name)
    _, header = next(lines, (1, []))
    while header and not header[-1].strip():
        header.pop()  # the empty columns that spreadsheets leave at the end
    address = address_column(header)
    directory = text.lstrip().startswith("#TYPE ") or is_directory(header)
    if address is None and any("@" in title for title in header):
        raise no_header(name)
    columns = _columns([title.strip() for title in header], address, directory=directory)
    if address is None:
        raise no_header(name)
    titles = {column: visible(title.strip()) for column, title in zip(columns, header, strict=True)}
    unread = [
        visible(title.strip()) for column, title in zip(columns, header, strict=True) if not column
    ]
    reading = RowReader(
        "lines", titles, column=address, ignored=dict.fromkeys(filter(None, unread))
    )
    for line, cells in lines:
        try:
            refuse_shape(cells, len(columns))
        except InvalidInput as refusal:
            reading.wrong(line, "", sentence(refusal))
        else:
            address.compare(line, cells)
            told = zip(columns, cells, strict=False)
            reading.take(line, {c: _cell(c, cell) for c, cell in told if c and cell.strip()})
    return reading


def _columns(titles: list[str], address: AddressColumn | None, *, directory: bool) -> list[str]:
    """Return the API's name of each column, or ``""`` for one that is not read."""
    found: dict[str, str] = {}
    columns = []
    for at, title in enumerate(titles):
        if address and (at == address.at or normalised_title(title) in ADDRESS_TITLES):
            column = ADDRESS if at == address.at else ""
        else:
            column = _column(title, directory=directory)
        if column and column in found:
            if not directory:
                raise duplicate_column(found[column], title)
            column = ""  # a directory has one attribute under two names: sn and Surname
        found[column] = title
        columns.append(column)
    return columns


def _cell(column: str, cell: str) -> object:
    return split_groups(cell) if column == GROUPS else cell


def _column(title: str, *, directory: bool) -> str:
    """Return the API's name of a column, or ``""`` where it is not read. Raises InvalidInput, with the
    nearest one, for one that nobody knows, unless the file comes from a directory, which has many."""
    wanted = normalised_title(title)
    if wanted in _NAMES:
        return _NAMES[wanted]
    if directory or title in READ_ONLY_COLUMNS:
        return ""
    if wanted in READ_ONLY_COLUMNS:
        raise InvalidInput(f"An import cannot change “{visible(title)}”. Take the column out.")
    found = get_close_matches(wanted[:40], _NAMES, 1, 0.6)
    hint = f" Did you mean {_NAMES[found[0]]}?" if found else ""
    raise InvalidInput(
        f"There is no column “{visible(title)}”.{hint} There are {', '.join((ADDRESS, *FIELDS))}."
    )
