"""The rows of a file of users, with their errors.

A value equal to the API's needs no check: the file may be an unchanged export of the bot. So an
error of a field is conditional until the user has been looked up (``Parsed.verified``).
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
from bot.domain.user_files.encoding_damage import may_be_damaged
from bot.domain.user_files.group_cell import with_separators
from bot.domain.user_files.upload import ADDRESS, LineError, sentence
from bot.errors import InvalidInput

# The vendor's pattern of an address, wider than ours.
_VENDOR_ADDRESS = re.compile(r"[^/]+@[^/]+")


@dataclass(frozen=True, slots=True)
class UserRow:
    """One user of the file.

    ``line`` counts as in LineError; fields that are not in ``fields`` stay as they are.

    ``conditional_errors`` maps fields, or the address, to what is wrong unless the API holds the
    same value. ``maybe_damaged`` are the fields in which a letter may be missing.
    """

    line: int
    address: str
    fields: Mapping[str, Value] = field(repr=False)
    conditional_errors: Mapping[str, str] = field(default_factory=dict, repr=False)
    maybe_damaged: tuple[str, ...] = ()

    @property
    def ambiguous_groups(self) -> Collection[str]:
        """The group names that may stand for several groups."""
        names = self.fields[GROUPS] if GROUPS in self.conditional_errors else ()
        texts = names if isinstance(names, tuple) else ()
        return with_separators(one for one in texts if isinstance(one, str))


@dataclass(frozen=True, slots=True)
class ParsedRows:
    """The rows that can be sent and the errors of others, both in the order of lines.

    ``ignored``: columns or fields that an import does not change. ``note`` says which column the
    addresses are from, where there could be doubt. ``titles``: the file's own titles by the API's
    names. ``separator_hint``: the sentence on how to separate several groups.
    """

    rows: tuple[UserRow, ...]
    errors: tuple[LineError, ...]
    ignored: tuple[str, ...]
    note: str = ""
    titles: Mapping[str, str] = field(default_factory=dict)
    separator_hint: str = SEPARATED_BY_BARS

    @property
    def rows_to_verify(self) -> tuple[UserRow, ...]:
        """The rows whose users have to be looked up in the API."""
        return tuple(row for row in self.rows if row.conditional_errors or row.maybe_damaged)

    def verified(
        self, api_fields: Mapping[str, Mapping[str, object]], known: Collection[str] = ()
    ) -> tuple[ParsedRows, tuple[int, ...]]:
        """Return the rows without conditional errors, and the lines in which a name may be damaged.

        ``api_fields`` are the API's fields of the users to verify, by the address in small letters,
        ``known`` those of their ambiguous groups that have users.
        """
        rows, errors, damaged = [], list(self.errors), []
        for row in self.rows:
            if not row.conditional_errors and not row.maybe_damaged:
                rows.append(row)
                continue
            own = api_fields.get(row.address.lower())
            fields, wrong = self._verify(row, own, known)
            errors += wrong
            if any(
                not matches_api_value((own or {}).get(name), row.fields[name])
                for name in row.maybe_damaged
            ):
                damaged.append(row.line)
            # An address that cannot be sent is accepted only where nothing has to be sent.
            if not wrong and ADDRESS not in row.conditional_errors:
                rows.append(UserRow(row.line, row.address, fields))
        return replace(self, rows=tuple(rows), errors=by_line(errors)), tuple(damaged)

    def _verify(
        self, row: UserRow, own: Mapping[str, object] | None, known: Collection[str]
    ) -> tuple[Mapping[str, Value], list[LineError]]:
        """Return the fields to send, and the errors of values that differ from the API's."""
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
                    fields[name] = check_field(
                        name,
                        row.fields[name],
                        own=mine.get(name),
                        known=known,
                        separator_hint=self.separator_hint,
                    )
                except InvalidInput as refusal:
                    wrong.append(self._error(row, name, sentence(refusal)))
        return fields, wrong

    def _error(self, row: UserRow, name: str, what: str) -> LineError:
        return LineError(row.line, self.titles.get(name, name), what)


