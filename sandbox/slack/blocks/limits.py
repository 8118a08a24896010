"""What Slack accepts as the blocks of a message and as a modal (slack-rules.md, "Size").

Checked on the raw JSON, and answered with Slack's codes: `invalid_blocks` for a message,
`invalid_arguments` for a view, each with the sentences and JSON pointers of what is wrong.
"""

from __future__ import annotations

import json
from typing import Any

from sandbox.slack.blocks.elements import INPUTS, INTERACTIVE, check_element
from sandbox.slack.blocks.findings import PLAIN, Findings
from sandbox.slack.blocks.json_field import decoded
from sandbox.slack.model import Refusal

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
MESSAGE_TEXT = 40_000
UPDATED_TEXT = 4_000  # docs.slack.dev/reference/methods/chat.update, msg_too_long
ALL_BLOCK_TEXT = 12_000
VIEW_BYTES = 250_000
TABLE_ROWS, TABLE_COLUMNS = 100, 20


def check_message(text: str, blocks: list[dict[str, Any]]) -> None:
    """Check a message.

    Raises Refusal: no_text, msg_too_long, invalid_blocks, invalid_attachments, msg_blocks_too_long.
    """
    if not text and not blocks:
        raise Refusal("no_text")
    if len(text) > MESSAGE_TEXT:
        raise Refusal("msg_too_long")
    found = Findings()
    _check_blocks(found, blocks, "/blocks", MESSAGE_BLOCKS)
    if found.sentences:
        pointed = [sentence.removeprefix("[ERROR] ") for sentence in found.sentences]
        raise Refusal("invalid_blocks", *found.sentences, errors=pointed)
    if found.tables > 1:
        raise Refusal("invalid_attachments", "[ERROR] only_one_table_allowed")
    if found.characters > ALL_BLOCK_TEXT:
        raise Refusal("msg_blocks_too_long")


def check_view(view: Any) -> dict[str, Any]:
    """Check a modal and return it. Raises Refusal: invalid_arguments, view_too_large."""
    view = decoded(view)
    if not isinstance(view, dict):
        raise Refusal("invalid_arguments", "[ERROR] missing required field: view")
    found = Findings(in_view=True)
    found.keys(
        view,
        "/view",
        need="type title blocks",
        may="submit close callback_id private_metadata clear_on_close notify_on_close"
        " external_id submit_disabled",
    )
    if view.get("type") != "modal":
        found.add("must be one of: modal", "/view/type")
    for name in ("title", "submit", "close"):
        found.text(view.get(name), f"/view/{name}", 24, PLAIN)
    found.string(view.get("callback_id"), "/view/callback_id", 255, least=0)
    found.string(view.get("external_id"), "/view/external_id", 255, least=0)
    found.string(view.get("private_metadata"), "/view/private_metadata", 3000, least=0)
    blocks = view.get("blocks", [])
    _check_blocks(found, blocks, "/view/blocks", VIEW_BLOCKS)
    if "submit" not in view and any(_kind(block) == "input" for block in _listed(blocks)):
        found.add("missing required field: submit", "/view")
    if found.sentences:
        raise Refusal("invalid_arguments", *found.sentences)
    if len(json.dumps(view).encode()) > VIEW_BYTES:
        raise Refusal("view_too_large")
    return view


def parsed_blocks(value: Any) -> list[dict[str, Any]]:
    """Return the blocks of a call. Raises Refusal `invalid_blocks_format` where it is no list."""
    if value is None or value == "":
        return []
    blocks = decoded(value)
    if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        raise Refusal("invalid_blocks_format")
    return blocks


def _check_blocks(found: Findings, blocks: Any, at: str, most: int) -> None:
    for number, block in enumerate(found.items(blocks, at, most, least=0)):
        _check_block(found, block, f"{at}/{number}")


def _check_block(found: Findings, block: Any, at: str) -> None:
    check = _BLOCKS.get(_kind(block))
    if check is None:
        found.add(f"unsupported type: {_kind(block) or 'none'}", f"{at}/type")
        return
    found.unique("block_id", block.get("block_id"), at)
    check(found, block, at)


