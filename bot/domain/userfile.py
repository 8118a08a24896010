"""A file of users, as it is uploaded to change them: what each line tells, and what is wrong with it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from bot.domain.addresscell import address_in
from bot.domain.addressfile import ParsedAddresses, read_addresses
from bot.domain.cells import EXPORT_COLUMNS, READ_ONLY_COLUMNS, csv_lines, split_groups
from bot.domain.columns import (
    ADDRESS_TITLES,
    AddressColumn,
    address_column,
    is_directory,
    mean_the_same,
    plain,
)
from bot.domain.mailuser import FIELDS, GROUPS, Value, check
from bot.domain.upload import (
    ADDRESS,
    LineError,
    decode,
    no_header,
    numbered,
    refuse_more,
    refuse_shape,
    sentence,
    visible,
)
from bot.errors import InvalidInput

__all__ = [
    "EXPORT_COLUMNS",
    "LineError",
    "Parsed",
    "ParsedAddresses",
    "Row",
    "csv_lines",
    "error_lines",
    "read_addresses",
    "read_users",
]

_NAMES = {
    **{plain(name): name for name in FIELDS},
    **{plain(each.label): each.name for each in FIELDS.values()},
    **dict.fromkeys(ADDRESS_TITLES, ADDRESS),
    "firstname": "givenName",
    "lastname": "surName",
    "sn": "surName",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One user of the file, at the line that LineError counts too.

    ``fields`` holds the editable fields that are told, checked; the others stay as they are.
    """

    line: int
    address: str
    fields: Mapping[str, Value] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Parsed:
    """The rows that can be sent and what is wrong with the others, both by line.

    ``ignored`` names the columns or fields of the file that an import does not change; ``note`` says which
    column the addresses are from, where that could be taken otherwise.
    """

    rows: tuple[Row, ...]
    errors: tuple[LineError, ...]
    ignored: tuple[str, ...]
    note: str = ""


def read_users(data: bytes, name: str) -> Parsed:
    """Read the users of a CSV or JSON file called ``name``; a second or two of work at the limits.

    CSV: a header, then a line for each user; an empty cell leaves the field as it is. JSON: an array
    of user objects, bare or as ``users``; null leaves the field as it is. An address in two lines is
    wrong in both. Raises InvalidInput where the file as a whole cannot be used.
    """
    name = visible(name)
    text = decode(data, name)
    read = _read_json if text.lstrip()[:1] in {"[", "{"} else _read_csv
    parsed = read(text, name).parsed()
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


@dataclass(slots=True)
class _Reading:
    """What was read so far; ``unit`` is what is counted, ``titles`` the file's own names of columns."""

    unit: str
    titles: Mapping[str, str]
    column: AddressColumn | None = None
    ignored: dict[str, None] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)
    errors: list[LineError] = field(default_factory=list)
    first: dict[str, int] = field(default_factory=dict)
    doubled: set[int] = field(default_factory=set)

    def wrong(self, line: int, name: str, what: str) -> None:
        self.errors.append(LineError(line, self.titles.get(name, name), what))

    def take(self, line: int, told: Mapping[str, object]) -> None:
        """Check what one line tells, by the API's names, and keep it unless something is wrong."""
        before, address = len(self.errors), ""
        fields: dict[str, Value] = {}
        for name, value in {ADDRESS: "", **told}.items():
            try:
                if name == ADDRESS:
                    address = self._address(line, value)
                else:
                    fields[name] = check(name, value)
            except InvalidInput as refusal:
                self.wrong(line, name, sentence(refusal))
        if len(self.errors) == before:
            self.rows.append(Row(line, address, fields))

    def _address(self, line: int, value: object) -> str:
        if not isinstance(value, str):
            raise InvalidInput("The address has to be text.")
        if not value.strip():
            raise InvalidInput("The address is missing.")
        address = address_in(value)
        first = self.first.setdefault(address.lower(), line)
        if first != line:
            twice = f"{address} is in {self.unit} {first} and {line}. Keep one of them."
            if first not in self.doubled:
                self.doubled.add(first)
                self.wrong(first, ADDRESS, twice)
            raise InvalidInput(twice)
        return address

    def parsed(self) -> Parsed:
        rows = tuple(row for row in self.rows if row.line not in self.doubled)
        errors = tuple(sorted(self.errors, key=lambda error: error.line))
        note = self.column.note() if self.column else ""
        return Parsed(rows, errors, tuple(self.ignored), note)


