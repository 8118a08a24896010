"""The message with the first users of a list, and the state of the file with all of them."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.scope import EVERY_USER, describe_filters
from bot.errors import ContinuityError, SlackError, SlackUnavailable
from bot.ports import UserState
from bot.service.queries.list_users import ListRequest
from bot.slack.views.mrkdwn import (
    BlockReply,
    Blocks,
    count_users,
    customer_label,
    describe_flag,
    escape,
    join_names,
    mrkdwn_text,
    section,
)
from bot.slack.views.table import table

# Users in the message.
PAGE_USERS = 20
HEADER = ("User", "Name", "Failover", "Access", "Activated")


def first_page(order: ListRequest, users: Sequence[UserState], line: str) -> BlockReply:
    """Return the first users with ``line``, which is escaped, below them.

    The text names no user: a locked phone shows it.
    """
    shown = table(HEADER, [_row(user) for user in users])
    head = f"*Users of {customer_label(order.customer, order.name)}*: {_filters(order)}"
    blocks: Blocks = [
        section(f"{head}\n{_count(order, shown.shown_rows)}"),
        shown.block,
        {"type": "context", "elements": [mrkdwn_text(line)]},
    ]
    return BlockReply(head, blocks)


def progress(done: int, total: int | None) -> str:
    """Return how many users have been read; ``total`` is None where it is not known."""
    of = f" of {total:,}" if total is not None and total >= done else ""
    return f"Reading: {done:,}{of} users. The file follows in the thread."


def completed(users: int) -> str:
    """Return that the file is there."""
    return f"All {users:,} are in the file in the thread."


def failed(sentence: str) -> str:
    """Return the line that says why there is no file; escaped."""
    return escape(sentence, 1000)


def interrupted(read: int, error: ContinuityError | SlackError | OSError) -> str:
    """Return why there is no file, and what to do; not escaped."""
    if isinstance(error, ContinuityError):
        where = f" after {read:,} users" if read else ""
        return f"The list broke off{where}, so there is no file. {error} Repeat the command."
    if isinstance(error, SlackError):
        # The file may have arrived although the answer was lost.
        advice = " Look whether it is there before you repeat the command."
        advice = advice if isinstance(error, SlackUnavailable) else ""
        return f"The list could not be brought to Slack. {error}{advice}"
    return (
        "The list could not be kept until it was whole: the disk for temporary files is full or "
        "broken."
    )


def no_users(order: ListRequest) -> str:
    """Return that the customer has no users, or none that match."""
    customer = customer_label(order.customer, order.name)
    if order.words == describe_filters(EVERY_USER):
        return f"{customer} has no users."
    return f"No user of {customer} matches: {_filters(order)}."


def sent_privately(order: ListRequest, users: int) -> str:
    """Return where the list was sent, for somebody who asked in a channel."""
    customer = customer_label(order.customer, order.name)
    who = f"{count_users(users)} of {customer}, {_filters(order)}"
    return f"{who}: sent to you alone, in a direct message."


def file_title(order: ListRequest) -> str:
    """Return `Users of 44444: failover on`; plain text."""
    title = f"Users of {order.customer}: {', '.join(order.words)}"
    return title if len(title) <= 200 else title[:199] + "…"


def _filters(order: ListRequest) -> str:
    return join_names(order.words)


def _count(order: ListRequest, shown: int) -> str:
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
