"""The buttons of a card; their dialogs name the change, the customer and how many users."""

from __future__ import annotations

from typing import Any

from bot.domain.actions import FAILOVER_ON, can_be_repeated, is_revealed_to_requester
from bot.domain.change import AWAITING, MAY_BE_REPEATED, Change, State, sent_one_by_one
from bot.domain.scope import EVERY_USER, FileUsers, Filters, Groups, Users, describe_filters
from bot.slack.button_values import ChangeButton
from bot.slack.limits import MAX_BUTTON_CHARS, MAX_CONFIRM_BUTTON_CHARS, MAX_CONFIRM_CHARS
from bot.slack.views.changes import wording
from bot.slack.views.mrkdwn import Blocks, count_users, plain_text
from bot.slack.views.texts.forms import CANCEL

# Of an address or group in a dialog.
MAX_NAME_CHARS = 120


def buttons(change: Change, name: str) -> Blocks:
    """Return the buttons that the state of the change offers; ``name`` is the customer's."""
    what = confirm_text(change, name)
    withdraw = _button(change, "change_cancel", "Withdraw", f"Withdraw {what}")
    if change.state in AWAITING:
        return [*_decision(change, what), withdraw]
    if change.state is State.APPROVED:
        return [*_reveal(change, what), withdraw]
    if change.state is State.EXECUTING and sent_one_by_one(change):
        text = f"What was sent stays, and no further user is sent. {what}"
        stop = _button(change, "change_stop", "Stop", text, "danger")
        return [] if change.stopped_by else [stop]
    if change.state is State.NEEDS_OPERATOR:
        return _conclusions(change, what)
    if change.state in MAY_BE_REPEATED and can_be_repeated(change.action):
        rest = change.state is State.PARTIAL and isinstance(change.scope, Users)
        label = "Propose the rest again" if rest else "Propose again"
        return [_button(change, "change_again", label, f"Propose again: {what}")]
    return []


def outcome_buttons(change: Change) -> Blocks:
    """Return what helps those who cannot read their mail after a failover; no dialog: the first
    proposes, and the second sends a file.
    """
    result = change.outcome
    if change.action != FAILOVER_ON or result is None or not result.readers.at_least:
        return []
    value, told = str(ChangeButton(change=change.id, revision=change.revision)), result.readers
    offered = []
    if told.access_off:
        offered.append(
            _plain_button("flag_access_on", f"Access on for {told.access_off:,}…", value)
        )
    if told.users:
        offered.append(_plain_button("users_cannot_read", "Who?", value))
    return offered


def _plain_button(action: str, label: str, value: str) -> dict[str, Any]:
    return {"type": "button", "action_id": action, "text": plain_text(label), "value": value}


def _reveal(change: Change, what: str) -> Blocks:
    if not is_revealed_to_requester(change.action):
        return []
    text = f"It is made now and shown to the requester alone, once. {what}"
    return [_button(change, "token_show", "Show token", text, "primary")]


def _conclusions(change: Change, what: str) -> Blocks:
    return [
        _button(change, "change_look", "Read back now", f"Nothing is sent. {what}"),
        _form_button(change, "change_retry", "Try again…", "danger"),
        _form_button(change, "change_mark", "Mark as applied…"),
        _form_button(change, "change_give_up", "Give up…"),
    ]


def confirm_text(change: Change, name: str) -> str:
    """Return `FAILOVER ON for Acme GmbH (44444), ALL 1,284 users.`; plain text."""
    customer = f"{name} ({change.customer})" if name else change.customer
    total = change.preview.total if change.preview else None
    known = "number not known, all users" if total is None else f"{total:,} users"
    match change.scope:
        case Users(addresses=addresses):
            users = _named_users(change, addresses)
        case Groups(names=names):
            groups = f"{len(names)} groups" if len(names) > 1 else _cut(names[0], MAX_NAME_CHARS)
            users = f"{known} in {groups}"
        case Filters() if change.scope != EVERY_USER:
            filters = _cut(", ".join(describe_filters(change.scope)), MAX_NAME_CHARS)
            users = f"{known} that match {filters}"
        case FileUsers(users=count):
            users = f"{count_users(count)} of a file"
        case _ if total is None:
            unknown = "number not known, this is the whole customer"
            return f"{change.action.title} for {customer}: {unknown}."
        case _:
            users = f"ALL {known}"
    return f"{change.action.title} for {customer}, {users}."


def _named_users(change: Change, addresses: tuple[str, ...]) -> str:
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
        _form_button(change, "change_deny", "Deny…"),
    ]


def _button(change: Change, action: str, label: str, text: str, style: str = "") -> dict[str, Any]:
    verb = label.partition(":")[0]
    dialog = {
        "title": plain_text(f"{verb}: {change.action.title}?"),
        "text": plain_text(_cut(text, MAX_CONFIRM_CHARS)),
        "confirm": plain_text(_cut(label, MAX_CONFIRM_BUTTON_CHARS)),
        "deny": plain_text(CANCEL),
    }
    return _form_button(change, action, label, style) | {"confirm": dialog}


def _form_button(change: Change, action: str, label: str, style: str = "") -> dict[str, Any]:
    """Return a button without a dialog: what it opens is a form, which says what is decided."""
    button: dict[str, Any] = {
        "type": "button",
        "action_id": action,
        "text": plain_text(_cut(label, MAX_BUTTON_CHARS)),
        "value": str(ChangeButton(change=change.id, revision=change.preview_revision)),
    }
    return button | ({"style": style} if style else {})


def _cut(text: str, max_chars: int) -> str:
    # Plain text has no entities or mentions that a cut could damage.
    return text if len(text) <= max_chars else text[: max_chars - 1] + "…"
