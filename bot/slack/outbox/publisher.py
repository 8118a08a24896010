"""Bring cards, timelines and outcomes up to date until Slack has taken them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Self

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import (
    BotError,
    SlackRefused,
    SlackUnavailable,
    StoreError,
    StoreUnusable,
)
from bot.ports import Clock, Message, MessageKind, Store, Transaction
from bot.service.changes.executor import finish
from bot.slack.api.channels import ChannelCheck
from bot.slack.api.reply import ReplyTargets
from bot.slack.outbox.attachments import enclose
from bot.slack.outbox.posting import MessagePoster
from bot.slack.outbox.rate_limiter import RateLimiter
from bot.slack.outbox.render import RenderedMessage, render

LONGEST_WAIT = 60.0  # seconds between two tries
LATER = timedelta(minutes=10)  # until an outcome that no place takes is tried again
LONGEST_PAUSE = 1.0  # seconds; then it is looked whether something more urgent is due

_FILES = "files"  # the lane of the files: one that takes minutes holds up no card

log = structlog.get_logger(__name__)


class OutboxPublisher:
    """An async context manager that delivers the outbox; set ``bell`` when something is due.

    ``ops_channel`` and ``reply_targets``: see ``MessagePoster``. At the end it goes on for up to
    ``drain`` seconds, or until nothing is due.
    """

    def __init__(
        self,
        store: Store,
        client: AsyncWebClient,
        clock: Clock,
        bell: asyncio.Event,
        ops_channel: str = "",
        rate_limiter: RateLimiter | None = None,
        reply_targets: ReplyTargets | None = None,
        drain: float = 0.0,
    ) -> None:
        self._drain = drain
        self._store = store
        self._client = client
        self._clock = clock
        self._bell = bell
        self._pace = rate_limiter or RateLimiter()
        self._places = ChannelCheck(client)
        self._posting = MessagePoster(
            client, self._places, ops_channel, reply_targets or ReplyTargets()
        )
        self._lanes: dict[str, asyncio.Task[None]] = {}
        self._closing = False
        self._running: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Start delivering."""
        self._running = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *_: object) -> None:
        """Deliver what is due within the drain time; the rest is delivered after the next start."""
        self._closing = True
        self._bell.set()
        tasks = [] if self._running is None else [self._running]
        await finish(tasks, self._drain)
        await finish(self._lanes.values(), 0)

    async def _run(self) -> None:
        while True:
            self._bell.clear()
            busy = False
            try:
                busy = await self._deliver_due()
            except BotError as error:
                log.exception("announcer.failed", why=str(error))
            if self._closing and not busy:
                return
            try:
                async with asyncio.timeout(0.5):
                    await self._bell.wait()
            except TimeoutError:
                continue

    async def _deliver_due(self) -> bool:
        """Start a lane for each channel where something is due; return whether any is under way."""
        now = self._clock.now()
        for channel in await self._store.read(lambda tx: tx.due_channels(now)):
            if channel not in self._lanes:
                self._lanes[channel] = asyncio.create_task(self._lane(channel))
        if _FILES not in self._lanes and await self._next_file():
            self._lanes[_FILES] = asyncio.create_task(self._lane(_FILES))
        return bool(self._lanes)

    async def _lane(self, channel: str) -> None:
        """Deliver what is due in one channel, one after the other; it holds up no other channel."""
        try:
            deliver = self._deliver_file if channel == _FILES else self._deliver_next
            while await deliver(channel):
                pass
        except Exception as error:  # the row is still due; a pause keeps this from spinning
            log.exception("announcer.lane_failed", channel=channel, why=str(error))
            await asyncio.sleep(1.0)
        finally:
            del self._lanes[channel]
            self._bell.set()

    async def _next_file(self) -> Message | None:
        now = self._clock.now()
        due = await self._store.read(lambda tx: tx.due_messages(now, limit=1, files=True))
        return due[0] if due else None

    async def _deliver_file(self, _: str) -> bool:
        message = await self._next_file()
        if message is None:
            return False
        show = partial(enclose, self._store, self._client, self._clock, message, self._places)
        await self._save(await self._try(message, show, message.wanted))
        return True

    async def _deliver_next(self, channel: str) -> bool:
        now = self._clock.now()

        def query(tx: Transaction) -> tuple[Message, RenderedMessage | StoreUnusable] | None:
            due = tx.due_messages(now, channel=channel, limit=1)
            if not due:
                return None
            try:
                return due[0], render(tx, due[0], now)
            except StoreUnusable as error:  # the row of one change: the others are shown
                return due[0], error

        found = await self._store.read(query)
        if found is None:
            return False
        message, view = found
        structlog.contextvars.bind_contextvars(change=message.change_id)
        if isinstance(view, StoreUnusable):
            log.error("announcer.not_readable", key=message.key, why=str(view))
            await self._save(replace(message, error=str(view), due_at=now + LATER))
            return True
        pause = self._pause(message)
        if pause > 0:
            await asyncio.sleep(min(pause, LONGEST_PAUSE))
            return True
        show = partial(self._posting.show, message, view)
        await self._save(await self._try(message, show, view.revision))
        return True

    async def _try(
        self, message: Message, show: Callable[[], Awaitable[tuple[str, str]]], revision: int
    ) -> Message:
        """Show the message once and return its row as it is then: shown, or when it is due again."""
        try:
            place, ts = await show()
        except SlackUnavailable as error:
            if error.retry_after:
                self._pace.put_off(message.channel if message.ts is None else "", error.retry_after)
            wait = error.retry_after or min(2.0**message.tries, LONGEST_WAIT)
            due_at = self._clock.now() + timedelta(seconds=wait)
            return replace(message, tries=message.tries + 1, error=str(error), due_at=due_at)
        except SlackRefused as error:
            log.error("announcer.not_taken", key=message.key, code=error.code, why=str(error))  # noqa: TRY400  # a refusal has no cause in the code
            if message.kind in (MessageKind.OUTCOME, MessageKind.ASSERTED):  # never silence
                return replace(message, error=str(error), due_at=self._clock.now() + LATER)
            # the next revision is tried again, and must not hold up the outcome
            return replace(message, shown=revision, error=str(error), due_at=None)
        return replace(
            message, channel=place, ts=ts, shown=revision, tries=0, error="", due_at=None
        )

    async def _save(self, message: Message) -> None:
        # What Slack has taken must be remembered: else it is posted again, every second, until it is.
        while True:
            try:
                return await self._store.write(lambda tx: tx.save_message(message))
            except StoreError as error:
                log.warning("announcer.not_saved", key=message.key, why=str(error))
                await asyncio.sleep(1.0)

    def _pause(self, message: Message) -> float:
        if message.ts is None:
            return self._pace.wait_to_post(message.channel)
        return self._pace.wait_to_update(can_wait=message.kind is MessageKind.TIMELINE)
