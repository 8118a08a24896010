"""The modal that asks why: of a denial, and of what a person concludes by hand."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from bot.domain.limits import MAX_REASON_CHARS
from bot.slack.limits import MAX_MODAL_TITLE_CHARS
from bot.slack.views.forms.form import Form, Submission, View, carried, read, typed

CALLBACK = "change_reason"


@dataclass(frozen=True, slots=True)
class Question:
    """What the modal asks for one action."""

    verb: str
    label: str


QUESTIONS = {
    "change_deny": Question("Deny", "Why? The requester sees it."),
    "change_retry": Question("Try again", "Why is it right to send it once more?"),
    "change_mark": Question("Mark applied", "How do you know that it took effect?"),
    "change_give_up": Question("Give up", "Why? It stays unknown what is set."),
}


def build(action: str, change_id: str, channel: str) -> dict[str, Any]:
    """Return the modal for an action; it carries the change and the channel where it was pressed."""
    asked = QUESTIONS[action]
    return {
        "type": "modal",
        "callback_id": CALLBACK,
        "private_metadata": carried(action, change_id, channel),
        "title": {
            "type": "plain_text",
            "text": f"{asked.verb} {change_id}"[:MAX_MODAL_TITLE_CHARS],
        },
        "submit": {"type": "plain_text", "text": asked.verb},
        "close": {"type": "plain_text", "text": "Back"},
        "blocks": [
            {
                "type": "input",
                "block_id": "reason",
                "label": {"type": "plain_text", "text": asked.label},
                "element": {
                    "type": "plain_text_input",
                    "action_id": "reason",
                    "max_length": MAX_REASON_CHARS,
                    "min_length": 1,
                },
            }
        ],
    }


def parse(view: View) -> Submission:
    """Read a submission. Raises KeyError, ValueError and the like where it is not one of ours."""
    asked = read(view)
    return replace(asked, text=str(asked.values["reason"]), values={})


def errors(view: View) -> dict[str, str]:
    """Return what is wrong with a submission, by the block where it is shown."""
    reason = str(typed(view).get("reason", ""))
    return {} if reason.strip() else {"reason": "It needs a reason."}


REASON = Form(CALLBACK, build, errors, parse)
