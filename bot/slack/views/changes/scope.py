"""For whom a change is, and the question of its dialogs."""

from __future__ import annotations

from bot.domain.change import Change
from bot.domain.change_state import MAY_BE_REPEATED, State
from bot.domain.scope import EVERY_USER, FileUsers, Filters, Groups, Users, describe_filters
from bot.slack.views.mrkdwn import cut, join_names
from bot.slack.views.texts import scope as texts

# Of an address or group in a dialog.
MAX_NAME_CHARS = 120


def describe_scope(change: Change) -> str:
    """Return for whom the change is, with the number of users where it is known; escaped."""
    total = change.preview.total if change.preview else None
    match change.scope:
        case Users(addresses=addresses):
            one = len(addresses) == 1
            users = join_names(addresses) if one else texts.NAMED.format(len(addresses))
        case Groups(names=names):
            groups = join_names(names) if len(names) == 1 else texts.GROUPS.format(len(names))
            users = texts.NOT_COUNTED_IN.format(groups=groups)
            if total is not None:
                users = texts.USERS_IN.format(total, groups=groups)
        case Filters() if change.scope != EVERY_USER:
            filters = join_names(describe_filters(change.scope))
            users = texts.NOT_COUNTED_THAT_MATCH.format(filters=filters)
            if total is not None:
                users = texts.USERS_THAT_MATCH.format(total, filters=filters)
        case FileUsers(users=count):
            users = texts.USERS_OF_FILE.format(count)
        case _ if total is None:
            users = texts.ALL_NOT_COUNTED
        case _:
            users = texts.ALL_COUNTED.format(total) if total else texts.ALL
    return users


def question(change: Change, name: str) -> str:
    """Return `FAILOVER ON for Acme GmbH (44444), ALL 1,284 users.`; plain text."""
    customer = f"{name} ({change.customer})" if name else change.customer
    total = change.preview.total if change.preview else None
    match change.scope:
        case Users(addresses=addresses):
            users = _named_users(change, addresses)
        case Groups(names=names):
            many = len(names) > 1
            groups = texts.GROUPS.format(len(names)) if many else cut(names[0], MAX_NAME_CHARS)
            users = texts.PLAIN_NOT_COUNTED_IN.format(groups=groups)
            if total is not None:
                users = texts.PLAIN_IN.format(total, groups=groups)
        case Filters() if change.scope != EVERY_USER:
            filters = cut(", ".join(describe_filters(change.scope)), MAX_NAME_CHARS)
            users = texts.PLAIN_NOT_COUNTED_THAT_MATCH.format(filters=filters)
            if total is not None:
                users = texts.PLAIN_THAT_MATCH.format(total, filters=filters)
        case FileUsers(users=count):
            users = texts.PLAIN_OF_FILE.format(count)
        case _ if total is None:
            return texts.QUESTION_NOT_COUNTED.format(action=change.action.title, customer=customer)
        case _:
            users = texts.PLAIN_ALL.format(total)
    return texts.QUESTION.format(action=change.action.title, customer=customer, users=users)


def _named_users(change: Change, addresses: tuple[str, ...]) -> str:
    named = len(addresses)
    if named == 1:
        return cut(addresses[0], MAX_NAME_CHARS)
    ended = MAY_BE_REPEATED | {State.NEEDS_OPERATOR}
    failed = change.outcome.failed if change.outcome and change.state in ended else 0
    if 0 < failed < named:
        return texts.PLAIN_SOME_NAMED.format(count=f"{failed:,}", total=f"{named:,}")
    return texts.PLAIN_NAMED.format(named)
