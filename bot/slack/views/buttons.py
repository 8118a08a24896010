"""The buttons of a card, each with a dialog that names direction, flag, customer and how many users."""

from __future__ import annotations

from typing import Any

from bot.domain.change import AWAITING, Change, State
from bot.domain.scope import Groups, Users
from bot.slack.views.words import Blocks

AGAIN = {
    State.EXPIRED: "Propose again",
    State.FAILED: "Propose again",
    State.NEEDS_OPERATOR: "Propose again",
    State.PARTIAL: "Propose the rest again",
}


def buttons(change: Change, name: str) -> Blocks:
    """Return the buttons that the state of the change offers; ``name`` is the customer's."""
    what = question(change, name)
    withdraw = _button(change, "change_cancel", "Withdraw", f"Withdraw {what}")
    if change.state in AWAITING:
        return [*_decision(change, what), withdraw]
    if change.state is State.APPROVED:
        return [withdraw]
    if change.state is State.EXECUTING and isinstance(change.scope, Users):
        words = f"Send no further users of {what} What was sent stays."
        stop = _button(change, "change_stop", "Stop", words, "danger")
        return [] if change.stopped_by else [stop]
    if change.state in AGAIN:
        return [_button(change, "change_again", AGAIN[change.state], f"Propose again: {what}")]
    return []


def question(change: Change, name: str) -> str:
    """`FAILOVER ON for Acme GmbH (44444), 1,284 users.`; plain text."""
    customer = f"{name} ({change.customer})" if name else change.customer
    total = change.preview.total if change.preview else None
    match change.scope:
        case Users(addresses=addresses):
            many = f"{len(addresses):,} named users" if len(addresses) > 1 else addresses[0]
        case Groups(names=names):
            known = f"{total:,} users" if total is not None else "number not known, all users"
            many = f"{known} in {len(names)} groups" if len(names) > 1 else f"{known} in {names[0]}"
        case _ if total is None:
            return f"{change.title} for {customer}: number not known, this is the whole customer."
        case _:
            many = f"ALL {total:,} users"
    return f"{change.title} for {customer}, {many}."


def _decision(change: Change, what: str) -> Blocks:
    if change.preview is None:
        return []
    go = f"{change.direction.upper()} for {_count(change)}"
    if change.state is State.AWAITING_CONFIRMATION:
        return [_button(change, "change_confirm", f"Confirm: {go}", what, "primary")]
    return [
        _button(change, "change_approve", f"Approve: {go}", what, "primary"),
        _button(change, "change_deny", "Deny", f"Deny {what}", "danger"),
    ]


def _count(change: Change) -> str:
    if isinstance(change.scope, Users):
        return f"{len(change.scope.addresses):,}"
    if change.preview is not None and change.preview.total is not None:
        return f"{change.preview.total:,}"
    return "these groups" if isinstance(change.scope, Groups) else "ALL"


def _button(change: Change, action: str, label: str, words: str, style: str = "") -> dict[str, Any]:
    button: dict[str, Any] = {
        "type": "button",
        "action_id": action,
        "text": {"type": "plain_text", "text": label[:75]},
        "value": f"{change.id} {change.preview_revision}",
        "confirm": {
            "title": {"type": "plain_text", "text": "Sure?"},
            "text": {"type": "plain_text", "text": words[:300]},
            "confirm": {"type": "plain_text", "text": label[:30]},
            "deny": {"type": "plain_text", "text": "Back"},
        },
    }
    return button | ({"style": style} if style else {})