def _section(found: Findings, block: dict[str, Any], at: str) -> None:
    found.keys(block, at, need="type", may="text fields accessory block_id expand")
    if "text" not in block and "fields" not in block:
        found.add("missing required field: text or fields", at)
    found.text(block.get("text"), f"{at}/text", 3000)
    if "fields" in block:
        for number, text in enumerate(found.items(block["fields"], f"{at}/fields", 10)):
            found.text(text, f"{at}/fields/{number}", 2000)
    if "accessory" in block:
        check_element(found, block["accessory"], f"{at}/accessory", INTERACTIVE)


def _header(found: Findings, block: dict[str, Any], at: str) -> None:
    found.keys(block, at, need="type text", may="block_id")
    found.text(block.get("text"), f"{at}/text", 150, PLAIN)


def _context(found: Findings, block: dict[str, Any], at: str) -> None:
    found.keys(block, at, need="type elements", may="block_id")
    for number, text in enumerate(found.items(block.get("elements"), f"{at}/elements", 10)):
        found.text(text or {}, f"{at}/elements/{number}", 3000)


def _actions(found: Findings, block: dict[str, Any], at: str) -> None:
    found.keys(block, at, need="type elements", may="block_id")
    for number, element in enumerate(found.items(block.get("elements"), f"{at}/elements", 25)):
        check_element(found, element, f"{at}/elements/{number}", INTERACTIVE)


def _divider(found: Findings, block: dict[str, Any], at: str) -> None:
    found.keys(block, at, need="type", may="block_id")


def _input(found: Findings, block: dict[str, Any], at: str) -> None:
    found.keys(block, at, need="type label element", may="block_id hint optional dispatch_action")
    found.text(block.get("label"), f"{at}/label", 2000, PLAIN)
    found.text(block.get("hint"), f"{at}/hint", 2000, PLAIN)
    allowed = INPUTS | {"file_input"} if found.in_view else INPUTS
    check_element(found, block.get("element"), f"{at}/element", allowed)


def _table(found: Findings, block: dict[str, Any], at: str) -> None:
    if found.in_view:
        found.add("unsupported type: table", f"{at}/type")
    found.tables += 1
    found.keys(block, at, need="type rows", may="block_id column_settings")
    for number, row in enumerate(found.items(block.get("rows"), f"{at}/rows", TABLE_ROWS)):
        for column, cell in enumerate(found.items(row, f"{at}/rows/{number}", TABLE_COLUMNS)):
            _cell(found, cell, f"{at}/rows/{number}/{column}")
    settings = f"{at}/column_settings"
    columns = found.items(block.get("column_settings", []), settings, TABLE_COLUMNS, least=0)
    for number, column in enumerate(columns):
        if not isinstance(column, dict):
            found.add("must provide an object", f"{settings}/{number}")
            continue
        found.keys(column, f"{settings}/{number}", need="", may="align is_wrapped")
        align = column.get("align", "left")
        found.one_of(align, f"{settings}/{number}/align", ("left", "center", "right"))
        if not isinstance(column.get("is_wrapped", False), bool):
            found.add("must be a boolean", f"{settings}/{number}/is_wrapped")


def _cell(found: Findings, cell: Any, at: str) -> None:
    if _kind(cell) == "rich_text":
        _rich_text(found, cell, at)
    elif _kind(cell) == "raw_text":
        found.keys(cell, at, need="type text")
        found.string(cell.get("text"), f"{at}/text", MESSAGE_TEXT)
        found.characters += _characters(cell)
    else:
        found.add("must be one of: raw_text, rich_text", f"{at}/type")


def _rich_text(found: Findings, block: dict[str, Any], at: str) -> None:
    found.keys(block, at, need="type elements", may="block_id")
    found.characters += _characters(found.items(block.get("elements"), f"{at}/elements", 1000))


def _characters(value: Any) -> int:
    if isinstance(value, list):
        return sum(_characters(item) for item in value)
    if not isinstance(value, dict):
        return 0
    own = len(value["text"]) if isinstance(value.get("text"), str) else 0
    return own + _characters(value.get("elements", []))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _kind(block: Any) -> str:
    return str(block.get("type", "")) if isinstance(block, dict) else ""


_BLOCKS = {
    "section": _section,
    "header": _header,
    "context": _context,
    "actions": _actions,
    "divider": _divider,
    "input": _input,
    "rich_text": _rich_text,
    "table": _table,
}
