"""Views and their blocks as JSON, for the tests of the simulated Slack."""

from __future__ import annotations

from typing import Any

from sandbox.slack import SlackSandbox, View

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def option(value: str) -> Json:
    return {"text": plain(value), "value": value}


def button(action_id: str = "more") -> Json:
    return {"type": "button", "action_id": action_id, "value": "1", "text": plain("More")}


def select(**fields: Any) -> Json:
    return {"type": "static_select", "action_id": "pick", "options": [option("a"), option("b")], **fields}  # fmt: skip


def actions(*elements: Json, block_id: str = "buttons") -> Json:
    return {"type": "actions", "block_id": block_id, "elements": list(elements)}


def entry(block_id: str = "reason", kind: str = "plain_text_input", **fields: Any) -> Json:
    block = {"optional": fields.pop("optional", False)}
    if "dispatch_action" in fields:
        block["dispatch_action"] = fields.pop("dispatch_action")
    element = {"type": kind, "action_id": "text", **fields}
    return {"type": "input", "block_id": block_id, "label": plain("x"), "element": element, **block}


def modal(*blocks: Json, **fields: Any) -> Json:
    view = {"type": "modal", "title": plain("Deny"), "submit": plain("Go")}
    return {**view, "blocks": list(blocks) or [actions(button())], **fields}


def home(*blocks: Json, **fields: Any) -> Json:
    return {"type": "home", "blocks": list(blocks) or [actions(button())], **fields}


def opened(slack: SlackSandbox, view: Json) -> View:
    return slack.modals.open(slack.modals.new_trigger("U0OPERATOR"), view)
