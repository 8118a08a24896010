"""The users that a simulated API begins with, from an export of users."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.domain.mail_user import FLAG_NAMES, Value
from bot.domain.user_files.columns import normalised_title
from bot.domain.user_files.upload import decode, numbered_records
from bot.domain.user_files.user_file import read_users
from bot.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class SeedUser:
    """One user: the editable fields by the API's names, and the flags that the file tells."""

    address: str
    fields: Mapping[str, Value]
    flags: Mapping[str, bool]


def read_seed(data: bytes, name: str) -> list[SeedUser]:
    """Read a file as the bot exports and imports it. Raises InvalidInput for a wrong line."""
    parsed = read_users(data, name)
    if parsed.errors:
        first = parsed.errors[0]
        raise InvalidInput(f"“{name}”, line {first.line}: {first.sentence}")
    text = decode(data, name)
    flags = {} if text.lstrip()[:1] in {"[", "{"} else _flags(text, name)
    return [SeedUser(row.address, row.fields, flags.get(row.line, {})) for row in parsed.rows]


def _flags(text: str, name: str) -> Mapping[int, Mapping[str, bool]]:
    """Return the flags of each line of CSV; an empty cell tells none."""
    lines = numbered_records(text, name)
    titles = [normalised_title(title) for title in next(lines)[1]]
    places = {flag: titles.index(flag) for flag in FLAG_NAMES if flag in titles}
    return {
        line: {
            flag: cells[at].strip().lower() == "true"
            for flag, at in places.items()
            if cells[at].strip()
        }
        for line, cells in lines
    }
