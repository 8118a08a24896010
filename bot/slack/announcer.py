"""Bring cards, timelines and outcomes up to date until Slack has taken them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.audit import AuditEntry
from bot.domain.change import Change, State, UserOutcome, UserStatus
from bot.errors import BotError, SlackRefused, SlackUnavailable
from bot.ports import Clock, Message, MessageKind, Store, Transaction
from bot.slack.directory import ask
from bot.slack.views import cards

LONGEST_WAIT = 60.0  # seconds between two tries
SHOWN_FAILURES = 10

log = structlog.get_logger(__name__)


class Announcer:
    """Delivers the outbox: run ``run()`` in a task, ring ``bell`` when something is due."""

    def __init__(
        self, store: Store, client: AsyncWebClient, clock: Clock, bell: asyncio.Event
    ) -> None:
        self._store = store
        self._client = client
        self._clock = clock
        self._bell = bell

    async def run(self) -> None:
        """Deliver until cancelled."""
        while True:
            self._bell.clear()
            try:
                delivered = await self.deliver_due()
            except BotError as error:
                log.exception("announcer.failed", why=str(error))
                delivered = 0
            if delivered:
                continue
            try:
                async with asyncio.timeout(0.5):
                    await self._bell.wait()
            except TimeoutError:
                continue

    async def deliver_due(self) -> int:
        """Deliver what is due now, a message a channel at a time; return how many rows were tried."""
        now = self._clock.now()
        due = await self._store.read(lambda tx: tx.due_messages(now))
        lanes: dict[str, list[Message]] = {}
        for message in due:
            lanes.setdefault(message.channel, []).append(message)
        await asyncio.gather(*(self._deliver_lane(lane) for lane in lanes.values()))
        return len(due)

    async def _deliver_lane(self, lane: list[Message]) -> None:
        for message in lane:
            await self._deliver(message)

    async def _deliver(self, message: Message) -> None:
        shown_to = message.wanted
        try:
            text, blocks, thread, revision = await self._render(message)
            shown_to = revision
            ts = await self._send(message, text, blocks, thread)
            after = replace(message, shown=revision, ts=ts, tries=0, error="", due_at=None)
        except SlackUnavailable as error:
            wait = error.retry_after or min(2.0**message.tries, LONGEST_WAIT)
            after = replace(
                message,
                tries=message.tries + 1,
                error=str(error),
                due_at=self._clock.now() + timedelta(seconds=wait),
            )
        except SlackRefused as error:
            log.warning("announcer.refused", key=message.key, code=error.code)
            after = replace(message, shown=shown_to, error=str(error), due_at=None)
        await self._store.write(lambda tx: tx.save_message(after))

    async def _send(
        self, message: Message, text: str, blocks: cards.Blocks, thread: str | None
    ) -> str:
        if message.ts is None:
            answer = await ask(
                self._client.chat_postMessage(
                    channel=message.channel,
                    text=text,
                    blocks=blocks,
                    thread_ts=thread,
                    unfurl_links=False,
                    unfurl_media=False,
                )
            )
            return str(answer["ts"])
        await ask(
            self._client.chat_update(
                channel=message.channel, ts=message.ts, text=text, blocks=blocks
            )
        )
        return message.ts

    async def _render(self, message: Message) -> tuple[str, cards.Blocks, str | None, int]:
        def query(
            tx: Transaction,
        ) -> tuple[Change | None, str, list[AuditEntry], list[UserOutcome], Message | None]:
            change = tx.change(message.change_id)
            name = tx.customer_name(change.customer) if change else ""
            entries = list(tx.entries(change_id=message.change_id))
            failed: list[UserOutcome] = []
            if change and change.state in (State.PARTIAL, State.FAILED):
                for status in (UserStatus.FAILED, UserStatus.NOT_SENT):
                    failed += tx.user_outcomes(change.id, status=status, limit=SHOWN_FAILURES)
            return change, name, entries, failed, tx.message(f"card:{message.change_id}")

        change, name, entries, failed, card_row = await self._store.read(query)
        if change is None:
            raise SlackRefused("the change is gone")
        thread = None
        if message.kind is MessageKind.CARD:
            text, blocks = cards.card(change, name, failed)
        elif message.kind is MessageKind.TIMELINE:
            thread = card_row.ts if card_row else None
            if thread is None:
                raise SlackUnavailable("the card is not posted yet", retry_after=0.2)
            text, blocks = cards.timeline(change, entries)
        else:
            text, blocks = cards.outcome(change, name, entries[-1] if entries else None, failed)
        return text, blocks, thread, change.revision
