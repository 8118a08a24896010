"""Read the users of a JSON file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from bot.domain.user_files.columns import normalised_title
from bot.domain.user_files.upload import refuse_too_many, sentence, visible
from bot.domain.user_files.user_rows import RowReader
from bot.errors import InvalidInput

_APART = "Make each of them a text of its own in the list."


def read_json(text: str, name: str, names: Mapping[str, str]) -> RowReader:
    """Read an array of user objects, or an object with such an array as ``users``.

    ``names`` maps normalised titles to the API's names. Raises InvalidInput for other JSON.
    """
    # Before parsing, since other JSON of this size would take a gigabyte of memory.
    refuse_too_many(max(text.count("{") // 2, text.count(",") // 40), name)
    try:
        users = json.loads(text, object_pairs_hook=_Object)
    except (ValueError, RecursionError) as error:
        where = (
            f" Line {error.lineno}: {error.msg}." if isinstance(error, json.JSONDecodeError) else ""
        )
        raise InvalidInput(f"“{name}” cannot be read as JSON.{where}") from None
    if isinstance(users, _Object):
        if users.duplicate_key:
            raise InvalidInput(
                f"“{name}” holds “{visible(users.duplicate_key)}” twice in one object."
            )
        users = users.get("users")
    if not isinstance(users, list):
        raise InvalidInput(
            f'“{name}” holds no list of users: [{{…}}, …] or {{"users": [{{…}}, …]}}.'
        )
    refuse_too_many(len(users), name)
    reader = RowReader("entries", {}, _APART)
    for number, user in enumerate(users, 1):
        try:
            values = _entry(user, names, reader.ignored)
        except InvalidInput as refusal:
            reader.add_error(number, "", sentence(refusal))
        else:
            reader.add(number, values)
    return reader


class _Object(dict[str, object]):
    """A JSON object.

    ``duplicate_key`` is a duplicate key of it or of an object directly inside it, or ``""``.
    """

    __slots__ = ("duplicate_key",)

    def __init__(self, pairs: Sequence[tuple[str, object]]) -> None:
        super().__init__(pairs)
        self.duplicate_key = (
            _first_duplicate([key for key, _ in pairs]) if len(self) < len(pairs) else ""
        )
        inside = (value.duplicate_key for value in self.values() if isinstance(value, _Object))
        self.duplicate_key = self.duplicate_key or next(filter(None, inside), "")


def _first_duplicate(keys: Sequence[str]) -> str:
    seen: set[str] = set()
    for key in keys:
        if key in seen:
            return key
        seen.add(key)
    return ""


def _entry(
    user: object, names: Mapping[str, str], ignored: dict[str, None]
) -> Mapping[str, object]:
    """Return the values of an entry by the API's names. Other keys are added to ``ignored``."""
    if not isinstance(user, _Object):
        raise InvalidInput("This entry is not a user object.")
    if user.duplicate_key:
        raise InvalidInput(
            f"“{visible(user.duplicate_key)}” is there twice in one object. Keep one of them."
        )
    values: dict[str, object] = {}
    for key, value in user.items():
        name = names.get(normalised_title(key))
        if name is None:
            ignored[visible(key)] = None
        elif name in values:
            raise InvalidInput(f"“{visible(key)}” tells {name} a second time. Keep one of them.")
        elif value is not None:
            values[name] = value
    return values
