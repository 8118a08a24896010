"""Blocks of text, images, inputs and buttons (docs.slack.dev/reference/block-kit/blocks)."""

from __future__ import annotations

from typing import Any

from sandbox.slack.blocks.elements import (
    ACCESSORIES,
    ACTIONS,
    INPUTS,
    check_element,
    check_image,
    check_image_source,
)
from sandbox.slack.blocks.findings import PLAIN, Findings


def section(found: Findings, block: dict[str, Any], at: str) -> None:
    """Check a section: text or fields, with an accessory."""
    found.keys(block, at, need="type", may="text fields accessory block_id expand")
    if "text" not in block and "fields" not in block:
        found.add("missing required field: text or fields", at)
    found.text(block.get("text"), f"{at}/text", 3000)
    found.boolean(block, "expand", at)
    if "fields" in block:
        for number, text in enumerate(found.items(block["fields"], f"{at}/fields", 10)):
            found.text(text, f"{at}/fields/{number}", 2000)
    if "accessory" in block:
        check_element(found, block["accessory"], f"{at}/accessory", ACCESSORIES)


def header(found: Findings, block: dict[str, Any], at: str) -> None:
    """Check a header; its level is 1 to 4."""
    found.keys(block, at, need="type text", may="block_id level")
    found.text(block.get("text"), f"{at}/text", 150, PLAIN)
    found.count(block.get("level"), f"{at}/level", 1, 4)


def context(found: Findings, block: dict[str, Any], at: str) -> None:
    """Check a context block: texts and images."""
    found.keys(block, at, need="type elements", may="block_id")
    for number, element in enumerate(found.items(block.get("elements"), f"{at}/elements", 10)):
        here = f"{at}/elements/{number}"
        if isinstance(element, dict) and element.get("type") == "image":
            check_image(found, element, here)
        else:
            found.text(element or {}, here, 3000)


def actions(found: Findings, block: dict[str, Any], at: str) -> None:
    """Check a block of interactive elements."""
    found.keys(block, at, need="type elements", may="block_id")
    for number, element in enumerate(found.items(block.get("elements"), f"{at}/elements", 25)):
        check_element(found, element, f"{at}/elements/{number}", ACTIONS)


def divider(found: Findings, block: dict[str, Any], at: str) -> None:
    """Check a divider."""
    found.keys(block, at, need="type", may="block_id")


def image(found: Findings, block: dict[str, Any], at: str) -> None:
    """Check a block that is one image, with a title."""
    may = "block_id title image_url slack_file"
    found.keys(block, at, need="type alt_text", may=may)
    found.text(block.get("title"), f"{at}/title", 2000, PLAIN)
    check_image_source(found, block, at)


def markdown(found: Findings, block: dict[str, Any], at: str) -> None:
    """Check a block of Markdown; 12,000 characters in all of them together."""
    found.keys(block, at, need="type text", may="block_id")
    found.string(block.get("text", ""), f"{at}/text", 12_000)
    found.totals["markdown_characters"] += len(str(block.get("text", "")))


def entry(found: Findings, block: dict[str, Any], at: str) -> None:
    """Check an input block; a file input is of modals only, and dispatches no action."""
    found.totals["inputs"] += 1
    found.keys(block, at, need="type label element", may="block_id hint optional dispatch_action")
    found.text(block.get("label"), f"{at}/label", 2000, PLAIN)
    found.text(block.get("hint"), f"{at}/hint", 2000, PLAIN)
    for name in ("optional", "dispatch_action"):
        found.boolean(block, name, at)
    files = found.surface == "modal" and not block.get("dispatch_action")
    allowed = INPUTS if files else INPUTS - {"file_input"}
    check_element(found, block.get("element"), f"{at}/element", allowed)
