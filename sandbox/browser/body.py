"""What the page sends and is answered, as JSON: checked before anything is done."""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Awaitable, Callable
from typing import Any

from sandbox.slack import Delivery

Body = dict[str, Any]
Handler = Callable[[Body], Awaitable[Body]]


class ActionError(Exception):
    """What cannot be done, as a sentence for the person."""


def text_of(body: Body, name: str) -> str:
    """Return a field that must be a text. Raises ActionError."""
    value = body.get(name)
    if not isinstance(value, str):
        raise ActionError(f"{name} must be a text.")
    return value


def element_of(body: Body) -> tuple[str, str, str | None]:
    """Return the block and action of an element, and what was chosen, if anything."""
    value = text_of(body, "value") if body.get("value") is not None else None
    return text_of(body, "block_id"), text_of(body, "action_id"), value


def values_of(given: Any) -> dict[str, dict[str, str | list[tuple[str, bytes]]]]:
    """Return the values of a view's inputs by block and action."""
    if not isinstance(given, dict) or not all(isinstance(one, dict) for one in given.values()):
        raise ActionError("values is an object of objects: block, action, value.")
    return {
        block: {action: _value(value) for action, value in actions.items()}
        for block, actions in given.items()
    }


def _value(value: Any) -> str | list[tuple[str, bytes]]:
    """Return a value of an input: a text, or files whose content comes in base64."""
    if isinstance(value, str):
        return value
    if not isinstance(value, list) or not all(isinstance(file, dict) for file in value):
        raise ActionError("A value is a text or a list of files.")
    try:
        return [
            (text_of(file, "name"), b64decode(text_of(file, "content"), validate=True))
            for file in value
        ]
    except binascii.Error:
        raise ActionError("The content of a file must be base64.") from None


def options_of(delivery: Delivery) -> Body:
    """Return the options that the app gave, in groups; those without a group have no label."""
    body = delivery.body
    answer = body if isinstance(body, dict) and not delivery.problem else {}
    groups = answer.get("option_groups") or [{"options": answer.get("options", [])}]
    return {
        "groups": [
            {"label": one.get("label", {}).get("text", ""), "options": one["options"]}
            for one in groups
        ],
        "problem": delivery.problem,
    }
