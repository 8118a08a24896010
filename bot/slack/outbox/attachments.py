"""Files in a card's thread: what an import changes user by user, and what became of each user.

They stand in the channel, not with the requester alone: whoever approves has to see what they approve, and
an incident channel is where people with rights read the rest of it. Where it is none of this customer (any
more), or the card had to go elsewhere, nobody but the requester is sent them: they are personal data.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import datetime
from functools import partial

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.change import Change, UserOutcome
from bot.domain.mail_user import differences
from bot.domain.roles import Role, Subject, SubjectKind
from bot.domain.user_files.csv_format import CsvRow, csv_chunks
from bot.domain.user_files.import_rows import DIFFERING, ImportRow
from bot.errors import SlackError, SlackRefused
from bot.ports import Clock, Message, MessageKind, Store, Transaction, message_key
from bot.service.context import record_event
from bot.slack.api.channels import ChannelCheck
from bot.slack.api.client import call_slack
from bot.slack.api.files import upload

PAGE = 500  # rows read in one step of the store
_DIFF = ("address", "field", "before", "after")
_RESULTS = ("address", "outcome", "reason")

TOO_LATE = (
    "was not posted before it began, and the rows tell by now what is there now: there is no file of what "
    "was there before."
)

log = structlog.get_logger(__name__)

CsvPage = Iterable[CsvRow]


class _Begun(Exception):
    """The change has begun: what was there before cannot be told any more."""


async def enclose(
    store: Store, client: AsyncWebClient, clock: Clock, message: Message, places: ChannelCheck
) -> tuple[str, str]:
    """Post the file that a row of the outbox asks for; return the channel and the file's id, or ``""``
    where there is nothing left to tell.

    Where the channel became shared with another company, or Slack does not tell, the requester is sent it and
    the channel is told so. That it is posted is recorded before: it is personal data. What Slack refuses for
    good is said in the thread. Raises SlackUnavailable, SlackRefused, StoreError, OSError.
    """
    change, channel, thread = await store.read(partial(_place, message=message, now=clock.now()))
    why, here = await places.why_not(channel), (channel, thread)
    if why:
        channel, thread = change.requester, None
    diff = message.kind is MessageKind.DIFF
    pages = _diff(store, change.id) if diff else _results(store, change.id)
    name, comment = _words(change, diff=diff)
    post = partial(upload, client, channel=channel, name=name, title=name, thread_ts=thread)
    try:
        first = await anext(pages, None)
        if first is None:  # the rows are deleted once the change has ended
            return message.channel, ""
        told = {"file": name, "channel": channel}
        await store.write(lambda tx: record_event(tx, clock, change, "change.file_posted", told))
        columns = _DIFF if diff else _RESULTS
        file = await post(chunks=csv_chunks(_prepend(first, pages), columns), comment=comment)
    except (_Begun, SlackRefused) as error:
        log.warning("file.not_posted", key=message.key, why=str(error))
        words = f"{name} {TOO_LATE}"
        if isinstance(error, SlackRefused):
            words = f"{name} could not be posted here. {error}"
        await call_slack(client.chat_postMessage(channel=channel, text=words, thread_ts=thread))
        return message.channel, ""
    if why:
        await _say_aside(client, change, *here, why)
    return message.channel, file


async def _say_aside(
    client: AsyncWebClient, change: Change, channel: str, thread: str | None, why: str
) -> None:
    words = f"A file of {change.id} went to its requester alone: {why}."
    with contextlib.suppress(SlackError):  # the file is where it is safe; this is a courtesy
        await call_slack(client.chat_postMessage(channel=channel, text=words, thread_ts=thread))


def _place(tx: Transaction, message: Message, now: datetime) -> tuple[Change, str, str | None]:
    change = tx.change(message.change_id)
    if change is None:  # the foreign key forbids it
        raise LookupError(message.change_id)
    card = tx.message(message_key(MessageKind.CARD, change.id))
    place = Subject(SubjectKind.CHANNEL, change.channel)
    rows = tx.grants(subjects=[place], customer=change.customer)
    incident = any(row.role is Role.INCIDENT and row.covers(change.customer, now) for row in rows)
    if card and incident and card.channel == change.channel:
        return change, card.channel, card.ts
    return change, change.requester, None


def _words(change: Change, *, diff: bool) -> tuple[str, str]:
    kind = change.action.kind
    if diff:
        return f"{kind}-{change.id}-changes.csv", f"{change.id}: before and after, user by user."
    words = f"{change.id} is {change.state.words}: what became of each user that was to be sent."
    return f"{kind}-{change.id}-outcomes.csv", words


async def _prepend(first: CsvPage, rest: AsyncIterator[CsvPage]) -> AsyncIterator[CsvPage]:
    yield first
    async for page in rest:
        yield page


async def _diff(store: Store, change_id: str) -> AsyncIterator[CsvPage]:
    line = 0

    def page(tx: Transaction) -> Sequence[ImportRow]:
        return tx.import_rows(change_id, after=line, limit=PAGE)

    while rows := await store.read(page):
        line = rows[-1].line
        yield [cells for row in rows if row.status in DIFFERING for cells in _before_and_after(row)]
    change = await store.read(lambda tx: tx.change(change_id))
    if change is not None and change.attempts:  # the file is read to its end before Slack is asked
        raise _Begun(change_id)


def _before_and_after(row: ImportRow) -> CsvPage:
    for each in differences(row.api_fields or {}, row.fields):
        told = {"field": each.name, "before": each.before, "after": each.after}
        yield {"address": row.address, **told}


async def _results(store: Store, change_id: str) -> AsyncIterator[CsvPage]:
    address = ""

    def page(tx: Transaction) -> Sequence[UserOutcome]:
        return tx.user_outcomes(change_id, after=address, limit=PAGE)

    while rows := await store.read(page):
        address = rows[-1].address
        yield [_outcome(row) for row in rows]


def _outcome(row: UserOutcome) -> CsvRow:
    outcome = row.status.replace("_", " ")
    return {"address": row.address, "outcome": outcome, "reason": row.reason}
