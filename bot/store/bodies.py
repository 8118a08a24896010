"""A change as the JSON of its row, and back; a scope is never read as wider than it was written."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json

from bot.domain.change import Change
from bot.domain.scope import Everyone, Groups, Scope, Users
from bot.errors import InvalidInput, StoreUnusable

_CHANGE = TypeAdapter(Change)
_NAMES = TypeAdapter(tuple[str, ...])


def write_change(change: Change) -> str:
    """Return the whole change as JSON."""
    return _CHANGE.dump_json(change).decode()


def read_change(change_id: str, body: str) -> Change:
    """Return the change of a row; what an older version did not write has its default.

    Raises StoreUnusable where the row does not hold a change.
    """
    try:
        content = from_json(body)
        content["scope"] = _scope(content["scope"])
        return _CHANGE.validate_python(content)
    except (ValidationError, InvalidInput, ValueError, LookupError, TypeError) as error:
        raise StoreUnusable(
            f"The row of change {change_id} in the database cannot be read."
        ) from error


def _scope(content: dict[str, object]) -> Scope:
    # Not left to pydantic: `kind` is no argument of these dataclasses, so its union takes
    # {"kind": "groups"} for Everyone as soon as the names are missing (measured with 2.14).
    return _SCOPES[str(content["kind"])](content)


# Reading 500 addresses anew takes a millisecond, and a running change is read again with every step.
_users = lru_cache(maxsize=256)(Users)

_SCOPES: dict[str, Callable[[dict[str, object]], Scope]] = {
    "everyone": lambda _: Everyone(),
    "groups": lambda content: Groups(_NAMES.validate_python(content["names"])),
    "users": lambda content: _users(_NAMES.validate_python(content["addresses"])),
}
