"""The notification of a card or an outcome.

Phones show the ``text`` of a post, and of it some 100 characters: what it is, for whom, how many
users, who asks and why stand within these. An update notifies nobody.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.actions import MoveEnd, Restore
from bot.domain.change import Change
from bot.domain.change_state import AWAITING, State
from bot.domain.scope import EVERY_USER, FileUsers, Filters, Groups, Users, describe_filters
from bot.slack.views.changes.move_end import local_time
from bot.slack.views.changes.steps import what_is_on
from bot.slack.views.changes.time_limit import brief_time, with_brief
from bot.slack.views.mrkdwn import escape, heading
from bot.slack.views.texts import emergency as emergency_texts
from bot.slack.views.texts import notification as texts
from bot.slack.views.texts.drill import MARK

SHOWN_CHARS = 100
# For the five parts behind the longest states.
MIN_CHARS = 75
# What is on by a change of several steps is told in these.
_DOUBTFUL = frozenset({State.PARTIAL, State.NEEDS_OPERATOR, State.GIVEN_UP})


def notification_text(change: Change, name: str, asked_by: str = "", prefix: str = "") -> str:
    """Return `FAILOVER ON · Acme GmbH (44444) · ALL 1,284 users · Olga: Exchange down · C-7K3MX`;
    escaped.

    The ``prefix`` stands in front of it; without one the state, but for a new change. ``name`` is the customer's. ``asked_by``
    is the requester's name, "" where it is not known. The longest of name, group, requester and
    reason are cut, never the number, so that some of each is within SHOWN_CHARS.
    """
    state = prefix or _state(change)
    if change.emergency and not prefix:
        state = f"{emergency_texts.EMERGENCY} {state}".rstrip()
    before = texts.LATER.format(state=state, notification="") if state else ""
    told = _told(change, name, asked_by, max(_shown_chars(change) - len(before), MIN_CHARS))
    return escape(before + told)


def brief(change: Change, name: str, what: str) -> str:
    """Return `FAILOVER OFF IN 15 min · Acme GmbH (44444) · ALL 1,284 users · C-7K3MX`; not escaped.

    The longest of name and group are cut, so that it is within SHOWN_CHARS.
    """

    def filled(name: str, label: str) -> str:
        named = (
            texts.CUSTOMER.format(name=name, number=change.customer) if name else change.customer
        )
        users = _users(change, label)
        return texts.NOTICE.format(what=what, customer=named, users=users, change=change.id)

    parts = (" ".join(name.split()), _label(change))
    room = _shown_chars(change) - len(filled(*parts))
    return filled(*_fit(parts, room + sum(map(len, parts))))


def _shown_chars(change: Change) -> int:
    """Return how many are left beside the label of a drill."""
    return SHOWN_CHARS - len(MARK) if change.drill else SHOWN_CHARS


def _state(change: Change) -> str:
    if change.state in AWAITING:
        return texts.ASKED_AGAIN if change.asked_again else ""
    if change.is_unverified:  # its heading is too long here
        whole = change.state is State.APPLIED
        return texts.NOT_VERIFIED if whole else texts.PARTLY_NOT_VERIFIED
    return heading(change)


def _told(change: Change, name: str, asked_by: str, max_chars: int) -> str:
    """Return the notification without a state; what stands before the id has ``max_chars``."""
    reason = " ".join(change.reason.split())
    template = texts.WAITING if reason else texts.WAITING_WITHOUT_REASON
    person = asked_by or change.terminal or change.requester

    def filled(name: str, label: str, person: str, reason: str) -> str:
        named = texts.CUSTOMER.format(name=name, number=change.customer)
        return template.format(
            what=_what(change),
            customer=named if name else change.customer,
            users=_users(change, label),
            person=person,
            reason=reason,
            change=change.id,
        )

    parts = (" ".join(name.split()), _label(change), " ".join(person.split()), reason)
    at_most = max_chars + len(f" · {change.id}")
    return filled(*_fit(parts, at_most - len(filled(*parts)) + sum(map(len, parts))))


def _what(change: Change) -> str:
    """Return `FAILOVER ON`, and for how long as long as it waits."""
    title, action = change.action.title, change.action
    if change.state in _DOUBTFUL and (on := what_is_on(change)):
        return on
    if change.state not in AWAITING:
        return title
    if isinstance(action, MoveEnd) and action.until:
        return f"{title} until {local_time(action, action.until)}"
    return (
        with_brief(change, title)
        if isinstance(action, Restore)
        else f"{title} {brief_time(change)}".rstrip()
    )


def _fit(parts: Sequence[str], room: int) -> list[str]:
    """Return the parts, the longest cut to one length, so that they have ``room`` characters."""
    longest = max(map(len, parts))
    while sum(min(len(part), longest) for part in parts) > room:
        longest -= 1
    return [part if len(part) <= longest else part[: longest - 1] + "…" for part in parts]


def _label(change: Change) -> str:
    """Return the one user, the one group or the filters; "" for other scopes."""
    match change.scope:
        case Users(addresses=(address,)):
            return address
        case Groups(names=(group,)):
            return group
        case Filters() if change.scope != EVERY_USER:
            return ", ".join(describe_filters(change.scope))
        case _:
            return ""


def _users(change: Change, label: str) -> str:
    """Return the users with their number, where it is known; ``label`` as it fits."""
    total, groups = change.preview.total if change.preview else None, 0
    match change.scope:
        case Users(addresses=addresses):
            return texts.NAMED.format(len(addresses), label=label)
        case FileUsers(users=users):
            return texts.FILE.format(users)
        case Groups(names=names):
            groups = len(names)
            counted, not_counted = texts.GROUPS, texts.GROUPS_NOT_COUNTED
            if label:
                counted, not_counted = texts.GROUP, texts.GROUP_NOT_COUNTED
        case Filters() if label:
            counted, not_counted = texts.MATCHING, texts.MATCHING_NOT_COUNTED
        case _:
            counted, not_counted = texts.EVERYONE, texts.EVERYONE_NOT_COUNTED
    values = {"label": label, "groups": groups}
    return not_counted.format(**values) if total is None else counted.format(total, **values)
