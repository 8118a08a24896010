"""Alerts, cards and carousels of cards (docs.slack.dev/reference/block-kit/blocks/alert-block,
.../card-block, .../carousel-block). A card's `slack_icon` is not simulated, and refused."""

from __future__ import annotations

from typing import Any

from sandbox.slack.blocks.elements import check_element, check_image
from sandbox.slack.blocks.findings import Findings

_LEVELS = ("default", "info", "warning", "error", "success")
_CARD = "hero_image icon title subtitle body subtext actions"
_TEXTS = {"title": 150, "subtitle": 150, "body": 200, "subtext": 200}


def alert(found: Findings, block: dict[str, Any], at: str) -> None:
    """Check an alert."""
    found.keys(block, at, need="type text", may="level block_id")
    found.text(block.get("text"), f"{at}/text", 200)
    found.one_of(block.get("level", "default"), f"{at}/level", _LEVELS)


def card(found: Findings, block: dict[str, Any], at: str) -> None:
    """Check a card."""
    found.keys(block, at, need="type", may=f"block_id {_CARD}")
    if not block.keys() & {"hero_image", "title", "actions", "body"}:
        found.add("missing required field: hero_image, title, actions or body", at)
    for name, most in _TEXTS.items():
        found.text(block.get(name), f"{at}/{name}", most)
    for name in ("hero_image", "icon"):
        if name in block:
            check_image(found, block[name], f"{at}/{name}")
    for number, element in enumerate(
        found.items(block.get("actions", []), f"{at}/actions", 3, least=0)
    ):
        check_element(found, element, f"{at}/actions/{number}", {"button"})


def carousel(found: Findings, block: dict[str, Any], at: str) -> None:
    """Check a carousel of 1 to 10 cards."""
    found.keys(block, at, need="type elements", may="block_id")
    for number, element in enumerate(found.items(block.get("elements"), f"{at}/elements", 10)):
        here = f"{at}/elements/{number}"
        if isinstance(element, dict) and element.get("type") == "card":
            found.unique("block_id", element.get("block_id"), here)
            card(found, element, here)
        else:
            found.add("must be one of: card", f"{here}/type")
