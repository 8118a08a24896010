"""What a person chooses, types or attaches in a view, as payloads contain it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from sandbox.slack.model import SandboxError, View
from sandbox.slack.people.choosing import with_offers
from sandbox.slack.people.held import TYPED, check_held, chosen, initial, is_empty, stateful

Attached = tuple[str, bytes]
"""A file that a person attaches: its name and its bytes."""
Value = str | Sequence[Attached]
Values = Mapping[str, Value | Mapping[str, Value]]
"""By block id and action id, or by block id alone; several choices are separated by commas."""
Attach = Callable[[str, bytes], dict[str, Any]]
"""Adds an attached file, and returns its JSON."""
State = dict[str, dict[str, dict[str, Any]]]
"""What the elements of a view hold, by block id and action id."""

FILE_BYTES = 10_000_000
"""The most that a file input takes (docs.slack.dev/reference/block-kit/block-elements/file-input-element)."""


def first_state(blocks: list[dict[str, Any]], before: State) -> State:
    """Return what elements hold when they are shown.

    What was typed or chosen ``before`` in an element of the same ids and type stays
    (docs.slack.dev/surfaces/modals#updating_views).
    """
    state: State = {}
    for block, element in stateful(blocks):
        block_id, action_id = block["block_id"], element["action_id"]
        held = before.get(block_id, {}).get(action_id, {})
        same = held.get("type") == element["type"]
        state.setdefault(block_id, {})[action_id] = held if same else initial(element)
    return state


def filled(
    view: View, values: Values, attach: Attach, *, submitted: bool = True, forged: bool = False
) -> State:
    """Return what the elements of a view hold after the person filled them in.

    Raises SandboxError for what Slack does not let a person send (a required input that is empty
    when it is ``submitted``, a text too short or too long, a file of another kind), and for values
    that fit no input, unless it is ``forged``.
    """
    state = {block: dict(actions) for block, actions in view.values.items()}
    given = _by_action(view, values)
    left = set(given)
    for block, plain in stateful(view.view["blocks"]):
        block_id, action_id = key = (block["block_id"], plain["action_id"])
        element = with_offers(view, block_id, plain)
        left.discard(key)
        if key in given and element["type"] == "file_input" and not forged:
            _check_files(block_id, element, _files(given[key]))
        held = state[block_id][action_id]
        if key in given:
            held = _held(element, given[key], attach)
        if not forged:
            _check(block, element, held, submitted=submitted)
        state[block_id][action_id] = held
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


def _held(element: dict[str, Any], value: Value, attach: Attach) -> dict[str, Any]:
    kind = element["type"]
    if kind == "file_input":
        return {"type": kind, "files": [attach(name, content) for name, content in _files(value)]}
    if value or kind.startswith("multi_") or kind == "checkboxes":
        return chosen(element, _text(value))
    if kind in TYPED:
        return {"type": kind, "value": None}
    return dict.fromkeys(initial(element)) | {"type": kind}


def _text(value: Value) -> str:
    if not isinstance(value, str):
        raise SandboxError(f"a text is typed or chosen here, not {value!r}")
    return value


def _files(value: Value) -> Sequence[Attached]:
    if isinstance(value, str) and value:
        raise SandboxError("files are attached here: [(name, bytes)]")
    return [] if isinstance(value, str) else value


def _check(
    block: dict[str, Any], element: dict[str, Any], held: dict[str, Any], *, submitted: bool
) -> None:
    name = block["block_id"]
    if is_empty(held):
        if submitted and block["type"] == "input" and not block.get("optional"):
            raise SandboxError(f"the input {name} is required: Slack does not submit the view")
    elif submitted:
        check_held(name, element, held)


def _check_files(name: str, element: dict[str, Any], files: Sequence[Attached]) -> None:
    most, kinds = element.get("max_files", 10), element.get("filetypes")
    if len(files) > most:
        raise SandboxError(f"the input {name} takes {most} files")
    for file, content in files:
        if kinds is not None and PurePosixPath(file).suffix[1:].lower() not in kinds:
            raise SandboxError(f"the input {name} takes files of {kinds}, not {file}")
        if len(content) > FILE_BYTES:
            raise SandboxError(f"the input {name} takes {FILE_BYTES} bytes")
