"""Read the users of a customer, show the first ones, and bring all of them to Slack as a file."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Sequence
from contextlib import aclosing, suppress
from datetime import timedelta
from typing import Any

import structlog

from bot.domain.user_files.csv_format import CsvRow, csv_chunks
from bot.errors import Ambiguous, BotError, ContinuityError, SlackError, StoreError
from bot.ports import UserState
from bot.service.queries.list_users import (
    ListRequest,
    batches,
    record_export,
    record_export_end,
)
from bot.slack.api.client import call_slack
from bot.slack.api.cut_off import tell_before_end
from bot.slack.api.files import upload
from bot.slack.features.base.context import FeatureContext
from bot.slack.payloads import Payload
from bot.slack.views import list_users as views
from bot.slack.views.drill import labelled_reply, labelled_text
from bot.slack.views.mrkdwn import BlockReply, Blocks
from bot.slack.views.texts import list_users as texts
from bot.slack.views.texts.drill import FILE_PREFIX

# chat.update is limited to 50 a minute, and cards come first.
PROGRESS_INTERVAL = timedelta(seconds=10)
# Two lists of a slow API would take the places of all others.
MAX_EXPORT_SECONDS = 1800.0
# The API's answer waits while a line of progress is shown.
MAX_PROGRESS_SECONDS = 2.0

log = structlog.get_logger(__name__)


class Export:
    """One list: a message with the first page and the progress, and the file in its thread."""

    def __init__(self, deps: FeatureContext, payload: Payload, request: ListRequest) -> None:
        self._deps = deps
        self._request = request
        self._thread = "" if request.private else payload.reply_target.thread_ts
        self._is_private_here = request.private and not payload.channel.startswith("D")
        self._read = 0
        self._page: tuple[str, str] | None = None  # its channel and ts
        self._first: Sequence[UserState] = ()
        self._shown_at = deps.ctx.clock.now()

    async def run(self) -> str:
        """Return what the person alone reads, or "". Raises BotError, recorded."""
        try:
            async with asyncio.timeout(MAX_EXPORT_SECONDS):
                file = await self._all()
        except asyncio.CancelledError:
            await tell_before_end(self._show(texts.INTERRUPTED))
            raise
        except TimeoutError:
            raise await self._failed(Ambiguous(texts.TOO_SLOW)) from None
        except (ContinuityError, SlackError, OSError) as error:
            raise await self._failed(error) from None
        if not file:
            return views.no_users(self._request)
        await self._end("", file)
        await self._show(views.completed(self._read))
        return views.sent_privately(self._request, self._read) if self._is_private_here else ""

    async def _all(self) -> str:
        """Return the id of the file, or ``""`` where nobody matches."""
        ctx, request = self._deps.ctx, self._request
        async with aclosing(batches(ctx, request)) as stream:
            first = await anext(stream, None)
            if first is None:
                return ""
            channel, ts = await self._post(first)
            now, title = ctx.clock.now(), views.file_title(request)
            name = f"users-{request.customer}-{now:%Y%m%d-%H%M%S}.csv"
            return await upload(
                self._deps.client,
                channel=channel,
                name=f"{FILE_PREFIX}{name}" if self._drill else name,
                title=labelled_text(title) if self._drill else title,
                chunks=csv_chunks(self._rows(first, stream)),
                thread_ts=self._thread or ts,
            )

    async def _post(self, first: Sequence[UserState]) -> tuple[str, str]:
        self._first = first[: views.MAX_SHOWN_USERS]
        said = self._view(views.progress(len(first), self._request.total))

        async def post(blocks: Blocks) -> dict[str, Any]:
            return await call_slack(
                self._deps.client.chat_postMessage(
                    channel=self._request.to,
                    thread_ts=self._thread or None,
                    text=said.text,
                    blocks=blocks,
                )
            )

        answer = await self._deps.newer_blocks.send(said, post)
        self._page = str(answer["channel"]), str(answer["ts"])
        return self._page

    async def _rows(
        self, first: Sequence[UserState], stream: AsyncGenerator[Sequence[UserState], None]
    ) -> AsyncIterator[Iterable[CsvRow]]:
        batch: Sequence[UserState] | None = first
        while batch:
            yield (user.csv_row() for user in batch)
            self._read += len(batch)
            await self._progress()
            batch = await anext(stream, None)
        # Nothing of the file has left yet, and nothing leaves that is not recorded.
        await record_export(self._deps.ctx, self._request, self._read)

    async def _progress(self) -> None:
        now = self._deps.ctx.clock.now()
        if now - self._shown_at >= PROGRESS_INTERVAL:
            self._shown_at = now
            await self._show(
                views.progress(self._read, self._request.total), seconds=MAX_PROGRESS_SECONDS
            )

    async def _show(self, line: str, seconds: float = 10.0) -> None:
        """Replace the line below the page; a line that Slack refuses is left out."""
        if self._page is None:
            return
        channel, ts = self._page
        said = self._view(line)

        async def update(blocks: Blocks) -> None:
            call = self._deps.client.chat_update(
                channel=channel, ts=ts, text=said.text, blocks=blocks
            )
            await call_slack(call, seconds=seconds)

        with suppress(SlackError):
            await self._deps.newer_blocks.send(said, update)

    def _view(self, line: str) -> BlockReply:
        page = views.first_page(self._request, self._first, line)
        return labelled_reply(page) if self._drill else page

    @property
    def _drill(self) -> bool:
        return self._deps.ctx.is_drill(self._request.customer)

    async def _failed(self, error: ContinuityError | SlackError | OSError) -> BotError:
        sentence = views.interrupted(self._read, error)
        await self._end(sentence)
        await self._show(views.failed(sentence))
        return BotError(sentence)

    async def _end(self, problem: str, file: str = "") -> None:
        try:
            await record_export_end(self._deps.ctx, self._request, self._read, problem, file)
        except StoreError as error:  # the export itself is recorded already
            log.warning("export.end_not_recorded", customer=self._request.customer, why=str(error))
