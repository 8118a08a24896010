"""Deliver the outbox: cards, timelines, outcomes and files, each until Slack has accepted it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Self

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import (
    BotError,
    LeaseLost,
    SlackRefused,
    SlackUnavailable,
    StoreError,
    StoreUnusable,
)
from bot.ports import Clock, Message, MessageKind, Store, Transaction
from bot.service.parallel import finish_tasks
from bot.slack.api.channels import ChannelCheck
from bot.slack.api.reply import ReplyTargets
from bot.slack.outbox.attachments import AttachmentPoster
from bot.slack.outbox.backoff import Backoff
from bot.slack.outbox.message_poster import MessagePoster
from bot.slack.outbox.message_rendering import RenderedMessage, render
from bot.slack.outbox.outage import Count, is_silence, late_since, what_holds_now
from bot.slack.outbox.rate_limiter import DIRECT_RESERVE, RESERVE, RateLimiter

# Until an outcome that no channel accepts is tried again.
REFUSED_RETRY = timedelta(minutes=10)
# For the rate limit at a time; something more urgent may fall due meanwhile.
MAX_PAUSE_SECONDS = 1.0
# At the end, for messages that are on their way to Slack.
IN_FLIGHT_SECONDS = 3.0
# What updates of these leave to those of cards and outcomes.
RESERVES = {MessageKind.TIMELINE: RESERVE, MessageKind.DIRECT: DIRECT_RESERVE}
# Posts of these come behind those in channels.
DIRECT_POSTS = (MessageKind.DIRECT, MessageKind.NOTICE)
# The key of the task that posts files: one that takes minutes delays no card.
_FILES = "files"

log = structlog.get_logger(__name__)


class OutboxPublisher:
    """An async context manager that delivers the outbox; set ``bell`` when something is due.

    Each channel has a task of its own, so that a slow one delays no other. ``ops_channel`` and
    ``reply_targets``: see ``MessagePoster``. ``count`` counts what holds for a customer, for the
    message behind the outcomes of an outage; without it there is none. At the end it goes on for up to ``drain`` seconds, or
    until nothing is due. ``alive`` tells whether no other replica can have taken over.
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
        count: Count | None = None,
        workspace_url: str = "",
        alive: Callable[[], bool] = lambda: True,
    ) -> None:
        # For links to messages; known when Slack has answered.
        self.workspace_url = workspace_url
        self._drain = drain
        self._alive = alive
        self._count = count
        self._store = store
        self._clock = clock
        self._bell = bell
        self._rate_limiter = rate_limiter or RateLimiter()
        self._backoff = Backoff()
        channel_check, targets = ChannelCheck(client), reply_targets or ReplyTargets()
        self._messages = MessagePoster(client, channel_check, ops_channel, targets)
        self._attachments = AttachmentPoster(store, client, clock, channel_check)
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._closing = False
        # Nothing more is begun: each channel ends with the message that is on its way.
        self._last = False
        self._running: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Start delivering."""
        self._running = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, _: object, error: BaseException | None, __: object) -> None:
        """Deliver what is due within the drain time; the rest is delivered after the next start.

        What is on its way to Slack then has its time, also where this is cancelled: cut off, it would be
        posted a second time. Once the lease is lost nothing has any: another replica delivers it.
        """
        lost = isinstance(error, LeaseLost)
        hurried = lost or isinstance(error, asyncio.CancelledError)
        self._closing = True
        self._bell.set()
        tasks = [] if self._running is None else [self._running]
        try:
            await finish_tasks(tasks, 0 if hurried else self._drain)
        finally:
            self._last = True
            cut_off = lost or not self._alive()
            await finish_tasks(self._tasks.values(), 0 if cut_off else IN_FLIGHT_SECONDS)

    def slack_answered(self, method: str) -> None:
        """Note that Slack answered a call of anybody: what waits for it is tried at once."""
        if self._backoff.answered(method):
            log.info("outbox.slack_is_back", method=method)
            self._bell.set()

    async def _run(self) -> None:
        while True:
            self._bell.clear()
            # From before the rows are read: the last messages may be enqueued meanwhile. Where they
            # cannot be read, they may be due.
            closing, busy = self._closing, True
            try:
                busy = await self._deliver_due()
            except BotError as error:
                log.exception("outbox.failed", why=str(error))
            if closing and not busy:
                return
            try:
                async with asyncio.timeout(0.5):
                    await self._bell.wait()
            except TimeoutError:
                continue

    async def _deliver_due(self) -> bool:
        """Start a task for each channel where something is due; return whether any task runs."""
        now = self._clock.now()
        for channel in await self._store.read(lambda tx: tx.due_channels(now)):
            if channel not in self._tasks and not self._backoff.wait(channel):
                self._tasks[channel] = asyncio.create_task(self._run_channel(channel))
        free = _FILES not in self._tasks and not self._backoff.wait(_FILES)
        if free and await self._next_file():
            self._tasks[_FILES] = asyncio.create_task(self._run_channel(_FILES))
        return bool(self._tasks)

    async def _run_channel(self, channel: str) -> None:
        """Deliver what is due in one channel, one message after the other."""
        try:
            deliver = self._deliver_file if channel == _FILES else self._deliver_next
            while not self._backoff.wait(channel) and await deliver(channel) and not self._last:
                pass
        except LeaseLost as error:
            log.warning("outbox.waits_for_the_lease", channel=channel, why=str(error))
            await asyncio.sleep(1.0)
        except (
            Exception
        ) as error:  # the row is still due: without the pause this would be a busy loop
            log.exception("outbox.channel_failed", channel=channel, why=str(error))
            await asyncio.sleep(1.0)
        finally:
            del self._tasks[channel]
            self._bell.set()

    async def _next_file(self) -> Message | None:
        now = self._clock.now()
        due = await self._store.read(lambda tx: tx.due_messages(now, limit=1, files=True))
        return due[0] if due else None

    async def _deliver_file(self, _: str) -> bool:
        message = await self._next_file()
        if message is None:
            return False
        deliver = partial(self._attachments.deliver, message)
        await self._save(await self._try(_FILES, message, deliver, message.wanted))
        return True

    async def _deliver_next(self, channel: str) -> bool:
        now = self._clock.now()

        url = self.workspace_url
        found = await self._store.read(lambda tx: _next_message(tx, channel, now, url))
        if found is None:
            return False
        message, view = found
        structlog.contextvars.bind_contextvars(change=message.change_id)
        if isinstance(view, StoreUnusable):
            log.error("outbox.not_readable", key=message.key, why=str(view))
            await self._save(replace(message, error=str(view), due_at=now + REFUSED_RETRY))
            return True
        if view.unneeded:
            await self._save(replace(message, shown=view.revision, due_at=None, error=""))
            return True
        pause = self._pause(message)
        if pause > 0:
            await asyncio.sleep(min(pause, MAX_PAUSE_SECONDS))
            return True
        if message.kind is MessageKind.NOW and self._count is not None:
            customers = await self._store.read(lambda tx: tx.late_customers(channel))
            view = await what_holds_now(view, customers, self._count)
        deliver = partial(self._messages.deliver, message, view)
        revision = message.wanted if message.removed else view.revision
        after = await self._try(channel, message, deliver, revision, view.offers)
        ended = late_since(message, after, self._clock.now()) if self._count else None
        await self._save(after, ended)
        return True

    async def _try(
        self,
        task: str,
        message: Message,
        deliver: Callable[[], Awaitable[tuple[str, str]]],
        revision: int,
        offers: str = "",
    ) -> Message:
        """Deliver the message once; return its row: shown, or to be tried again."""
        begun = self._backoff.heard
        try:
            channel, ts = await deliver()
        except SlackUnavailable as error:
            return self._not_delivered(task, message, error, begun)
        except SlackRefused as error:
            # A refusal has no cause in the code: no traceback.
            log.error("outbox.not_posted", key=message.key, code=error.code, why=str(error))  # noqa: TRY400
            message = replace(message, unanswered_since=None)
            if message.kind in (MessageKind.OUTCOME, MessageKind.ASSERTED):  # these must arrive
                return replace(message, error=str(error), due_at=self._clock.now() + REFUSED_RETRY)
            # The next revision is tried again; a refused card must not delay the outcome.
            return replace(message, shown=revision, error=str(error), due_at=None)
        self._backoff.delivered(task, message.key)
        taken = replace(message, channel=channel, ts=ts or None, shown=revision, offers=offers)
        return replace(taken, tries=0, error="", due_at=None, unanswered_since=None)

    def _not_delivered(
        self, task: str, message: Message, error: SlackUnavailable, begun: int
    ) -> Message:
        """Make the channel wait, or the message alone; return its row."""
        posts = message.ts is None
        alone: float | None = None
        if error.retry_after:
            channel, can_wait = message.channel if posts else "", message.kind in DIRECT_POSTS
            self._rate_limiter.put_off(channel, error.retry_after, can_wait=can_wait)
            self._backoff.put_off(task, error.retry_after)
        else:
            method = "chat.postMessage" if posts else "chat.update"
            alone = self._backoff.failed(task, message.key, method, message.tries, begun)
        now = self._clock.now()
        since = message.unanswered_since or (now if is_silence(error) else None)
        return replace(
            message,
            tries=message.tries + 1,
            error=str(error),
            due_at=now + timedelta(seconds=alone) if alone else None,
            # Slack takes others: that is no outage.
            unanswered_since=None if alone else since,
        )

    async def _save(self, message: Message, ended_outage: datetime | None = None) -> None:
        """Save the row; ``ended_outage``: see ``late_since``."""

        def step(tx: Transaction) -> None:
            if ended_outage is not None:
                tx.note_outage(message.channel, ended_outage)
            tx.save_message(message)

        # Without the saved ts the message would be posted again.
        while True:
            try:
                return await self._store.write(step)
            except LeaseLost:
                raise
            except StoreError as error:
                log.warning("outbox.not_saved", key=message.key, why=str(error))
                await asyncio.sleep(1.0)

    def _pause(self, message: Message) -> float:
        if message.ts is None and not message.removed:
            can_wait = message.kind in DIRECT_POSTS
            return self._rate_limiter.wait_to_post(message.channel, can_wait=can_wait)
        return self._rate_limiter.wait_to_update(reserve=RESERVES.get(message.kind, 0.0))


def _next_message(
    tx: Transaction, channel: str, now: datetime, workspace_url: str
) -> tuple[Message, RenderedMessage | StoreUnusable] | None:
    """Return the message that is due in a channel, rendered, or None."""
    due = tx.due_messages(now, channel=channel, limit=1)
    if not due:
        return None
    try:
        return due[0], render(tx, due[0], now, workspace_url)
    except StoreUnusable as error:  # only this change is damaged
        return due[0], error
