"""What a person chooses, types or attaches in a modal, as payloads contain it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from sandbox.slack.model import SandboxError, View

Attached = tuple[str, bytes]
"""A file that a person attaches: its name and its bytes."""
Value = str | Sequence[Attached]
Values = Mapping[str, Value | Mapping[str, Value]]
"""By block id and action id, or by block id alone; several choices are separated by commas."""
Attach = Callable[[str, bytes], dict[str, Any]]
"""Adds an attached file, and returns its JSON."""

FILE_BYTES = 10_000_000
"""The most that a file input takes (docs.slack.dev/reference/block-kit/block-elements/file-input-element)."""
_TEXTS = {"button", "plain_text_input"}


def chosen(element: dict[str, Any], value: str) -> dict[str, Any]:
    """Return what an element holds after the person typed or chose ``value``."""
    kind = element["type"]
    if kind in _TEXTS:
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


def filled(view: View, values: Values, attach: Attach, *, forged: bool) -> dict[str, Any]:
    """Return the state of a view's inputs after the person filled them in.

    Raises SandboxError for what Slack does not let a person send (a required input that is empty, a
    text too short or too long, a file of another kind), and for values that fit no input, unless it
    is ``forged``.
    """
    state: dict[str, Any] = {}
    given = _by_action(view, values)
    left = set(given)
    for block in view.view["blocks"]:
        if block["type"] != "input":
            continue
        element = block["element"]
        key = (block["block_id"], element["action_id"])
        value = given.get(key, _initial(element))
        left.discard(key)
        if not forged:
            _check_given(block, element, value)
        state[key[0]] = {key[1]: _held(element, value, attach)}
    if left and not forged:
        raise SandboxError(f"the view has no such inputs: {sorted(left)}; it has {state}")
    for block_id, action_id in left:
        typed = {"type": "plain_text_input", "value": given[block_id, action_id]}
        state.setdefault(block_id, {})[action_id] = typed
    return state


def _by_action(view: View, values: Values) -> dict[tuple[str, str], Value]:
    """Return the values by block and action; a bare value is for the one input of its block."""
    inputs = {
        b["block_id"]: b["element"]["action_id"] for b in view.view["blocks"] if "element" in b
    }
    given: dict[tuple[str, str], Value] = {}
    for block, value in values.items():
        actions = value if isinstance(value, Mapping) else {inputs.get(block, block): value}
        given |= {(block, action): one for action, one in actions.items()}
    return given


def _initial(element: dict[str, Any]) -> str:
    options = [*element.get("initial_options", []), element.get("initial_option")]
    return str(element.get("initial_value") or ",".join(o["value"] for o in options if o))


def _held(element: dict[str, Any], value: Value, attach: Attach) -> dict[str, Any]:
    kind = element["type"]
    if kind == "file_input":
        return {"type": kind, "files": [attach(name, content) for name, content in _files(value)]}
    if not value and kind == "plain_text_input":
        return {"type": kind, "value": None}
    if not value and kind in {"static_select", "radio_buttons"}:
        return {"type": kind, "selected_option": None}
    return chosen(element, _text(value))


def _text(value: Value) -> str:
    if not isinstance(value, str):
        raise SandboxError(f"a text is typed or chosen here, not {value!r}")
    return value


def _files(value: Value) -> Sequence[Attached]:
    if isinstance(value, str) and value:
        raise SandboxError("files are attached here: [(name, bytes)]")
    return [] if isinstance(value, str) else value


def _check_given(block: dict[str, Any], element: dict[str, Any], value: Value) -> None:
    name = block["block_id"]
    if not value:
        if not block.get("optional"):
            raise SandboxError(f"the input {name} is required: Slack does not submit the view")
        return
    if element["type"] == "file_input":
        _check_files(name, element, _files(value))
    least, most = element.get("min_length", 0), element.get("max_length", 3000)
    if element["type"] == "plain_text_input" and not least <= len(value) <= most:
        raise SandboxError(f"the input {name} takes {least} to {most} characters")


def _check_files(name: str, element: dict[str, Any], files: Sequence[Attached]) -> None:
    most, kinds = element.get("max_files", 10), element.get("filetypes")
    if len(files) > most:
        raise SandboxError(f"the input {name} takes {most} files")
    for file, content in files:
        if kinds is not None and PurePosixPath(file).suffix[1:].lower() not in kinds:
            raise SandboxError(f"the input {name} takes files of {kinds}, not {file}")
        if len(content) > FILE_BYTES:
            raise SandboxError(f"the input {name} takes {FILE_BYTES} bytes")


def _option(element: dict[str, Any], value: str) -> dict[str, Any]:
    for option in element["options"]:
        if option["value"] == value:
            return dict(option)
    raise SandboxError(f"there is no option {value}: {element['options']}")
