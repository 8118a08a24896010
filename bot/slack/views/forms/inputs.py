"""What the forms of changes are made of, and what stood in them when they were shown."""

from __future__ import annotations

from typing import Any

from bot.domain.limits import MAX_REASON_CHARS
from bot.slack.limits import MAX_MODAL_TITLE_CHARS
from bot.slack.views.forms.form import View
from bot.slack.views.mrkdwn import Blocks

REASON = "reason"
WHO = "who"  # the block that says whom, or what, a form is about; Slack hands it back with a submission


def modal(
    callback_id: str, metadata: str, title: str, submit: str, blocks: Blocks
) -> dict[str, Any]:
    """Return a form; its title is cut to what Slack takes."""
    return {
        "type": "modal",
        "callback_id": callback_id,
        "private_metadata": metadata,
        "title": plain(title[:MAX_MODAL_TITLE_CHARS]),
        "submit": plain(submit),
        "close": plain("Back"),
        "blocks": blocks,
    }


def plain(text: str) -> dict[str, str]:
    """A text object of plain text."""
    return {"type": "plain_text", "text": text}


def about(text: str) -> dict[str, Any]:
    """The block that ``told_about`` reads."""
    return {"type": "section", "block_id": WHO, "text": plain(text)}


def told_about(view: View) -> str:
    """Return whom the form is about, as it was shown. Raises LookupError."""
    blocks = {one.get("block_id"): one for one in view["blocks"]}
    return str(blocks[WHO]["text"]["text"])


def text_input(
    block_id: str, label: str, initial: str = "", *, optional: bool = False, hint: str = ""
) -> dict[str, Any]:
    """An input of one line. Its limits are checked by us: the sentences stand at the field."""
    element = {"type": "plain_text_input", "action_id": block_id}
    block: dict[str, Any] = {
        "type": "input",
        "block_id": block_id,
        "optional": optional,
        "label": plain(label),
        "element": element | ({"initial_value": initial} if initial else {}),
    }
    return block | ({"hint": plain(hint)} if hint else {})


def initial_values(view: View) -> dict[str, str]:
    """Return what stood in the inputs at first, by block id."""
    return {
        str(block["block_id"]): str(block["element"].get("initial_value") or "")
        for block in view["blocks"]
        if block["type"] == "input"
    }


def reason_input(initial: str, *, optional: bool) -> dict[str, Any]:
    """The input for the reason."""
    block = text_input(REASON, "Why? It stands on the card.", initial, optional=optional)
    block["element"]["max_length"] = MAX_REASON_CHARS
    return block


def reason_of(text: str) -> str:
    """Return a reason as it is kept: one line."""
    return " ".join(text.split())[:MAX_REASON_CHARS]
