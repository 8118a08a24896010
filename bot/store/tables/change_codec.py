"""A change as the JSON of its row, and back; a scope is never read as wider than it was written."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from pydantic import TypeAdapter
from pydantic_core import from_json, to_json

from bot.domain.actions import (
    Action,
    Activate,
    DeleteUser,
    EditUser,
    ImportUsers,
    MakeToken,
    MoveEnd,
    PurgeUsers,
    Restore,
    SetFlag,
)
from bot.domain.audit.row_digests import RowDigests
from bot.domain.change import Change
from bot.domain.scope import Everyone, FileUsers, Filters, Groups, Scope, Users
from bot.errors import InvalidInput, StoreUnusable
from bot.store.tables.old_previews import read_outcome, read_preview

_ACTIONS: dict[str, type[Action]] = {
    "switch": SetFlag,
    "activate": Activate,
    "restore": Restore,
    "edit": EditUser,
    "delete": DeleteUser,
    "import": ImportUsers,
    "purge": PurgeUsers,
    "token": MakeToken,
    "end": MoveEnd,
}


@cache
def _adapters() -> dict[Any, TypeAdapter[Any]]:
    """Return what reads and writes each type. Made at the first change: `role list` starts without."""
    types = (Change, tuple[str, ...], Filters, FileUsers, *_ACTIONS.values())
    return {one: TypeAdapter(one) for one in types}


def _validated(kind: Any, content: object) -> Any:
    return _adapters()[kind].validate_python(content)


def write_change(change: Change) -> str:
    """Return the whole change as JSON; a preview of an older version as that version wrote it."""
    if change.preview is None or not change.preview.as_written:
        return _adapters()[Change].dump_json(change).decode()
    content = _adapters()[Change].dump_python(change, mode="json")
    content["preview"] = from_json(change.preview.as_written)
    return to_json(content).decode()


def seal_of(body: str) -> RowDigests | None:
    """Return the seal of a change's row, also of one that cannot be read as a change; None where it is
    no JSON object with a state."""
    try:
        return RowDigests.of(from_json(body))
    except (ValueError, LookupError, TypeError, AttributeError):
        return None


def read_change(change_id: str, body: str) -> Change:
    """Return the change of a row; what an older version did not write has its default.

    Raises StoreUnusable where the row does not hold a change.
    """
    try:
        content = from_json(body)
        content["scope"] = _scope(content["scope"])
        content["action"] = _action(content)
        if content.get("preview"):
            content["preview"] = read_preview(content["preview"])
        if content.get("outcome"):
            content["outcome"] = read_outcome(content["outcome"], content["state"])
        change: Change = _validated(Change, content)
    except (InvalidInput, ValueError, LookupError, TypeError, AttributeError) as error:
        raise StoreUnusable(
            f"The row of change {change_id} in the database cannot be read."
        ) from error
    return change


def _action(content: dict[str, object]) -> Action:
    told = content.get("action")
    if not isinstance(told, dict):  # written before there were others than switches
        told = {"kind": "switch", "flag": content["flag"], "on": content["on"]}
    action: Action = _validated(_ACTIONS[str(told["kind"])], told)
    return action


def _scope(content: dict[str, object]) -> Scope:
    # Not left to pydantic: `kind` is no argument of these dataclasses, so its union takes
    # {"kind": "groups"} for Everyone as soon as the names are missing (measured with 2.14).
    return _SCOPES[str(content["kind"])](content)


_SCOPES: dict[str, Callable[[dict[str, object]], Scope]] = {
    "everyone": lambda _: Everyone(),
    "groups": lambda content: Groups(_validated(tuple[str, ...], content["names"])),
    "users": lambda content: Users.stored(_validated(tuple[str, ...], content["addresses"])),
    "filters": lambda content: _validated(Filters, content),
    "file": lambda content: _validated(FileUsers, content),
}
