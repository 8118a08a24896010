"""A change as a pager tells of it: without addresses of users and without what somebody typed."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.actions import switches
from bot.domain.change import Change
from bot.domain.scope import EVERY_USER, Everyone, FileUsers, Flag, Users
from bot.ports import PageRow
from bot.slack.views.drill import labelled_text
from bot.slack.views.mrkdwn import escape
from bot.slack.views.texts import page as texts


def page_summary(change: Change, name: str, asked_by: str) -> str:
    """Return what is asked for, for whom and by whom, in one line; plain text.

    ``name`` is the customer's, ``asked_by`` the requester's, "" where it is not known.
    """
    summary = _summary(change, name, asked_by)
    return labelled_text(summary) if change.drill else summary


def _summary(change: Change, name: str, asked_by: str) -> str:
    named = texts.CUSTOMER.format(name=" ".join(name.split()), number=change.customer)
    form = texts.EMERGENCY if change.emergency else texts.SUMMARY
    return form.format(
        what=change.action.title,
        customer=named if name else change.customer,
        users=_users(change),
        person=_person(change, asked_by),
        change=change.id,
    )


def severity(change: Change) -> str:
    """Return `critical` where mail does not arrive until it is decided, `info` for a drill, else `warning`."""
    if change.drill:
        return "info"
    is_failover = any(one.flag is Flag.FAILOVER for one in switches(change.action))
    return "critical" if is_failover else "warning"


def pager_lines(rows: Sequence[PageRow]) -> str:
    """Return a line for each pager that did not take what it was told, for the card; escaped."""
    return "\n".join(
        texts.FAILED[row.wanted].format(
            pager=texts.NAMES.get(row.pager, escape(row.pager)), why=escape(row.error, 300)
        )
        for row in rows
        if row.error and row.shown is not row.wanted
    )


def _users(change: Change) -> str:
    total = change.preview.total if change.preview else None
    match change.scope:
        case Users(addresses=addresses):
            return texts.NAMED.format(len(addresses))
        case FileUsers(users=users):
            return texts.NAMED.format(users)
    if isinstance(change.scope, Everyone) or change.scope == EVERY_USER:
        return texts.EVERYONE_NOT_COUNTED if total is None else texts.EVERYONE.format(total)
    return texts.SOME_NOT_COUNTED if total is None else texts.SOME.format(total)


def _person(change: Change, asked_by: str) -> str:
    """Return the requester's name, or their id where the name may be an address."""
    if asked_by and "@" not in asked_by:
        return " ".join(asked_by.split())
    return change.requester if "@" not in change.requester else texts.AT_TERMINAL
