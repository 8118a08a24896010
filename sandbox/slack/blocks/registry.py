"""Which blocks Slack takes, and on which surface (docs.slack.dev/reference/block-kit/blocks).

Not simulated, and refused: `video` (it needs the scope links.embed:write), `file` (an app cannot
add it), `context_actions`, `plan` and `task_card`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.slack.blocks import cards, charts, layout, rich_text, tables
from sandbox.slack.blocks.elements import check_image
from sandbox.slack.blocks.findings import PLAIN, Findings

_ALL = ("message", "modal", "home")
_SURFACES: dict[str, tuple[str, ...]] = {
    "alert": ("modal",),
    "carousel": ("message", "home"),
    "container": ("message", "home"),
    "data_table": ("message", "home"),
    "data_visualization": ("message",),
    "markdown": ("message",),
    "table": ("message", "home"),
}
# Added in 2026; a workspace without them answers as for a kind that does not exist (assumed).
_NEWER = {"alert", "card", "carousel", "container", "data_table", "data_visualization"}
_CHILDREN = {"actions", "context", "divider", "header", "image", "section", "table"}
"""What a container holds: of the documented kinds those that Slack's validator takes too, as
slack-morphism 2.31 found (docs.rs, SlackContainerBlock); not `file`, `input`, `rich_text`."""
_WIDTHS = ("narrow", "standard", "wide", "full")


def check_blocks(found: Findings, blocks: Any, at: str, most: int) -> None:
    """Note what is wrong with up to ``most`` blocks."""
    for number, block in enumerate(found.items(blocks, at, most, least=0)):
        _check_block(found, block, f"{at}/{number}")


def _check_block(found: Findings, block: Any, at: str) -> None:
    kind = str(block.get("type", "")) if isinstance(block, dict) else ""
    check = _BLOCKS.get(kind)
    too_new = kind in _NEWER and not found.newer
    if check is None or too_new or found.surface not in _SURFACES.get(kind, _ALL):
        found.add(f"unsupported type: {kind or 'none'}", f"{at}/type")
        return
    found.unique("block_id", block.get("block_id"), at)
    check(found, block, at)


def _container(found: Findings, block: dict[str, Any], at: str) -> None:
    found.keys(
        block,
        at,
        need="type child_blocks",
        may="block_id title rich_text_title subtitle width icon is_collapsible default_collapsed"
        " has_header_divider",
    )
    if "title" not in block and "rich_text_title" not in block:
        found.add("missing required field: title or rich_text_title", at)
    found.text(block.get("title"), f"{at}/title", 150, PLAIN)
    found.text(block.get("subtitle"), f"{at}/subtitle", 150)
    if "rich_text_title" in block:
        rich_text.check_rich_text(found, block["rich_text_title"], f"{at}/rich_text_title")
    if "icon" in block:
        check_image(found, block["icon"], f"{at}/icon")
    found.one_of(block.get("width", "standard"), f"{at}/width", _WIDTHS)
    for name in ("is_collapsible", "default_collapsed", "has_header_divider"):
        found.boolean(block, name, at)
    children = f"{at}/child_blocks"
    for number, child in enumerate(found.items(block.get("child_blocks"), children, 10)):
        kind = child.get("type") if isinstance(child, dict) else None
        if kind in _CHILDREN:
            _check_block(found, child, f"{children}/{number}")
        else:
            found.add(f"unsupported type: {kind}", f"{children}/{number}/type")


_BLOCKS: dict[str, Callable[[Findings, dict[str, Any], str], None]] = {
    "actions": layout.actions,
    "alert": cards.alert,
    "card": cards.card,
    "carousel": cards.carousel,
    "container": _container,
    "context": layout.context,
    "data_table": tables.data_table,
    "data_visualization": charts.data_visualization,
    "divider": layout.divider,
    "header": layout.header,
    "image": layout.image,
    "input": layout.entry,
    "markdown": layout.markdown,
    "rich_text": rich_text.check_rich_text,
    "section": layout.section,
    "table": tables.table,
}
