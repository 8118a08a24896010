"""What Slack accepts as an element (docs.slack.dev/reference/block-kit/block-elements).

Not simulated, and refused: `workflow_button`, `feedback_buttons` and `icon_button`, and external
selects in messages.
"""

from __future__ import annotations

from collections.abc import Callable, Set
from typing import Any

from sandbox.slack.blocks import choices, entries
from sandbox.slack.blocks.findings import PLAIN, Findings

_SHARED = {
    "button",
    "checkboxes",
    "datepicker",
    "multi_static_select",
    "overflow",
    "radio_buttons",
    "static_select",
    "timepicker",
    *choices.EXTERNAL,
    *choices.PICKERS,
}
ACCESSORIES = _SHARED | {"image"}
"""Elements beside the text of a section."""
ACTIONS = _SHARED | {"datetimepicker", "rich_text_input"}
"""Elements of an `actions` block."""
INPUTS = (_SHARED - {"button", "overflow"}) | {
    "datetimepicker",
    "email_text_input",
    "file_input",
    "number_input",
    "plain_text_input",
    "rich_text_input",
    "url_text_input",
}
"""Elements of an `input` block."""


def check_element(found: Findings, element: Any, at: str, allowed: Set[str]) -> None:
    """Note what is wrong with an element that stands where ``allowed`` types may stand."""
    kind = element.get("type") if isinstance(element, dict) else None
    if kind not in allowed:
        found.add(f"unsupported type: {kind}", f"{at}/type")
        return
    if kind == "image":
        check_image(found, element, at)
        return
    found.unique("action_id", element.get("action_id"), at)
    _CHECKS.get(str(kind), choices.people)(found, element, at)
    if "confirm" in element:
        _confirm(found, element["confirm"], f"{at}/confirm")
    found.boolean(element, "focus_on_load", at)
    found.totals["focus"] += element.get("focus_on_load") is True
    if found.totals["focus"] > 1:
        found.add("focus_on_load is used more than once", f"{at}/focus_on_load")


def check_button(found: Findings, button: dict[str, Any], at: str) -> None:
    """Check a button."""
    found.keys(
        button,
        at,
        need="type text",
        may="action_id url value style confirm accessibility_label",
    )
    found.text(button.get("text"), f"{at}/text", 75, PLAIN)
    found.string(button.get("value"), f"{at}/value", 2000)
    found.string(button.get("url"), f"{at}/url", 3000)
    found.string(button.get("accessibility_label"), f"{at}/accessibility_label", 75)
    _style(found, button, at)


def check_image(found: Findings, image: Any, at: str) -> None:
    """Check an image element."""
    if not found.object(image, at):
        return
    found.one_of(image.get("type"), f"{at}/type", ("image",))
    found.keys(image, at, need="type alt_text", may="image_url slack_file")
    check_image_source(found, image, at)


def check_image_source(found: Findings, image: dict[str, Any], at: str) -> None:
    """Check the text of an image, and that it has one source: an address or a file of Slack."""
    found.string(image.get("alt_text"), f"{at}/alt_text", 2000)
    found.string(image.get("image_url"), f"{at}/image_url", 3000)
    if ("image_url" in image) == ("slack_file" in image):
        found.add("must have one of: image_url, slack_file", at)
    file = image.get("slack_file", {"id": ""})
    if found.object(file, f"{at}/slack_file") and len(file.keys() & {"id", "url"}) != 1:
        found.add("must have one of: id, url", f"{at}/slack_file")


def _style(found: Findings, value: dict[str, Any], at: str) -> None:
    found.one_of(value.get("style", "primary"), f"{at}/style", ("primary", "danger"))


def _confirm(found: Findings, dialog: Any, at: str) -> None:
    if not found.object(dialog, at):
        return
    found.keys(dialog, at, need="title text confirm deny", may="style")
    found.text(dialog.get("title"), f"{at}/title", 100, PLAIN)
    found.text(dialog.get("text"), f"{at}/text", 300)
    found.text(dialog.get("confirm"), f"{at}/confirm", 30, PLAIN)
    found.text(dialog.get("deny"), f"{at}/deny", 30, PLAIN)
    _style(found, dialog, at)


_CHECKS: dict[str, Callable[[Findings, dict[str, Any], str], None]] = {
    "button": check_button,
    **entries.CHECKS,
    **dict.fromkeys(choices.OPTIONS, choices.choice),
    **dict.fromkeys(choices.EXTERNAL, choices.external),
}