def _read_csv(text: str, name: str) -> _Reading:
    lines = numbered(text, name)
    _, header = next(lines, (1, []))
    while header and not header[-1].strip():
        header.pop()  # the empty columns that spreadsheets leave at the end
    address = address_column(header)
    directory = text.lstrip().startswith("#TYPE ") or is_directory(header)
    columns = _columns([title.strip() for title in header], address, directory=directory)
    if address is None:
        raise no_header(name)
    titles = {column: visible(title.strip()) for column, title in zip(columns, header, strict=True)}
    unread = [
        visible(title.strip()) for column, title in zip(columns, header, strict=True) if not column
    ]
    reading = _Reading("lines", titles, address, dict.fromkeys(filter(None, unread)))
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
        if address and (at == address.at or plain(title) in ADDRESS_TITLES):
            column = ADDRESS if at == address.at else ""
        else:
            column = _column(title, directory=directory)
        if column and column in found:
            raise mean_the_same(found[column], title)
        found[column] = title
        columns.append(column)
    return columns


def _cell(column: str, cell: str) -> object:
    return split_groups(cell) if column == GROUPS else cell


def _column(title: str, *, directory: bool) -> str:
    """Return the API's name of a column, or ``""`` where it is not read. Raises InvalidInput, with the
    nearest one, for one that nobody knows, unless the file comes from a directory, which has many."""
    wanted = plain(title)
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


class _Object(dict[str, object]):
    """An object of JSON; ``twice`` is a key that it, or an object right inside it, holds twice, or ``""``:
    which of the two is meant, nobody knows."""

    __slots__ = ("twice",)

    def __init__(self, pairs: Sequence[tuple[str, object]]) -> None:
        super().__init__(pairs)
        keys = [key for key, _ in pairs]
        twice = (
            [key for at, key in enumerate(keys) if key in keys[:at]]
            if len(self) < len(keys)
            else []
        )
        inside = [value.twice for value in self.values() if isinstance(value, _Object)]
        self.twice: str = next(filter(None, (*twice, *inside)), "")


def _read_json(text: str, name: str) -> _Reading:
    # Before it is parsed: what is no user at all would take a gigabyte, and is counted too late below.
    refuse_more(max(text.count("{") // 2, text.count(",") // 40), name)
    try:
        users = json.loads(text, object_pairs_hook=_Object)
    except (ValueError, RecursionError) as error:
        where = (
            f" Line {error.lineno}: {error.msg}." if isinstance(error, json.JSONDecodeError) else ""
        )
        raise InvalidInput(f"“{name}” cannot be read as JSON.{where}") from None
    if isinstance(users, _Object):
        if users.twice:
            raise InvalidInput(f"“{name}” holds “{visible(users.twice)}” twice in one object.")
        users = users.get("users")
    if not isinstance(users, list):
        raise InvalidInput(
            f'“{name}” holds no list of users: [{{…}}, …] or {{"users": [{{…}}, …]}}.'
        )
    refuse_more(len(users), name)
    reading = _Reading("entries", {})
    for number, user in enumerate(users, 1):
        try:
            told = _entry(user, reading.ignored)
        except InvalidInput as refusal:
            reading.wrong(number, "", sentence(refusal))
        else:
            reading.take(number, told)
    return reading


def _entry(user: object, ignored: dict[str, None]) -> Mapping[str, object]:
    """Return what an entry tells, by the API's names; what it tells beyond that is added to ``ignored``."""
    if not isinstance(user, _Object):
        raise InvalidInput("This entry is not a user object.")
    if user.twice:
        raise InvalidInput(
            f"“{visible(user.twice)}” is there twice in one object. Keep one of them."
        )
    told: dict[str, object] = {}
    for key, value in user.items():
        name = _NAMES.get(plain(key))
        if name is None:
            ignored[visible(key)] = None
        elif name in told:
            raise InvalidInput(f"“{visible(key)}” tells {name} a second time. Keep one of them.")
        elif value is not None:
            told[name] = value
    return told
