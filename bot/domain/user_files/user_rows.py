"""The rows of a file of users: what is taken, what is wrong, and what is taken only where the API tells it so.

A value that equals the API's own needs no check, however odd: the file is the bot's own export, untouched.
So what is wrong with a field is a doubt until the user is looked up (``Parsed.verified``).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from bot.domain.mail_user import (
    GROUPS,
    NAME_FIELDS,
    SEPARATED_BY_BARS,
    Value,
    check_field,
    matches_api_value,
)
from bot.domain.user_files.address_cell import address_in
from bot.domain.user_files.columns import AddressColumn
from bot.domain.user_files.encoding_damage import may_have_lost_a_letter
from bot.domain.user_files.group_cell import with_separators
from bot.domain.user_files.upload import ADDRESS, LineError, sentence
from bot.errors import InvalidInput

_MAY_BE_ONE = re.compile(r"[^/]+@[^/]+")  # the vendor's pattern of an address, wider than ours


@dataclass(frozen=True, slots=True)
class UserRow:
    """One user of the file, at the line that LineError counts too.

    ``fields`` holds the editable fields that are told; the others stay as they are. ``conditional_errors`` says of
    fields, or of the address, what is wrong with them; those of ``maybe_damaged`` may have lost a letter.
    """

    line: int
    address: str
    fields: Mapping[str, Value] = field(repr=False)
    conditional_errors: Mapping[str, str] = field(default_factory=dict, repr=False)
    maybe_damaged: tuple[str, ...] = ()

    @property
    def ambiguous_groups(self) -> Collection[str]:
        """The names that may be several."""
        names = self.fields[GROUPS] if GROUPS in self.conditional_errors else ()
        texts = names if isinstance(names, tuple) else ()
        return with_separators(one for one in texts if isinstance(one, str))


@dataclass(frozen=True, slots=True)
class ParsedRows:
    """The rows that can be sent and what is wrong with the others, both by line.

    ``ignored`` names the columns or fields of the file that an import does not change; ``note`` says which
    column the addresses are from, where that could be taken otherwise. ``titles`` are the file's own names
    of columns, ``separator_hint`` says how several groups are told apart.
    """

    rows: tuple[UserRow, ...]
    errors: tuple[LineError, ...]
    ignored: tuple[str, ...]
    note: str = ""
    titles: Mapping[str, str] = field(default_factory=dict)
    separator_hint: str = SEPARATED_BY_BARS

    @property
    def rows_to_verify(self) -> tuple[UserRow, ...]:
        """The rows that have to be looked up."""
        return tuple(row for row in self.rows if row.conditional_errors or row.maybe_damaged)

    def verified(
        self, told: Mapping[str, Mapping[str, object]], known: Collection[str] = ()
    ) -> tuple[ParsedRows, tuple[int, ...]]:
        """Return it without doubts, and the lines in which a name may have lost a letter.

        ``told`` holds what the API tells of the doubtful users, by the address in small letters, ``known``
        the groups in doubt that somebody is in.
        """
        rows, errors, lost = [], list(self.errors), []
        for row in self.rows:
            if not row.conditional_errors and not row.maybe_damaged:
                rows.append(row)
                continue
            own = told.get(row.address.lower())
            fields, wrong = self._judge(row, own, known)
            errors += wrong
            if any(
                not matches_api_value((own or {}).get(name), row.fields[name])
                for name in row.maybe_damaged
            ):
                lost.append(row.line)
            # Whose address cannot be sent is only here because nothing differs.
            if not wrong and ADDRESS not in row.conditional_errors:
                rows.append(UserRow(row.line, row.address, fields))
        return replace(self, rows=tuple(rows), errors=by_line(errors)), tuple(lost)

    def _judge(
        self, row: UserRow, own: Mapping[str, object] | None, known: Collection[str]
    ) -> tuple[Mapping[str, Value], list[LineError]]:
        """Return the fields as they are sent, and what is wrong with those that are not the user's own."""
        fields, wrong, mine = dict(row.fields), [], own or {}
        other = [
            name
            for name, value in row.fields.items()
            if not matches_api_value(mine.get(name), value)
        ]
        if ADDRESS in row.conditional_errors and (own is None or other):
            wrong.append(self._error(row, ADDRESS, row.conditional_errors[ADDRESS]))
        for name in other:
            if name in row.conditional_errors:
                try:
                    value, apart = row.fields[name], self.separator_hint
                    fields[name] = check_field(
                        name, value, own=mine.get(name), known=known, separator_hint=apart
                    )
                except InvalidInput as refusal:
                    wrong.append(self._error(row, name, sentence(refusal)))
        return fields, wrong

    def _error(self, row: UserRow, name: str, what: str) -> LineError:
        return LineError(row.line, self.titles.get(name, name), what)


