"""CSV files in a card's thread: what an import changes for each user, and each user's outcome.

They go to the channel, so that the approver and the others with rights see them. They go to the
requester alone where the channel has no incident role for the customer (any more) or is shared, or
where the card was redirected: the files hold personal data.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.change import Change
from bot.domain.mail_user import differences
from bot.domain.outcome import UserOutcome
from bot.domain.user_files.csv_format import CsvRow, csv_chunks
from bot.domain.user_files.import_rows import DIFFERING, ImportRow
from bot.errors import SlackError, SlackRefused
from bot.ports import Clock, Message, MessageKind, Store, Transaction, message_key
from bot.service.context import record_event
from bot.slack.api.channels import ChannelCheck
from bot.slack.api.client import call_slack
from bot.slack.api.files import upload
from bot.slack.outbox.personal_data import channel_may_see
from bot.slack.views.drill import labelled_text
from bot.slack.views.texts import outage as texts
from bot.slack.views.texts.drill import FILE_PREFIX

# Rows read in one step of the store.
PAGE_ROWS = 500
_DIFF_COLUMNS = ("address", "field", "before", "after")
_RESULT_COLUMNS = ("address", "outcome", "reason")

log = structlog.get_logger(__name__)

CsvPage = Iterable[CsvRow]


class _AlreadyStarted(Exception):
    """The change has started: the values from before are overwritten."""


@dataclass(frozen=True, slots=True)
class _Destination:
    """The card's thread, or the requester with ``thread_ts`` None."""

    channel: str
    thread_ts: str | None


class AttachmentPoster:
    """Posts the CSV files of changes."""

    def __init__(
        self, store: Store, client: AsyncWebClient, clock: Clock, channel_check: ChannelCheck
    ) -> None:
        self._store = store
        self._client = client
        self._clock = clock
        self._channel_check = channel_check

    async def deliver(self, message: Message) -> tuple[str, str]:
        """Post the file of an outbox row; return the row's channel and the file's id ("" for none).

        The upload is recorded in the audit trail before it begins. Where Slack refuses the file, or
        the change has already started, a message in its place says so. Raises SlackUnavailable,
        SlackRefused (of that message), StoreError, OSError.
        """
        now = self._clock.now()
        change, thread = await self._store.read(lambda tx: _destination(tx, message, now))
        reason = await self._channel_check.reason_against(thread.channel)
        to = _Destination(change.requester, None) if reason else thread
        name, comment = _name_and_comment(change, message.kind)
        try:
            file = await self._upload(change, message.kind, to, name, comment)
        except (_AlreadyStarted, SlackRefused) as error:
            log.warning("file.not_posted", key=message.key, why=str(error))
            refused = isinstance(error, SlackRefused)
            words = texts.FILE_NOT_POSTED if refused else texts.FILE_TOO_LATE
            await self._post(to, _labelled(change, words.format(file=name, why=error)))
            return message.channel, ""
        if file and reason:
            # The file has arrived; the channel is only told where it is.
            with contextlib.suppress(SlackError):
                text = texts.FILE_TO_REQUESTER.format(change=change.id, reason=reason)
                await self._post(thread, _labelled(change, text))
        return message.channel, file

    async def _upload(
        self, change: Change, kind: MessageKind, to: _Destination, name: str, comment: str
    ) -> str:
        """Return the id of the uploaded file, or "" without rows: an ended change has none."""
        is_diff = kind is MessageKind.DIFF
        columns = _DIFF_COLUMNS if is_diff else _RESULT_COLUMNS
        pages = (_diff_pages if is_diff else _result_pages)(self._store, change.id)
        first = await anext(pages, None)
        if first is None:
            return ""
        detail = {"file": name, "channel": to.channel}
        await self._store.write(
            lambda tx: record_event(tx, self._clock, change, "change.file_posted", detail)
        )
        return await upload(
            self._client,
            channel=to.channel,
            name=name,
            title=name,
            chunks=csv_chunks(_prepend(first, pages), columns),
            comment=comment,
            thread_ts=to.thread_ts,
        )

    async def _post(self, to: _Destination, text: str) -> None:
        await call_slack(
            self._client.chat_postMessage(channel=to.channel, text=text, thread_ts=to.thread_ts)
        )


def _destination(tx: Transaction, message: Message, now: datetime) -> tuple[Change, _Destination]:
    change = tx.change(message.change_id)
    if change is None:  # the foreign key forbids it
        raise LookupError(message.change_id)
    card = tx.message(message_key(MessageKind.CARD, change.id))
    if card and card.channel == change.channel and channel_may_see(tx, change, now):
        return change, _Destination(card.channel, card.ts)
    return change, _Destination(change.requester, None)


def _name_and_comment(change: Change, message_kind: MessageKind) -> tuple[str, str]:
    kind = f"{FILE_PREFIX}{change.action.kind}" if change.drill else change.action.kind
    if message_kind is MessageKind.DIFF:
        comment = texts.FILE_OF_DIFFERENCES.format(change=change.id)
        return f"{kind}-{change.id}-changes.csv", _labelled(change, comment)
    comment = texts.FILE_OF_RESULTS.format(change=change.id, state=change.state.words)
    return f"{kind}-{change.id}-outcomes.csv", _labelled(change, comment)


def _labelled(change: Change, text: str) -> str:
    return labelled_text(text) if change.drill else text


async def _prepend(first: CsvPage, rest: AsyncIterator[CsvPage]) -> AsyncIterator[CsvPage]:
    yield first
    async for page in rest:
        yield page


async def _diff_pages(store: Store, change_id: str) -> AsyncIterator[CsvPage]:
    line = 0

    def query(tx: Transaction) -> Sequence[ImportRow]:
        return tx.import_rows(change_id, after=line, limit=PAGE_ROWS)

    while rows := await store.read(query):
        line = rows[-1].line
        yield [cells for row in rows if row.status in DIFFERING for cells in _diff_rows(row)]
    # ``upload`` reads all pages before it calls Slack.
    change = await store.read(lambda tx: tx.change(change_id))
    if change is not None and change.attempts:
        raise _AlreadyStarted(change_id)


def _diff_rows(row: ImportRow) -> CsvPage:
    for field in differences(row.api_fields or {}, row.fields):
        values = {"field": field.name, "before": field.before, "after": field.after}
        yield {"address": row.address, **values}


async def _result_pages(store: Store, change_id: str) -> AsyncIterator[CsvPage]:
    address = ""

    def query(tx: Transaction) -> Sequence[UserOutcome]:
        return tx.user_outcomes(change_id, after=address, limit=PAGE_ROWS)

    while rows := await store.read(query):
        address = rows[-1].address
        yield [
            {
                "address": row.address,
                "outcome": row.status.replace("_", " "),
                "reason": row.reason,
            }
            for row in rows
        ]
