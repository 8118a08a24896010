"""What a person chooses or types, as it stands in payloads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.sandbox.slack.model import SandboxError, View

Values = Mapping[str, Mapping[str, str]]
"""By block id and action id; several choices are separated by commas."""


def chosen(element: dict[str, Any], value: str) -> dict[str, Any]:
    """Return what an element holds after the person typed or chose ``value``."""
    kind = element["type"]
    if kind in {"button", "plain_text_input"}:
        return {"type": kind, "value": value}
    if kind in {"static_select", "radio_buttons", "overflow"}:
        return {"type": kind, "selected_option": _option(element, value)}
    if kind in {"multi_static_select", "checkboxes"}:
        options = [_option(element, part) for part in value.split(",") if part]
        return {"type": kind, "selected_options": options}
    if kind.startswith("multi_"):
        picked = kind.removeprefix("multi_").removesuffix("_select")
        return {"type": kind, f"selected_{picked}": [part for part in value.split(",") if part]}
    return {"type": kind, f"selected_{kind.removesuffix('s_select')}": value}


def filled(view: View, values: Values, *, forged: bool) -> dict[str, Any]:
    """Return the state of a view's inputs after the person filled them in.

    Raises SandboxError for what Slack does not let a person send (a required input that is empty, a
    text too short or too long), and for values that fit no input, unless it is ``forged``.
    """
    state: dict[str, Any] = {}
    left = {(block, action) for block, actions in values.items() for action in actions}
    for block in view.view["blocks"]:
        if block["type"] != "input":
            continue
        element = block["element"]
        key = (block["block_id"], element["action_id"])
        value = values.get(key[0], {}).get(key[1], element.get("initial_value", ""))
        left.discard(key)
        if not forged:
            _check_typed(block, element, value)
        empty = element["type"] == "plain_text_input" and not value
        held = {"type": element["type"], "value": None} if empty else chosen(element, value)
        state[key[0]] = {key[1]: held}
    if left and not forged:
        raise SandboxError(f"the view has no such inputs: {sorted(left)}; it has {state}")
    for block_id, action_id in left:
        typed = {"type": "plain_text_input", "value": values[block_id][action_id]}
        state.setdefault(block_id, {})[action_id] = typed
    return state


def _check_typed(block: dict[str, Any], element: dict[str, Any], value: str) -> None:
    name = block["block_id"]
    if not value:
        if not block.get("optional"):
            raise SandboxError(f"the input {name} is required: Slack does not submit the view")
        return
    least, most = element.get("min_length", 0), element.get("max_length", 3000)
    if element["type"] == "plain_text_input" and not least <= len(value) <= most:
        raise SandboxError(f"the input {name} takes {least} to {most} characters")


def _option(element: dict[str, Any], value: str) -> dict[str, Any]:
    for option in element["options"]:
        if option["value"] == value:
            return dict(option)
    raise SandboxError(f"there is no option {value}: {element['options']}")