@dataclass(slots=True)
class RowReader:
    """What was read so far; ``unit`` is what is counted, ``titles`` the file's own names of columns."""

    unit: str
    titles: Mapping[str, str]
    separator_hint: str = SEPARATED_BY_BARS
    column: AddressColumn | None = None
    ignored: dict[str, None] = field(default_factory=dict)
    rows: list[UserRow] = field(default_factory=list)
    errors: list[LineError] = field(default_factory=list)
    first: dict[str, int] = field(default_factory=dict)
    doubled: set[int] = field(default_factory=set)

    def wrong(self, line: int, name: str, what: str) -> None:
        """Note what is wrong in a line."""
        self.errors.append(LineError(line, self.titles.get(name, name), what))

    def take(self, line: int, told: Mapping[str, object]) -> None:
        """Check what one line tells, by the API's names, and keep it unless something is wrong."""
        before, address = len(self.errors), ""
        fields: dict[str, Value] = {}
        doubts: dict[str, str] = {}
        try:
            address = self._address(line, told.get(ADDRESS, ""), doubts)
        except InvalidInput as refusal:
            self.wrong(line, ADDRESS, sentence(refusal))
        for name, value in told.items():
            if name != ADDRESS:
                fields[name] = self._field(name, value, doubts)
        row = UserRow(line, address, fields, doubts, _suspect(fields))
        if len(self.errors) == before:
            self.rows.append(row)
        else:
            self._give_up(row)

    def parsed(self) -> ParsedRows:
        """Return what was read."""
        for row in self.rows:
            if row.line in self.doubled:
                self._give_up(row)
        rows = tuple(row for row in self.rows if row.line not in self.doubled)
        note = self.column.note() if self.column else ""
        ignored = tuple(self.ignored)
        return ParsedRows(
            rows, by_line(self.errors), ignored, note, self.titles, self.separator_hint
        )

    def _field(self, name: str, value: object, doubts: dict[str, str]) -> Value:
        try:
            return check_field(name, value, separator_hint=self.separator_hint)
        except InvalidInput as refusal:
            doubts[name] = sentence(refusal)
            return _as_it_is(value)

    def _address(self, line: int, value: object, doubts: dict[str, str]) -> str:
        if not isinstance(value, str):
            raise InvalidInput("The address has to be text.")
        if not value.strip():
            raise InvalidInput("The address is missing.")
        try:
            address = address_in(value)
        except InvalidInput as refusal:
            address = value.strip()
            if not _MAY_BE_ONE.fullmatch(address):
                raise
            doubts[ADDRESS] = sentence(refusal)
        first = self.first.setdefault(address.lower(), line)
        if first != line:
            twice = f"{address} is in {self.unit} {first} and {line}. Keep one of them."
            if first not in self.doubled:
                self.doubled.add(first)
                self.wrong(first, ADDRESS, twice)
            raise InvalidInput(twice)
        return address

    def _give_up(self, row: UserRow) -> None:
        """Tell the doubts, too, of a row that is wrong in any case."""
        for name, what in row.conditional_errors.items():
            self.wrong(row.line, name, what)


def by_line(errors: Iterable[LineError]) -> tuple[LineError, ...]:
    """Return them in the order of the file."""
    return tuple(sorted(errors, key=lambda error: error.line))


def _suspect(fields: Mapping[str, Value]) -> tuple[str, ...]:
    told = [(name, fields[name]) for name in NAME_FIELDS if name in fields]
    return tuple(
        name for name, value in told if isinstance(value, str) and may_have_lost_a_letter(value)
    )


def _as_it_is(value: object) -> Value:
    """Return a value that is in doubt, as the API may have it: JSON tells more than text."""
    if isinstance(value, list | tuple):
        return tuple(one.strip() if isinstance(one, str) else one for one in value)
    return value.strip() if isinstance(value, str) else value  # type: ignore[return-value]  # not sent as it is
