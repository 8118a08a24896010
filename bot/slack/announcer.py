"""Bring cards, timelines and outcomes up to date until Slack has taken them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import (
    BotError,
    InstallationFault,
    SlackRefused,
    SlackUnavailable,
    StoreError,
    StoreUnusable,
)
from bot.ports import Clock, Message, MessageKind, Store, Transaction
from bot.service.execute import finish
from bot.slack.codes import PLACE
from bot.slack.enclosures import enclose
from bot.slack.pace import Pace
from bot.slack.payloads import Inbound
from bot.slack.places import KEPT, Places
from bot.slack.rendering import View, render
from bot.slack.reply import Askers, reply
from bot.slack.views.elsewhere import waits, went
from bot.slack.views.words import as_text
from bot.slack.web import ask

LONGEST_WAIT = 60.0  # seconds between two tries
LATER = timedelta(minutes=10)  # until an outcome that no place takes is tried again
TELL = 3.0  # seconds for each way to tell the requester; the lane waits
LONGEST_PAUSE = 1.0  # seconds; then it is looked whether something more urgent is due

_FILES = "files"  # the lane of the files: one that takes minutes holds up no card

log = structlog.get_logger(__name__)


class Announcer:
    """Delivers the outbox; ring ``bell`` when something is due.

    ``ops_channel`` is where a message goes that its own channel does not take; ``askers`` tells how the
    requester is reached then.
    """

    def __init__(
        self,
        store: Store,
        client: AsyncWebClient,
        clock: Clock,
        bell: asyncio.Event,
        ops_channel: str = "",
        pace: Pace | None = None,
        askers: Askers | None = None,
    ) -> None:
        self._store = store
        self._client = client
        self._clock = clock
        self._bell = bell
        self._ops_channel = ops_channel
        self._pace = pace or Pace()
        self._askers = askers or Askers()
        self._places = Places(client)
        self._lanes: dict[str, asyncio.Task[None]] = {}
        self._closing = False
        self._running: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Deliver from now on."""
        self._running = asyncio.create_task(self._run())

    async def stop(self, seconds: float) -> None:
        """Deliver what is due within ``seconds``; the rest is delivered after the next start."""
        self._closing = True
        self._bell.set()
        tasks = [] if self._running is None else [self._running]
        await finish(tasks, seconds)
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

        def query(tx: Transaction) -> tuple[Message, View | StoreUnusable] | None:
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
        show = partial(self._show, message, view)
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

    async def _show(self, message: Message, view: View) -> tuple[str, str]:
        """Post or update the message; return channel and ts. Raises SlackUnavailable, SlackRefused.

        What Slack refuses for good is shown more plainly or elsewhere rather than not at all: without
        blocks, as a new message, in the operations channel, to the requester.
        """
        plain = replace(view, text=as_text(view.blocks), blocks=[])
        if message.kind is not MessageKind.OUTCOME and (
            why_not := await self._places.why_not(message.channel, kept=KEPT)
        ):
            return await self._aside(message, view, why_not)
        home = []
        if message.ts is not None:
            home += [partial(self._update, message, one) for one in (view, plain)]
        home += [partial(self._post, message.channel, one) for one in (view, plain)]
        try:
            return await self._by(home, message, view)
        except SlackRefused as error:
            why = error
        if message.kind is MessageKind.TIMELINE:
            raise why
        abroad = replace(plain, text=as_text(view.elsewhere), thread=None)
        places = [place for place in (self._ops_channel, view.otherwise) if place]
        try:
            found = await self._by(
                [partial(self._post, place, abroad) for place in places], message, view
            )
        except SlackRefused:
            if not message.shown:
                await self._tell(message, view, went(view.change, why, ""))
            raise why from None
        if found[0] != message.channel:
            await self._tell(message, view, went(view.change, why, found[0]), found[0])
        return found

    async def _aside(self, message: Message, view: View, why: str) -> tuple[str, str]:
        """Tell the requester what its channel must not be told, and the channel that it is so."""
        if message.kind is MessageKind.ASSERTED or view.otherwise == message.channel:
            raise SlackRefused(f"Not told there: {why}.", code="shared_channel")
        if message.kind is MessageKind.CARD:
            words = f"{message.change_id} is told to its requester alone from now on: {why}."
            bare = replace(view, text=words, blocks=[])
            if message.ts is None:
                await self._post(message.channel, bare)
            else:
                await self._update(message, bare)
        abroad = replace(view, text=as_text(view.elsewhere), blocks=[])
        return await self._post(view.otherwise, abroad)

    async def _by(
        self, ways: Sequence[Callable[[], Awaitable[tuple[str, str]]]], message: Message, view: View
    ) -> tuple[str, str]:
        """Go the first way that Slack takes. Raises the refusal of the last one, or SlackUnavailable
        where no way will be taken before the bot's installation is mended."""
        refused = SlackRefused("nothing was tried")
        for way in ways:
            try:
                return await way()
            except SlackRefused as error:
                log.warning("announcer.refused", key=message.key, code=error.code)
                if isinstance(error, InstallationFault) and error.code not in PLACE:
                    if not message.tries:
                        await self._tell(message, view, waits(view.change, error))
                    raise SlackUnavailable(str(error), code=error.code) from None
                refused = error
        raise refused

    async def _tell(self, message: Message, view: View, words: str, place: str = "") -> None:
        """Tell the requester what became of the card, by the response URL where there is one."""
        change = view.change
        if message.kind is not MessageKind.CARD:
            return
        asked = self._askers.last(change.requester, change.channel)
        if asked is None:
            if place.startswith("D"):  # the card itself is what they are sent
                return
            asked = Inbound(key=message.key, kind="card", user=change.requester, team="", app="")
        await reply(self._client, asked, words, seconds=TELL)

    async def _post(self, channel: str, view: View) -> tuple[str, str]:
        answer = await ask(
            self._client.chat_postMessage(
                channel=channel,
                text=view.text,
                blocks=view.blocks or None,
                thread_ts=view.thread,
                unfurl_links=False,
                unfurl_media=False,
            )
        )
        # Without a time it is there, and its next revision is posted anew.
        return str(answer.get("channel") or channel), str(answer.get("ts") or "")

    async def _update(self, message: Message, view: View) -> tuple[str, str]:
        await ask(
            self._client.chat_update(
                channel=message.channel, ts=str(message.ts), text=view.text, blocks=view.blocks
            )
        )
        return message.channel, str(message.ts)
