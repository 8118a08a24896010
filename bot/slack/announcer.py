"""Bring cards, timelines and outcomes up to date until Slack has taken them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.change import Change, State, UserOutcome, UserStatus
from bot.domain.roles import Role
from bot.errors import BotError, SlackRefused, SlackUnavailable, StoreUnusable
from bot.ports import Clock, Message, MessageKind, Store, Transaction, message_key
from bot.service.execute import finish
from bot.slack.views.cards import card, whom
from bot.slack.views.outcomes import outcome, timeline
from bot.slack.views.terminal import asserted
from bot.slack.views.words import Blocks, as_text
from bot.slack.web import ask

LONGEST_WAIT = 60.0  # seconds between two tries
MOST_ADMINS = 5  # named to an approver who may object
LAST_ENTRIES = 200  # audit entries of one change, for its timeline

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class View:
    """A message as it is to be shown: of which revision, and in whose thread."""

    text: str
    blocks: Blocks
    revision: int
    requester: str
    thread: str | None = None


class Announcer:
    """Delivers the outbox; ring ``bell`` when something is due.

    ``ops_channel`` is where a message goes that its own channel does not take.
    """

    def __init__(
        self,
        store: Store,
        client: AsyncWebClient,
        clock: Clock,
        bell: asyncio.Event,
        ops_channel: str = "",
    ) -> None:
        self._store = store
        self._client = client
        self._clock = clock
        self._bell = bell
        self._ops_channel = ops_channel
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
        return bool(self._lanes)

    async def _lane(self, channel: str) -> None:
        """Deliver what is due in one channel, one after the other; it holds up no other channel."""
        try:
            while await self._deliver_next(channel):
                pass
        except Exception as error:  # the row is still due; a pause keeps this from spinning
            log.exception("announcer.lane_failed", channel=channel, why=str(error))
            await asyncio.sleep(1.0)
        finally:
            del self._lanes[channel]
            self._bell.set()

    async def _deliver_next(self, channel: str) -> bool:
        now = self._clock.now()

        def query(tx: Transaction) -> tuple[Message, View] | None:
            due = tx.due_messages(now, channel=channel, limit=1)
            return (due[0], render(tx, due[0])) if due else None

        found = await self._store.read(query)
        if found is None:
            return False
        message, view = found
        try:
            place, ts = await self._show(message, view)
            after = replace(
                message,
                channel=place,
                ts=ts,
                shown=view.revision,
                tries=0,
                error="",
                due_at=None,
            )
        except SlackUnavailable as error:
            wait = error.retry_after or min(2.0**message.tries, LONGEST_WAIT)
            due_at = self._clock.now() + timedelta(seconds=wait)
            after = replace(message, tries=message.tries + 1, error=str(error), due_at=due_at)
        except SlackRefused as error:
            log.exception("announcer.lost", key=message.key, code=error.code)
            after = replace(message, shown=view.revision, error=str(error), due_at=None)
        await self._store.write(lambda tx: tx.save_message(after))
        return True

    async def _show(self, message: Message, view: View) -> tuple[str, str]:
        """Post or update the message; return channel and ts. Raises SlackUnavailable, SlackRefused.

        What Slack refuses for good is shown more plainly or elsewhere rather than not at all: without
        blocks, as a new message, in the operations channel, to the requester himself.
        """
        plain = replace(view, text=as_text(view.blocks), blocks=[])
        elsewhere = replace(plain, thread=None)
        ways = []
        if message.ts is not None:
            ways += [partial(self._update, message, one) for one in (view, plain)]
        ways += [partial(self._post, message.channel, one) for one in (view, plain)]
        if message.kind is not MessageKind.TIMELINE:
            places = [place for place in (self._ops_channel, view.requester) if place]
            ways += [partial(self._post, place, elsewhere) for place in places]
        refused = SlackRefused("nothing was tried")
        for way in ways:
            try:
                return await way()
            except SlackRefused as error:
                log.warning("announcer.refused", key=message.key, code=error.code)
                refused = error
        raise refused

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
        return str(answer["channel"]), str(answer["ts"])

    async def _update(self, message: Message, view: View) -> tuple[str, str]:
        await ask(
            self._client.chat_update(
                channel=message.channel, ts=str(message.ts), text=view.text, blocks=view.blocks
            )
        )
        return message.channel, str(message.ts)


def render(tx: Transaction, message: Message) -> View:
    """Return a message of a change as it is to be shown now."""
    change = tx.change(message.change_id)
    if change is None:  # the foreign key forbids it
        raise StoreUnusable(f"The row of change {message.change_id} is missing in the database.")
    name = tx.customer_name(change.customer)
    thread = None
    if message.kind is MessageKind.CARD:
        text, blocks = card(change, name, _failures(tx, change))
    elif message.kind is MessageKind.TIMELINE:
        posted = tx.message(message_key(MessageKind.CARD, change.id))
        thread = posted.ts if posted else None
        text, blocks = timeline(change, tx.entries(change_id=change.id, limit=LAST_ENTRIES))
    elif message.kind is MessageKind.ASSERTED:
        text, blocks = _asserted(tx, message, change, name)
    else:
        kind = f"change.{change.state}"
        entries = tx.entries(change_id=change.id, limit=LAST_ENTRIES)
        seal = next((one for one in reversed(entries) if one.record.kind == kind), None)
        text, blocks = outcome(change, name, seal, _failures(tx, change))
    return View(text, blocks, change.revision, change.requester, thread)


def _asserted(tx: Transaction, message: Message, change: Change, name: str) -> tuple[str, Blocks]:
    person = message.key.rpartition(":")[2]
    rows = tx.grants(customer=change.customer)
    admins = [row.subject.id for row in rows if row.role is Role.ADMIN]
    return asserted(change, name, person, whom(change), admins[:MOST_ADMINS])


def _failures(tx: Transaction, change: Change) -> list[UserOutcome]:
    if change.state not in (State.PARTIAL, State.FAILED, State.NEEDS_OPERATOR):
        return []
    return [row for row in tx.user_outcomes(change.id) if row.status is not UserStatus.APPLIED]