@dataclass(slots=True)
class RowReader:
    """Collects rows and errors.

    ``unit`` is `lines` or `entries`; ``titles`` are those of the file.
    """

    unit: str
    titles: Mapping[str, str]
    separator_hint: str = SEPARATED_BY_BARS
    column: AddressColumn | None = None
    ignored: dict[str, None] = field(default_factory=dict)
    rows: list[UserRow] = field(default_factory=list)
    errors: list[LineError] = field(default_factory=list)
    first_lines: dict[str, int] = field(default_factory=dict)
    duplicates: set[int] = field(default_factory=set)

    def add_error(self, line: int, name: str, what: str) -> None:
        """Add an error of a line."""
        self.errors.append(LineError(line, self.titles.get(name, name), what))

    def add(self, line: int, values: Mapping[str, object]) -> None:
        """Check the values of one line, by the API's names, and add a row or errors."""
        before, address = len(self.errors), ""
        fields: dict[str, Value] = {}
        conditional_errors: dict[str, str] = {}
        try:
            address = self._address(line, values.get(ADDRESS, ""), conditional_errors)
        except InvalidInput as refusal:
            self.add_error(line, ADDRESS, sentence(refusal))
        for name, value in values.items():
            if name != ADDRESS:
                fields[name] = self._field(name, value, conditional_errors)
        row = UserRow(line, address, fields, conditional_errors, _maybe_damaged(fields))
        if len(self.errors) == before:
            self.rows.append(row)
        else:
            self._add_conditional_errors(row)

    def parsed(self) -> ParsedRows:
        """Return what was read."""
        for row in self.rows:
            if row.line in self.duplicates:
                self._add_conditional_errors(row)
        rows = tuple(row for row in self.rows if row.line not in self.duplicates)
        note = self.column.note() if self.column else ""
        ignored = tuple(self.ignored)
        return ParsedRows(
            rows, by_line(self.errors), ignored, note, self.titles, self.separator_hint
        )

    def _field(self, name: str, value: object, conditional_errors: dict[str, str]) -> Value:
        try:
            return check_field(name, value, separator_hint=self.separator_hint)
        except InvalidInput as refusal:
            conditional_errors[name] = sentence(refusal)
            return _unchecked(value)

    def _address(self, line: int, value: object, conditional_errors: dict[str, str]) -> str:
        if not isinstance(value, str):
            raise InvalidInput("The address has to be text.")
        if not value.strip():
            raise InvalidInput("The address is missing.")
        try:
            address = address_in(value)
        except InvalidInput as refusal:
            address = value.strip()
            if not _VENDOR_ADDRESS.fullmatch(address):
                raise
            conditional_errors[ADDRESS] = sentence(refusal)
        first = self.first_lines.setdefault(address.lower(), line)
        if first != line:
            duplicate = f"{address} is in {self.unit} {first} and {line}. Keep one of them."
            if first not in self.duplicates:
                self.duplicates.add(first)
                self.add_error(first, ADDRESS, duplicate)
            raise InvalidInput(duplicate)
        return address

    def _add_conditional_errors(self, row: UserRow) -> None:
        """Add the conditional errors of a row that is wrong in any case."""
        for name, what in row.conditional_errors.items():
            self.add_error(row.line, name, what)


def by_line(errors: Iterable[LineError]) -> tuple[LineError, ...]:
    """Return errors in the order of the file."""
    return tuple(sorted(errors, key=lambda error: error.line))


def _maybe_damaged(fields: Mapping[str, Value]) -> tuple[str, ...]:
    values = [(name, fields[name]) for name in NAME_FIELDS if name in fields]
    return tuple(name for name, value in values if isinstance(value, str) and may_be_damaged(value))


def _unchecked(value: object) -> Value:
    """Return a questionable value, as the API may hold it. JSON has other types than text."""
    if isinstance(value, list | tuple):
        return tuple(one.strip() if isinstance(one, str) else one for one in value)
    return value.strip() if isinstance(value, str) else value  # type: ignore[return-value]  # not sent as it is
