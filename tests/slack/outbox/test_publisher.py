"""The end of the publisher: what is due by then is posted, whatever it was doing at that moment."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.change import Event
from bot.errors import StoreBusy
from bot.ports import MessageKind, Store, Transaction
from bot.slack.outbox.publisher import OutboxPublisher
from bot.slack.outbox.rate_limiter import RateLimiter
from sandbox.slack import SlackSandbox
from tests.builders import CHANNEL, NOW, a_change, a_finished_change
from tests.slack.message_checks import shown
from tests.store.clock import FixedClock

T = TypeVar("T")
DRAIN = 30.0  # seconds, spent only where the test fails


class HeldStore:
    """The real store, whose first read has its result but returns it only when ``release`` is set.

    ``errors`` are raised by the reads after that instead of running them.
    """

    def __init__(self, store: Store, errors: list[Exception]) -> None:
        self._store = store
        self._errors = errors
        self.held, self.release = asyncio.Event(), asyncio.Event()

    async def read(self, query: Callable[[Transaction], T]) -> T:
        if self.held.is_set() and self._errors:
            raise self._errors.pop(0)
        found = await self._store.read(query)
        self.held.set()
        await self.release.wait()
        return found

    async def write(self, step: Callable[[Transaction], T]) -> T:
        return await self._store.write(step)

    async def close(self) -> None:
        await self._store.close()


@pytest.mark.parametrize("errors", [0, 2])
async def test_an_outcome_that_was_saved_while_the_publisher_read_is_posted_before_its_end(
    slack: SlackSandbox, client: AsyncWebClient, store: Store, clock: FixedClock, errors: int
) -> None:
    """Also where another process holds the database then: the first read after it is another pass."""
    held = HeldStore(store, [StoreBusy("held by another process") for _ in range(errors)])
    bell, change = asyncio.Event(), a_finished_change()

    def concluded(tx: Transaction) -> None:
        tx.add_change(change)
        for kind in (MessageKind.CARD, MessageKind.OUTCOME):
            tx.enqueue_message(kind, change)

    publisher = OutboxPublisher(
        held, client, clock, bell, rate_limiter=RateLimiter(1000.0), drain=DRAIN
    )
    async with publisher:
        await held.held.wait()  # it has read that nothing is due
        await store.write(concluded)
        bell.set()
        # Called when the end of the block waits, and by then the publisher was told to end.
        asyncio.get_running_loop().call_soon(held.release.set)

    assert len(slack.channel_messages(CHANNEL)) == 2
    assert "1,284 of 1,284 in failover" in shown(slack.channel_messages(CHANNEL)[1].blocks)


async def _published(store: Store, client: AsyncWebClient, clock: FixedClock) -> None:
    """Deliver what is due now, to the end."""
    async with OutboxPublisher(
        store,
        client,
        clock,
        asyncio.Event(),
        rate_limiter=RateLimiter(1000.0),
        drain=DRAIN,
    ):
        pass


@pytest.mark.parametrize("posted", [False, True])
async def test_a_removed_card_is_gone_and_one_that_was_not_posted_never_appears(
    slack: SlackSandbox, client: AsyncWebClient, store: Store, clock: FixedClock, posted: bool
) -> None:
    change = a_change()

    def proposed(tx: Transaction) -> None:
        tx.add_change(change)
        tx.enqueue_message(MessageKind.CARD, change)
        tx.enqueue_message(MessageKind.TIMELINE, change)

    await store.write(proposed)
    if posted:
        await _published(store, client, clock)
    assert len(slack.channel_messages(CHANNEL)) == posted
    await store.write(lambda tx: tx.remove_card(change))
    await _published(store, client, clock)

    assert slack.channel_messages(CHANNEL) == []
    assert all(message.deleted for message in slack.messages)
    assert await store.read(lambda tx: tx.next_due()) is None


async def test_a_card_that_slack_does_not_delete_is_updated(
    slack: SlackSandbox, client: AsyncWebClient, store: Store, clock: FixedClock
) -> None:
    change = a_change()

    def proposed(tx: Transaction) -> None:
        tx.add_change(change)
        tx.enqueue_message(MessageKind.CARD, change)

    def withdrawn(tx: Transaction) -> None:
        ended = change.moved(Event.CANCEL, finished_at=NOW)
        tx.save_change(ended)
        tx.enqueue_message(MessageKind.CARD, ended)
        tx.remove_card(ended)

    await store.write(proposed)
    await _published(store, client, clock)
    await store.write(withdrawn)
    slack.fail("chat.delete", error="compliance_exports_prevent_deletion")
    await _published(store, client, clock)

    [card] = slack.channel_messages(CHANNEL)
    assert card.text.startswith("CANCELLED")
    assert slack.buttons(card) == {}
