"""The first users of a list in a message, and what is said of the file with all of them."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.scope import EVERY_USER, describe_filters
from bot.errors import ContinuityError, SlackError, SlackUnavailable
from bot.ports import UserState
from bot.service.queries.list_users import ListRequest
from bot.slack.views.mrkdwn import (
    BlockReply,
    Blocks,
    clip,
    count_users,
    customer_label,
    escape,
    join_names,
    mrkdwn_text,
    section,
)
from bot.slack.views.table import table

PAGE = 20  # users in the message
HEADER = ("User", "Name", "Failover", "Access", "Activated")


def first_page(order: ListRequest, users: Sequence[UserState], line: str) -> BlockReply:
    """The first users, and beneath them ``line``, which says how far the file is. The text that a
    locked phone shows names none of them."""
    laid = table(HEADER, [_row(user) for user in users])
    head = f"*Users of {customer_label(order.customer, order.name)}*: {_which(order)}"
    blocks: Blocks = [
        section(f"{head}\n{_shown(order, laid.shown)}"),
        laid.block,
        {"type": "context", "elements": [mrkdwn_text(line)]},
    ]
    return BlockReply(head, blocks)


def progress(done: int, total: int | None) -> str:
    """How far it is."""
    of = f" of {total:,}" if total is not None and total >= done else ""
    return f"Reading: {done:,}{of} users. The file follows in the thread."


def completed(users: int) -> str:
    """Where all of them are."""
    return f"All {users:,} are in the file in the thread."


def failed(sentence: str) -> str:
    """Why there is no file."""
    return clip(escape(sentence), 1000)


def interrupted(read: int, error: ContinuityError | SlackError | OSError) -> str:
    """Why there is no file, and what to do; not escaped."""
    if isinstance(error, ContinuityError):
        where = f" after {read:,} users" if read else ""
        return f"The list broke off{where}, so there is no file. {error} Repeat the command."
    if isinstance(error, SlackError):
        doubt = " Look whether it is there before you repeat the command."
        again = doubt if isinstance(error, SlackUnavailable) else ""
        return f"The list could not be brought to Slack. {error}{again}"
    return "The list could not be kept until it was whole: the disk for temporary files is full or broken."


def no_users(order: ListRequest) -> str:
    """That no user is there, or matches."""
    customer = customer_label(order.customer, order.name)
    if order.filters == EVERY_USER:
        return f"{customer} has no users."
    return f"No user of {customer} matches: {_which(order)}."


def sent_privately(order: ListRequest, users: int) -> str:
    """Where to look, for somebody who asked in a channel."""
    customer = customer_label(order.customer, order.name)
    many = count_users(users)
    return f"{many} of {customer}, {_which(order)}: sent to you alone, in a direct message."


def file_title(order: ListRequest) -> str:
    """`Users of 44444: failover on`; plain text."""
    words = f"Users of {order.customer}: {', '.join(describe_filters(order.filters))}"
    return words if len(words) <= 200 else words[:199] + "…"


def _which(order: ListRequest) -> str:
    return join_names(describe_filters(order.filters))


def _shown(order: ListRequest, shown: int) -> str:
    if order.total is None:
        return f"The first {shown} (how many match is not known yet), for <@{order.actor.user}>."
    if order.total <= shown:
        return f"{order.total:,} in all, for <@{order.actor.user}>."
    return f"The first {shown} of {order.total:,}, for <@{order.actor.user}>."


def _row(user: UserState) -> tuple[str, ...]:
    name = user.fields.get("displayName")
    flags = (user.failover, user.access)
    activated = {True: "yes", False: "no", None: "not told"}[user.activation]
    return (user.address, "" if name is None else str(name), *map(describe_flag, flags), activated)


def describe_flag(value: bool | None) -> str:
    """`on`, `off`, or `not told`."""
    return {True: "on", False: "off", None: "not told"}[value]
