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
    context,
    customer_label,
    describe_flag,
    escape,
    join_names,
    mention,
    section,
)
from bot.slack.views.table import Table, data_table, table
from bot.slack.views.texts import list_users as texts

# Users in the message: in the pages of a data table, and in a plain table, which has no pages.
MAX_SHOWN_USERS, MAX_PLAIN_USERS = 100, 20
PAGE_ROWS = 10
HEADER = (texts.ADDRESS, texts.NAME, texts.FAILOVER, texts.ACCESS, texts.ACTIVATED)


def first_page(order: ListRequest, users: Sequence[UserState], line: str) -> BlockReply:
    """Return the first users with ``line``, which is escaped, below them.

    The text names no user: a locked phone shows it.
    """
    customer = customer_label(order.customer, order.name)
    head = texts.HEAD.format(customer=customer, filters=_filters(order))
    rows = [_row(user) for user in users]
    caption = texts.CAPTION.format(customer=order.customer)
    pages = data_table(caption, HEADER, [list(map(escape, row)) for row in rows], PAGE_ROWS)
    plain = table(HEADER, rows[:MAX_PLAIN_USERS])

    def blocks(shown: Table) -> Blocks:
        count = _count(order, shown.shown_rows)
        return [section(f"{head}\n{count}"), shown.block, context(line)]

    return BlockReply(head, blocks(pages), older=blocks(plain))


def progress(done: int, total: int | None) -> str:
    """Return how many users have been read; ``total`` is None where it is not known."""
    if total is not None and total >= done:
        return texts.READING_OF.format(count=f"{done:,}", total=f"{total:,}")
    return texts.READING.format(done)


def completed(users: int) -> str:
    """Return that the file is there."""
    return texts.COMPLETED.format(users)


def failed(sentence: str) -> str:
    """Return the line that says why there is no file; escaped."""
    return escape(sentence, 1000)


def interrupted(read: int, error: ContinuityError | SlackError | OSError) -> str:
    """Return why there is no file, and what to do; not escaped."""
    if isinstance(error, ContinuityError):
        if read:
            return texts.BROKE_OFF_AFTER.format(read, error=error)
        return texts.BROKE_OFF.format(error=error)
    if isinstance(error, SlackError):
        perhaps = isinstance(error, SlackUnavailable)
        template = texts.NOT_BROUGHT_PERHAPS if perhaps else texts.NOT_BROUGHT
        return template.format(error=error)
    return texts.NO_ROOM


def no_users(order: ListRequest) -> str:
    """Return that the customer has no users, or none that match."""
    customer = customer_label(order.customer, order.name)
    if order.words == describe_filters(EVERY_USER):
        return texts.NO_USERS.format(customer=customer)
    return texts.NO_MATCH.format(customer=customer, filters=_filters(order))


def sent_privately(order: ListRequest, users: int) -> str:
    """Return where the list was sent, for somebody who asked in a channel."""
    customer = customer_label(order.customer, order.name)
    return texts.SENT_PRIVATELY.format(users, customer=customer, filters=_filters(order))


def file_title(order: ListRequest) -> str:
    """Return `Users of 44444: failover on`; plain text."""
    title = texts.FILE_TITLE.format(customer=order.customer, filters=", ".join(order.words))
    return title if len(title) <= 200 else title[:199] + "…"


def _filters(order: ListRequest) -> str:
    return join_names(order.words)


def _count(order: ListRequest, shown: int) -> str:
    person = mention(order.actor.user)
    if order.total is None:
        return texts.FIRST_NOT_COUNTED.format(shown=shown, person=person)
    total = f"{order.total:,}"
    if order.total <= shown:
        return texts.ALL_SHOWN.format(total=total, person=person)
    return texts.FIRST_OF.format(shown=shown, total=total, person=person)


def _row(user: UserState) -> tuple[str, ...]:
    name = user.fields.get("displayName")
    flags = (user.failover, user.access)
    activated = {True: texts.YES, False: texts.NO, None: texts.NOT_TOLD}[user.activation]
    return (user.address, "" if name is None else str(name), *map(describe_flag, flags), activated)
