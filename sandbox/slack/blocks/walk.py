"""Finds the elements in blocks, and gives ids to what has none, as Slack does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

_Json = dict[str, Any]


def all_blocks(blocks: Iterable[_Json]) -> Iterator[_Json]:
    """Yield the blocks, and those inside containers and carousels."""
    for block in blocks:
        yield block
        if block["type"] == "container":
            yield from all_blocks(block["child_blocks"])
        elif block["type"] == "carousel":
            yield from block["elements"]


def elements(block: _Json) -> list[_Json]:
    """Return the elements of one block that a person can use."""
    if block["type"] == "actions":
        return list(block["elements"])
    if block["type"] == "card":
        return list(block.get("actions", []))
    used = [block[name] for name in ("accessory", "element") if name in block]
    return [element for element in used if element["type"] != "image"]


def with_ids(blocks: Sequence[_Json], next_number: Callable[[], int]) -> list[_Json]:
    """Return a copy in which every block and element has an id."""
    kept: list[_Json] = _copy(list(blocks))
    for block in all_blocks(kept):
        if "block_id" not in block:
            block["block_id"] = f"b{next_number()}"
        for element in elements(block):
            if "action_id" not in element:
                element["action_id"] = f"a{next_number()}"
    return kept


def _copy(value: Any) -> Any:
    """Return a copy of JSON; ten times as fast as copy.deepcopy."""
    if isinstance(value, dict):
        return {
            name: _copy(item) if isinstance(item, dict | list) else item
            for name, item in value.items()
        }
    return [_copy(item) for item in value] if isinstance(value, list) else value
