"""The modal that asks why a change is denied."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

CALLBACK = "change_deny_reason"


def deny(change_id: str, channel: str) -> dict[str, Any]:
    """Return the modal; it carries the change and the channel where the card was clicked."""
    return {
        "type": "modal",
        "callback_id": CALLBACK,
        "private_metadata": f"{change_id} {channel}",
        "title": {"type": "plain_text", "text": f"Deny {change_id}"[:24]},
        "submit": {"type": "plain_text", "text": "Deny"},
        "close": {"type": "plain_text", "text": "Back"},
        "blocks": [
            {
                "type": "input",
                "block_id": "reason",
                "label": {"type": "plain_text", "text": "Why? The requester sees it."},
                "element": {
                    "type": "plain_text_input",
                    "action_id": "reason",
                    "max_length": 300,
                    "min_length": 1,
                },
            }
        ],
    }


def errors(body: Mapping[str, Any]) -> dict[str, str]:
    """Return what is wrong with a submission, by the block where it is shown."""
    values = body.get("view", {}).get("state", {}).get("values", {})
    typed = values.get("reason", {}).get("reason", {}).get("value") or ""
    return {} if str(typed).strip() else {"reason": "The requester needs a reason."}
