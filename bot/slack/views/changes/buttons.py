"""The buttons of a card, each with a dialog that names direction, flag, customer and how many
users.
"""

from __future__ import annotations

from typing import Any

from bot.domain.actions import can_be_repeated, is_revealed_to_requester
from bot.domain.change import AWAITING, MAY_BE_REPEATED, Change, State, sent_one_by_one
from bot.domain.scope import EVERY_USER, FileUsers, Filters, Groups, Users, describe_filters
from bot.slack.button_values import ChangeButton
from bot.slack.limits import MAX_BUTTON_CHARS, MAX_CONFIRM_BUTTON_CHARS, MAX_CONFIRM_CHARS
from bot.slack.views.changes import wording
from bot.slack.views.mrkdwn import Blocks, count_users

MAX_NAME_CHARS = 120  # characters of one address or group in a dialog, which has room for 300


def buttons(change: Change, name: str) -> Blocks:
    """Return the buttons that the state of the change offers; ``name`` is the customer's."""
    what = question(change, name)
    withdraw = _button(change, "change_cancel", "Withdraw", f"Withdraw {what}")
    if change.state in AWAITING:
        return [*_decision(change, what), withdraw]
    if change.state is State.APPROVED:
        return [*_by_hand(change, what), withdraw]
    if change.state is State.EXECUTING and sent_one_by_one(change):
        words = f"What was sent stays, and no further user is sent. {what}"
        stop = _button(change, "change_stop", "Stop", words, "danger")
        return [] if change.stopped_by else [stop]
    if change.state is State.NEEDS_OPERATOR:
        return _conclusions(change, what)
    if change.state in MAY_BE_REPEATED and can_be_repeated(change.action):
        rest = change.state is State.PARTIAL and isinstance(change.scope, Users)
        label = "Propose the rest again" if rest else "Propose again"
        return [_button(change, "change_again", label, f"Propose again: {what}")]
    return []


def _by_hand(change: Change, what: str) -> Blocks:
    if not is_revealed_to_requester(change.action):
        return []
    once = f"It is made now and shown to the requester alone, once. {what}"
    return [_button(change, "token_show", "Show token", once, "primary")]


def _conclusions(change: Change, what: str) -> Blocks:
    return [
        _button(change, "change_look", "Read back now", f"Nothing is sent. {what}"),
        _button(change, "change_retry", "Try again", f"It is sent once more. {what}", "danger"),
        _button(change, "change_mark", "Mark as applied", f"On your word: applied. {what}"),
        _button(change, "change_give_up", "Give up", f"It stays unknown what is set. {what}"),
    ]


def question(change: Change, name: str) -> str:
    """`FAILOVER ON for Acme GmbH (44444), ALL 1,284 users.`; plain text."""
    customer = f"{name} ({change.customer})" if name else change.customer
    total = change.preview.total if change.preview else None
    match change.scope:
        case Users(addresses=addresses):
            many = _how_many(change, addresses)
        case Groups(names=names):
            known = f"{total:,} users" if total is not None else "number not known, all users"
            where = f"{len(names)} groups" if len(names) > 1 else _cut(names[0], MAX_NAME_CHARS)
            many = f"{known} in {where}"
        case Filters() if change.scope != EVERY_USER:
            known = f"{total:,} users" if total is not None else "number not known, all users"
            many = f"{known} that match {_cut(', '.join(describe_filters(change.scope)), MAX_NAME_CHARS)}"
        case FileUsers(users=users):
            many = f"{count_users(users)} of a file"
        case _ if total is None:
            return f"{change.action.title} for {customer}: number not known, this is the whole customer."
        case _:
            many = f"ALL {total:,} users"
    return f"{change.action.title} for {customer}, {many}."


def _how_many(change: Change, addresses: tuple[str, ...]) -> str:
    if len(addresses) == 1:
        return _cut(addresses[0], MAX_NAME_CHARS)
    ended = MAY_BE_REPEATED | {State.NEEDS_OPERATOR}
    failed = change.outcome.failed if change.outcome and change.state in ended else 0
    rest = f"{failed:,} of " if 0 < failed < len(addresses) else ""
    return f"{rest}{len(addresses):,} named users"


def _decision(change: Change, what: str) -> Blocks:
    if change.preview is None:
        return []
    label = wording(change).decision_label()
    if change.state is State.AWAITING_CONFIRMATION:
        return [_button(change, "change_confirm", f"Confirm: {label}", what, "primary")]
    return [
        _button(change, "change_approve", f"Approve: {label}", what, "primary"),
        _button(change, "change_deny", "Deny", f"Deny {what}", "danger"),
    ]


def _button(change: Change, action: str, label: str, words: str, style: str = "") -> dict[str, Any]:
    verb = label.partition(":")[0]
    button: dict[str, Any] = {
        "type": "button",
        "action_id": action,
        "text": {"type": "plain_text", "text": _cut(label, MAX_BUTTON_CHARS)},
        "value": str(ChangeButton(change=change.id, revision=change.preview_revision)),
        "confirm": {
            "title": {"type": "plain_text", "text": f"{verb}: {change.action.title}?"},
            "text": {"type": "plain_text", "text": _cut(words, MAX_CONFIRM_CHARS)},
            "confirm": {"type": "plain_text", "text": _cut(label, MAX_CONFIRM_BUTTON_CHARS)},
            "deny": {"type": "plain_text", "text": "Back"},
        },
    }
    return button | ({"style": style} if style else {})


def _cut(text: str, limit: int) -> str:
    # Plain text has no entities or mentions that could be cut through.
    return text if len(text) <= limit else text[: limit - 1] + "…"
