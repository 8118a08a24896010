"""What Slack accepts as the blocks of a message and as a view (slack-rules.md, "Size").

Checked on the raw JSON, and answered with Slack's codes: `invalid_blocks` for a message,
`invalid_arguments` for a view, each with the sentences and JSON pointers of what is wrong.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from sandbox.slack.blocks.choices import suggestions
from sandbox.slack.blocks.findings import PLAIN, Findings
from sandbox.slack.blocks.json_field import decoded
from sandbox.slack.blocks.registry import check_blocks
from sandbox.slack.model import Refusal

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
MESSAGE_TEXT = 40_000
UPDATED_TEXT = 4_000  # docs.slack.dev/reference/methods/chat.update, msg_too_long
ALL_BLOCK_TEXT = 12_000
VIEW_BYTES = 250_000
_TOTALS = {
    "table_characters": 10_000,
    "data_table_characters": 20_000,
    "markdown_characters": 12_000,
    "data_visualizations": 2,
}
"""In all blocks of a payload together (docs.slack.dev/reference/block-kit/blocks, of each block);
that it is `invalid_blocks`, and its sentence, are assumed."""
# Called with each payload that was accepted: `blocks`, `modal` or `home`, and the payload.
accepted: list[Callable[[str, Any], None]] = []
_MODAL = (
    "submit close callback_id private_metadata clear_on_close notify_on_close external_id"
    " submit_disabled"
)


def check_message(text: str, blocks: list[dict[str, Any]], *, newer: bool = True) -> None:
    """Check a message; ``newer`` as ``Findings`` has it.

    Raises Refusal: no_text, msg_too_long, invalid_blocks, invalid_attachments, msg_blocks_too_long.
    """
    if not text and not blocks:
        raise Refusal("no_text")
    if len(text) > MESSAGE_TEXT:
        raise Refusal("msg_too_long")
    found = blocks_findings(blocks, newer=newer)
    if found.sentences:
        pointed = [sentence.removeprefix("[ERROR] ") for sentence in found.sentences]
        raise Refusal("invalid_blocks", *found.sentences, errors=pointed)
    if found.totals["tables"] > 1:
        raise Refusal("invalid_attachments", "[ERROR] only_one_table_allowed")
    if found.totals["characters"] > ALL_BLOCK_TEXT:
        raise Refusal("msg_blocks_too_long")
    for listener in accepted:
        listener("blocks", blocks)


def blocks_findings(blocks: Any, at: str = "/blocks", *, newer: bool = True) -> Findings:
    """Return what is wrong with the blocks of a message; ``at`` is their JSON pointer."""
    found = Findings(newer=newer)
    check_blocks(found, blocks, at, MESSAGE_BLOCKS)
    _check_totals(found, at)
    return found


def check_view(view: Any, kind: str = "modal", *, newer: bool = True) -> dict[str, Any]:
    """Check a view of this kind (`modal` or `home`) and return it.

    Raises Refusal: invalid_arguments, view_too_large.
    """
    view = decoded(view)
    if not isinstance(view, dict):
        raise Refusal("invalid_arguments", "[ERROR] missing required field: view")
    found = view_findings(view, kind, newer=newer)
    if found.sentences:
        raise Refusal("invalid_arguments", *found.sentences)
    if len(json.dumps(view).encode()) > VIEW_BYTES:
        raise Refusal("view_too_large")
    for listener in accepted:
        listener(kind, view)
    return view


def view_findings(view: dict[str, Any], kind: str = "modal", *, newer: bool = True) -> Findings:
    """Return what is wrong with a view (docs.slack.dev/reference/views)."""
    found = Findings(kind, newer=newer)
    if kind == "modal":
        found.keys(view, "/view", need="type title blocks", may=_MODAL)
    else:
        may = "callback_id private_metadata external_id"
        found.keys(view, "/view", need="type blocks", may=may)
    if view.get("type") != kind:
        found.add(f"must be one of: {kind}", "/view/type")
    for name in ("title", "submit", "close"):
        found.text(view.get(name), f"/view/{name}", 24, PLAIN)
    found.string(view.get("callback_id"), "/view/callback_id", 255, least=0)
    found.string(view.get("external_id"), "/view/external_id", 255, least=0)
    found.string(view.get("private_metadata"), "/view/private_metadata", 3000, least=0)
    blocks = view.get("blocks", [])
    check_blocks(found, blocks, "/view/blocks", VIEW_BLOCKS)
    _check_totals(found, "/view/blocks")
    if kind == "modal" and "submit" not in view and found.totals["inputs"]:
        found.add("missing required field: submit", "/view")
    return found


def check_suggestions(body: Any) -> None:
    """Check the app's options for an external select. Raises Refusal invalid_arguments (assumed:
    the person sees that there are no results)."""
    found = Findings("modal")
    if found.object(body, ""):
        suggestions(found, body)
    if found.sentences:
        raise Refusal("invalid_arguments", *found.sentences)


def parsed_blocks(value: Any) -> list[dict[str, Any]]:
    """Return the blocks of a call. Raises Refusal `invalid_blocks_format` where it is no list."""
    if value is None or value == "":
        return []
    blocks = decoded(value)
    if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        raise Refusal("invalid_blocks_format")
    return blocks


def _check_totals(found: Findings, at: str) -> None:
    for name, most in _TOTALS.items():
        if found.totals["characters"] <= ALL_BLOCK_TEXT and found.totals[name] > most:
            found.add(f"no more than {most} {name.replace('_', ' ')} allowed", at)
