"""Previews and outcomes as older versions wrote them: facts as pairs of a label and a text for
people.

They are read as values, so that nothing but this module knows the texts of that time.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from pydantic_core import to_json

from bot.domain.change_state import State

_COUNTS = {
    "Users of this customer": "everyone",
    "In failover now": "in_failover",
    "new": "new",
    "changed": "changed",
    "unchanged": "unchanged",
    "skipped": "skipped",
}
_NAMES = {"new groups": "new_groups", "groups not looked up": "groups_not_looked_up"}
_MORE = re.compile(r" and ([0-9,]+) more$")
_STANDING = re.compile(r"failover (.+), access (.+), (.+)")  # of a deletion
_FLAGS = ("failover", "access", "activation")  # the labels of a token
# Every other text said that it is not known.
_FLAG_VALUES = dict.fromkeys(("on", "activated", "yes"), True) | dict.fromkeys(
    ("off", "not activated", "no"), False
)
_USER_UNKNOWN = "The API accepted it, and then does not know this user (404)."


def read_preview(content: dict[str, Any]) -> dict[str, Any]:
    """Return a preview with typed facts; one that this version wrote stays as it is.

    Raises ValueError, TypeError or AttributeError where it is no preview.
    """
    if isinstance(content.get("facts"), dict):
        return content
    pairs, personal = dict(content.get("facts") or ()), dict(content.get("personal") or ())
    if not pairs and not personal:
        return {**content, "facts": None}
    return {
        **content,
        "facts": _facts(pairs) if pairs else None,
        "display_name": personal.get("Display name", ""),
        "as_written": to_json(content).decode(),
    }


def read_outcome(content: dict[str, Any], state: object) -> dict[str, Any]:
    """Return an outcome; that of an accepted change may tell in its sentence what the last look
    met.
    """
    if state != State.ACCEPTED or content.get("sentence") != _USER_UNKNOWN:
        return content
    return {**content, "look_status": HTTPStatus.NOT_FOUND.value}


def _facts(pairs: Mapping[str, str]) -> dict[str, object]:
    found: dict[str, object] = {
        _COUNTS[label]: int(text.replace(",", ""))
        for label, text in pairs.items()
        if label in _COUNTS
    }
    found |= {_NAMES[label]: _names(text) for label, text in pairs.items() if label in _NAMES}
    flags_text = _STANDING.fullmatch(pairs.get("Now", ""))
    values = flags_text.groups() if flags_text else tuple(pairs.get(one, "") for one in _FLAGS)
    if any(values):
        flags = (_FLAG_VALUES.get(value) for value in values)
        found["flags"] = dict(zip(_FLAGS, flags, strict=True))
    return found


def _names(text: str) -> dict[str, object]:
    more = _MORE.search(text)
    first = text.removesuffix(more[0]) if more else text
    left_out = int(more[1].replace(",", "")) if more else 0
    return {"first": first.strip("“”").split("”, “"), "more": left_out}
