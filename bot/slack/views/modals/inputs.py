"""The blocks of modals, and what stood in them when they were shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.domain.characters import is_hidden
from bot.domain.limits import MAX_REASON_CHARS
from bot.slack.limits import MAX_OPTION_CHARS
from bot.slack.views.modals.modal import View
from bot.slack.views.mrkdwn import cut, plain_text
from bot.slack.views.texts import forms as texts

REASON = "reason"
# The block that says whom, or what, a modal is about; Slack hands it back with a submission.
WHO = "who"
_NOW = "now:"


def subject(text: str) -> dict[str, Any]:
    """The block that says whom, or what, the modal is about."""
    return {"type": "section", "block_id": WHO, "text": plain_text(text)}


def subject_of(view: View) -> str:
    """Return whom the modal is about, as it was shown. Raises LookupError."""
    blocks = {one.get("block_id"): one for one in view["blocks"]}
    return str(blocks[WHO]["text"]["text"])


def input_block(
    block_id: str, label: str, element: dict[str, Any], *, optional: bool = False, hint: str = ""
) -> dict[str, Any]:
    """An input; its element has the id of the block."""
    block: dict[str, Any] = {
        "type": "input",
        "block_id": block_id,
        "optional": optional,
        "label": plain_text(label),
        "element": {"action_id": block_id, **element},
    }
    return block | ({"hint": plain_text(hint)} if hint else {})


def text_input(
    block_id: str,
    label: str,
    initial: str = "",
    *,
    optional: bool = False,
    hint: str = "",
    **limits: int,
) -> dict[str, Any]:
    """An input of one line; ``limits`` are Slack's ``min_length`` and ``max_length``.

    Other limits are checked by us, where a sentence at the field explains more.
    """
    element = {"type": "plain_text_input", **limits}
    element |= {"initial_value": initial} if initial else {}
    return input_block(block_id, label, element, optional=optional, hint=hint)


def now(block_id: str, label: str, text: str) -> dict[str, Any]:
    """The block that says what the API tells, below an input that was filled in otherwise."""
    parts = [plain_text(one) for one in (label, text) if one]
    return {"type": "context", "block_id": f"{_NOW}{block_id}", "elements": parts}


def initial_values(view: View) -> dict[str, str]:
    """Return what an input began with, by block id: what the API told, or "" for nothing."""
    told = {
        str(block["block_id"]).removeprefix(_NOW): "".join(
            str(part["text"]) for part in block["elements"][1:]
        )
        for block in view["blocks"]
        if block["type"] == "context" and str(block["block_id"]).startswith(_NOW)
    }
    return told | {
        str(block["block_id"]): _initial(block["element"])
        for block in view["blocks"]
        if block["type"] == "input" and block["block_id"] not in told
    }


def _initial(element: Mapping[str, Any]) -> str:
    chosen = element.get("initial_option") or {}
    return str(element.get("initial_value") or chosen.get("value") or "")


def select(
    block_id: str, label: str, options: Mapping[str, str], chosen: str = "", hint: str = ""
) -> dict[str, Any]:
    """An input of which one of ``options`` is chosen: label by value."""
    element: dict[str, Any] = {
        "type": "static_select",
        "options": [option(value, text) for value, text in options.items()],
    }
    if chosen in options:
        element["initial_option"] = option(chosen, options[chosen])
    return input_block(block_id, label, element, hint=hint)


def suggested_select(
    block_id: str, label: str, action: str, *, chosen: str = "", text: str = "", hint: str = ""
) -> dict[str, Any]:
    """An input whose options are asked for while somebody types, by ``action``; ``text`` is the label
    of what is chosen."""
    element: dict[str, Any] = {
        "type": "external_select",
        "action_id": action,
        "min_query_length": 0,
        "placeholder": plain_text(texts.NAME_OR_NUMBER),
    }
    element |= {"initial_option": option(chosen, text)} if chosen else {}
    return input_block(block_id, label, element, hint=hint)


def channel_select(
    block_id: str, label: str, chosen: str = "", *, optional: bool = False, hint: str = ""
) -> dict[str, Any]:
    """An input for a channel of this workspace that the person sees; none shared with another company.

    Where none is ``chosen`` and one is needed, it begins with the one that the person looks at.
    """
    element: dict[str, Any] = {
        "type": "conversations_select",
        "filter": {
            "include": ["public", "private"],
            "exclude_external_shared_channels": True,
            "exclude_bot_users": True,
        },
    }
    if chosen:
        element["initial_conversation"] = chosen
    elif not optional:
        element["default_to_current_conversation"] = True
    return input_block(block_id, label, element, optional=optional, hint=hint)


def option(value: str, label: str = "") -> dict[str, Any]:
    """Return an option of a select; the label, by default the value, is cut to what Slack takes."""
    return {"text": plain_text(cut(label or value, MAX_OPTION_CHARS)), "value": value}


def reason_input(initial: str, *, optional: bool) -> dict[str, Any]:
    """The input for the reason that stands on the card."""
    return text_input(REASON, texts.WHY, initial, optional=optional, max_length=MAX_REASON_CHARS)


def reason_of(text: object) -> str:
    """Return a reason as it is kept: one line, without invisible characters."""
    words = " ".join(str(text).split())
    visible = "".join(char for char in words if not is_hidden(char))
    return " ".join(visible.split())[:MAX_REASON_CHARS]
