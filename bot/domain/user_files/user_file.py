"""Read an uploaded file of users, for an import."""

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
    """Read the users of a CSV or JSON file called ``name``. Takes one or two seconds at the limits.

    CSV: a header, then a line for each user; empty cells are not changed. JSON: an array of user
    objects, or an object with such an array as ``users``; null values are not changed. A duplicate
    address is an error in both lines. Raises InvalidInput where the file as a whole cannot be used.
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
    """Yield the lines of a CSV file that lists the errors."""
    rows = ({"line": e.line, "column": e.column, "problem": e.sentence} for e in errors)
    return csv_lines(rows, ("line", "column", "problem"))


def _read_csv(text: str, name: str) -> RowReader:
    lines = numbered_records(text, name)
    _, header = next(lines, (1, []))
    while header and not header[-1].strip():
        header.pop()  # empty columns at the end, as spreadsheets write them
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
    reader = RowReader("lines", titles, column=address, ignored=dict.fromkeys(filter(None, unread)))
    for line, cells in lines:
        try:
            refuse_shape(cells, len(columns))
        except InvalidInput as refusal:
            reader.add_error(line, "", sentence(refusal))
        else:
            address.compare(line, cells)
            pairs = zip(columns, cells, strict=False)
            reader.add(line, {c: _cell(c, cell) for c, cell in pairs if c and cell.strip()})
    return reader


def _columns(titles: list[str], address: AddressColumn | None, *, directory: bool) -> list[str]:
    """Return the API's name of each column, ``""`` for one that is ignored."""
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
            column = ""  # directories have attributes under two names: sn and Surname
        found[column] = title
        columns.append(column)
    return columns


def _cell(column: str, cell: str) -> object:
    return split_groups(cell) if column == GROUPS else cell


def _column(title: str, *, directory: bool) -> str:
    """Return the API's name of a column, or ``""`` where it is ignored.

    Raises InvalidInput for an unknown column, with the nearest known one, unless the file comes
    from a directory.
    """
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
