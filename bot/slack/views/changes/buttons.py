"""The buttons of a card; their dialogs name the change, the customer and how many users."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.domain.actions import (
    FAILOVER_ON,
    Activate,
    DeleteUser,
    EditUser,
    PurgeUsers,
    Restore,
    SetFlag,
    can_be_repeated,
    is_revealed_to_requester,
    opposite,
    switches,
)
from bot.domain.batch import moved_by, not_begun
from bot.domain.change import Change, sent_one_by_one
from bot.domain.change_state import AWAITING, MAY_BE_REPEATED, OPEN, Event, State
from bot.domain.emergency import why_no_emergency
from bot.domain.scope import Flag, Users
from bot.domain.steps import may_be_stopped, moved_mail
from bot.slack.button_values import ChangeButton
from bot.slack.limits import MAX_BUTTON_CHARS, MAX_CONFIRM_BUTTON_CHARS, MAX_CONFIRM_CHARS
from bot.slack.views.changes import wording
from bot.slack.views.changes.scope import question
from bot.slack.views.changes.time_limit import back_words, with_brief, with_dialog
from bot.slack.views.mrkdwn import Blocks, button, cut, plain_text
from bot.slack.views.texts import batch as batch_texts
from bot.slack.views.texts import buttons as texts
from bot.slack.views.texts import emergency as emergency_texts
from bot.slack.views.texts import notice as notice_texts
from bot.slack.views.texts import time_limit as limit_texts
from bot.slack.views.texts.forms import CANCEL

DANGER, PRIMARY = "danger", "primary"


def buttons(change: Change, name: str, *, again: bool = True) -> Blocks:
    """Return the buttons that the state of the change offers; ``name`` is the customer's.

    ``again`` is whether it makes sense to propose it again, as far as other changes tell.
    """
    what = question(change, name)
    return [*_of_state(change, what, again=again), *review_buttons(change, name)]


def _of_state(change: Change, what: str, *, again: bool) -> Blocks:
    withdraw = _button(change, "change_cancel", texts.WITHDRAW, texts.WITHDRAW_DIALOG, what)
    if change.state in AWAITING:
        return [*_decision(change, what), withdraw]
    if may_be_stopped(change):
        one_by_one = change.state is State.EXECUTING and sent_one_by_one(change)
        dialog = texts.STOP_DIALOG if one_by_one else texts.STOP_STEPS_DIALOG
        return [_button(change, "change_stop", texts.STOP, dialog, what)]
    if change.state is State.APPROVED:
        return [*_reveal(change, what), withdraw]
    if change.state is State.NEEDS_OPERATOR:
        return _conclusions(change, what)
    if again and change.state in MAY_BE_REPEATED and can_be_repeated(change.action):
        rest = change.state is State.PARTIAL and isinstance(change.scope, Users)
        label = texts.PROPOSE_REST_AGAIN if rest else texts.PROPOSE_AGAIN
        return [_button(change, "change_again", label, texts.AGAIN_DIALOG, what)]
    return []


def batch_buttons(batch: Change, members: Sequence[Change], repeat: int) -> Blocks:
    """Return the buttons of a batch; ``repeat``: so many of its changes can be proposed again."""
    what, first = question(batch, ""), members[0]
    asked_again = batch.state in AWAITING and batch.attempts > 0
    if batch.state in AWAITING | {State.APPROVED} and not (asked_again and not_begun(members)):
        return buttons(batch, "")
    needs_a_person = first.state is State.NEEDS_OPERATOR
    offered = _conclusions(first, question(first, "")) if needs_a_person else []
    offered += buttons(batch, "") if asked_again else []
    if not_begun(members):
        stop = batch_texts.STOP.format(len(moved_by(members, Event.CANCEL)))
        offered.append(_button(batch, "change_stop", stop, batch_texts.STOP_DIALOG, what))
    elif repeat and batch.state not in OPEN:
        again = batch_texts.AGAIN.format(repeat)
        offered.append(_button(batch, "change_again", again, texts.AGAIN_DIALOG, what))
    return offered


def outcome_buttons(change: Change) -> Blocks:
    """Return what helps those who cannot read their mail after a failover, and the way back.

    No dialog: two of them propose, which somebody decides on a card, the third sends a file, and the one
    for texts asks which.
    """
    value = ChangeButton(change=change.id, revision=change.revision)
    result, offered = change.outcome, []
    if FAILOVER_ON in switches(change.action) and result is not None and result.readers.at_least:
        told = result.readers
        if told.access_off:
            label = texts.ACCESS_ON.format(count=f"{told.access_off:,}")
            offered.append(button("flag_access_on", label, value))
        if told.users:
            offered.append(button("users_cannot_read", texts.WHO, value))
    if moved_mail(change):
        offered.append(button("notice_text", notice_texts.BUTTON, value))
    if change.ends_at is not None:
        offered += end_buttons(change)
    elif has_way_back(change):
        offered.append(button("change_back", wording(change).back_label(), value))
    return offered


def end_buttons(change: Change) -> Blocks:
    """Return what can be done with a timed change while it is on, else nothing."""
    if change.ends_at is None:
        return []
    value = ChangeButton(change=change.id, revision=change.revision)
    back, keep = limit_texts.BACK_NOW.format(back=back_words(change)), limit_texts.KEEP
    if isinstance(change.action, Restore):
        back, keep = limit_texts.ACCESS_OFF_NOW, limit_texts.KEEP_ACCESS
    if change.batch:  # each customer has its own end
        return [button("change_back", back, value)]
    return [
        button("end_extend", limit_texts.EXTEND, value),
        button("change_back", back, value),
        button("end_keep", keep, value),
    ]


def has_way_back(change: Change) -> bool:
    """Whether a button proposes the opposite: the change may have had an effect."""
    return change.may_have_effect and opposite(change.action) is not None


def decision_style(change: Change) -> str:
    """Return the style of the button that lets the change happen.

    Red is what takes something from people: users who are deleted, and mail that they read no more.
    Green can be taken back. The others, "" here, cannot, and take nothing away.
    """
    match change.action:
        case DeleteUser() | PurgeUsers() | Restore() | SetFlag(flag=Flag.FAILOVER, on=False):
            return DANGER
        case SetFlag(flag=Flag.ACCESS, on=False):
            facts = change.preview.facts if change.preview else None
            return "" if facts is not None and facts.in_failover == 0 else DANGER
        case SetFlag() | Activate() | EditUser():
            return PRIMARY
        case _:
            return ""


def _reveal(change: Change, what: str) -> Blocks:
    if not is_revealed_to_requester(change.action):
        return []
    return [_button(change, "token_show", texts.SHOW_TOKEN, texts.TOKEN_DIALOG, what)]


def _emergency(change: Change) -> Blocks:
    """Return the button for commanders; it is shown to all, and who presses it is checked."""
    if change.batch or why_no_emergency(change.action):
        return []
    return [_form_button(change, "change_emergency", emergency_texts.EMERGENCY_BUTTON)]


def review_buttons(change: Change, name: str) -> Blocks:
    """Return the buttons of a review that is owed, else nothing."""
    if not change.is_review_owed:
        return []
    dialog, what = emergency_texts.ACCEPT_DIALOG, question(change, name)
    return [
        _button(change, "review_accept", emergency_texts.ACCEPT, dialog, what),
        _form_button(change, "review_object", emergency_texts.OBJECT),
    ]


def _conclusions(change: Change, what: str) -> Blocks:
    return [
        _button(change, "change_look", texts.READ_BACK, texts.READ_BACK_DIALOG, what),
        _form_button(change, "change_retry", texts.TRY_AGAIN, DANGER),
        _form_button(change, "change_mark", texts.MARK),
        _form_button(change, "change_give_up", texts.GIVE_UP),
    ]


def _decision(change: Change, what: str) -> Blocks:
    if change.preview is None:
        return []
    label, style = wording(change).decision_label(), decision_style(change)
    label, what = with_brief(change, label), with_dialog(change, what)
    if change.state is State.AWAITING_CONFIRMATION:
        confirm = texts.CONFIRM.format(what=label)
        return [_button(change, "change_confirm", confirm, texts.DECISION_DIALOG, what, style)]
    approve = texts.APPROVE.format(what=label)
    return [
        _button(change, "change_approve", approve, texts.DECISION_DIALOG, what, style),
        _form_button(change, "change_deny", texts.DENY),
        *_emergency(change),
    ]


def _button(
    change: Change, action: str, label: str, dialog: str, what: str, style: str = ""
) -> dict[str, Any]:
    confirm = {
        "title": plain_text(
            texts.TITLE.format(verb=label.partition(":")[0], action=change.action.title)
        ),
        "text": plain_text(cut(dialog.format(question=what), MAX_CONFIRM_CHARS)),
        "confirm": plain_text(cut(label, MAX_CONFIRM_BUTTON_CHARS)),
        "deny": plain_text(CANCEL),
    } | ({"style": style} if style else {})
    return _form_button(change, action, label, style) | {"confirm": confirm}


def _form_button(change: Change, action: str, label: str, style: str = "") -> dict[str, Any]:
    """Return a button without a dialog: what it opens is a form, which says what is decided."""
    value = ChangeButton(change=change.id, revision=change.preview_revision)
    return button(action, cut(label, MAX_BUTTON_CHARS), value, style)
