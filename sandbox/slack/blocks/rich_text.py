"""Rich text: sections, lists, quotes and code
(docs.slack.dev/reference/block-kit/blocks/rich-text-block, and of each element)."""

from __future__ import annotations

from typing import Any

from sandbox.slack.blocks.findings import Findings

_STYLES = "bold italic strike code underline"
_CONTAINERS = {
    "rich_text_section": "",
    "rich_text_list": "style indent offset border",
    "rich_text_preformatted": "border",
    "rich_text_quote": "border",
}
_PARTS = {
    "text": ("text", "style"),
    "link": ("url", "text unsafe style"),
    "user": ("user_id", "style"),
    "usergroup": ("usergroup_id", "style"),
    "channel": ("channel_id", "style"),
    "emoji": ("name", "unicode skin_tone style"),
    "date": ("timestamp format", "url fallback style"),
    "broadcast": ("range", "style"),
    "color": ("value", "style"),
}
"""What a section holds: the fields that each needs, and may have."""
_STRINGS = ("text", "url", "user_id", "usergroup_id", "channel_id", "name", "format", "value")


def check_rich_text(found: Findings, block: Any, at: str) -> None:
    """Check a rich text block, or a cell or title that is one."""
    if not found.object(block, at):
        return
    found.one_of(block.get("type"), f"{at}/type", ("rich_text",))
    found.keys(block, at, need="type elements", may="block_id")
    for number, element in enumerate(found.items(block.get("elements"), f"{at}/elements", 1000)):
        _element(found, element, f"{at}/elements/{number}")
    found.totals["characters"] += characters(block)


def characters(value: Any) -> int:
    """Return how many characters a rich text or a cell shows."""
    if isinstance(value, list):
        return sum(characters(item) for item in value)
    if not isinstance(value, dict):
        return 0
    own = len(value["text"]) if isinstance(value.get("text"), str) else 0
    return own + characters(value.get("elements", []))


def _element(found: Findings, element: Any, at: str) -> None:
    kind = element.get("type") if isinstance(element, dict) else None
    if kind not in _CONTAINERS:
        found.add(f"unsupported type: {kind}", f"{at}/type")
        return
    need = "type elements style" if kind == "rich_text_list" else "type elements"
    found.keys(element, at, need=need, may=_CONTAINERS[kind])
    found.count(element.get("border"), f"{at}/border", 0, 1)
    for number, part in enumerate(found.items(element.get("elements"), f"{at}/elements", 1000)):
        here = f"{at}/elements/{number}"
        if kind == "rich_text_list":
            _list_item(found, part, here)
        else:
            _part(found, part, here, code=kind == "rich_text_preformatted")
    if kind == "rich_text_list":
        found.one_of(element.get("style"), f"{at}/style", ("bullet", "ordered"))
        found.count(element.get("indent"), f"{at}/indent", 0, 8)
        found.count(element.get("offset"), f"{at}/offset", 0, 1_000_000)


def _list_item(found: Findings, item: Any, at: str) -> None:
    if isinstance(item, dict) and item.get("type") == "rich_text_section":
        _element(found, item, at)
    else:
        found.add("must be one of: rich_text_section", f"{at}/type")


def _part(found: Findings, part: Any, at: str, *, code: bool) -> None:
    kind = part.get("type") if isinstance(part, dict) else None
    if kind not in _PARTS or (code and kind not in {"text", "link"}):
        found.add(f"unsupported type: {kind}", f"{at}/type")
        return
    need, may = _PARTS[kind]
    found.keys(part, at, need=f"type {need}", may=may)
    for name in _STRINGS:
        found.string(part.get(name), f"{at}/{name}", 40_000)
    if kind == "date":
        found.count(part.get("timestamp"), f"{at}/timestamp", 0, 2**53)
    if kind == "broadcast":
        found.one_of(part.get("range"), f"{at}/range", ("here", "channel", "everyone"))
    if found.object(part.get("style", {}), f"{at}/style"):
        found.keys(part.get("style", {}), f"{at}/style", need="", may=_STYLES)
