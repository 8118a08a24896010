"""Short forms of Block Kit's objects, for tests that draw them."""

from __future__ import annotations

from typing import Any


def plain(text: str) -> dict[str, Any]:
    """A plain_text object."""
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> dict[str, Any]:
    """A mrkdwn object."""
    return {"type": "mrkdwn", "text": text}


def button(text: str, **over: Any) -> dict[str, Any]:
    """A button; its action is the text in small letters."""
    return {"type": "button", "text": plain(text), "action_id": text.lower(), "value": "v"} | over


def actions(*elements: dict[str, Any]) -> list[dict[str, Any]]:
    """An actions block, B1."""
    return [{"type": "actions", "block_id": "B1", "elements": list(elements)}]


def options(*names: str) -> list[dict[str, Any]]:
    """Options; the value of each is its name in small letters."""
    return [{"text": plain(name), "value": name.lower()} for name in names]


def field(block_id: str, kind: str, *, optional: bool = False, **element: Any) -> dict[str, Any]:
    """An input block whose label is its id with a capital; its element has the id of the block."""
    return {
        "type": "input",
        "block_id": block_id,
        "label": plain(block_id.capitalize()),
        "optional": optional,
        "element": {"type": kind, "action_id": block_id, **element},
    }
