"""The end of the publisher: what is due by then is posted, whatever it was doing at that moment."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.change_state import Event, State
from bot.domain.outcome import UserOutcome, UserStatus
from bot.domain.scope import Users
from bot.errors import LeaseLost, StoreBusy
from bot.ports import MessageKind, Store, Transaction
from bot.slack.api.client import client_for
from bot.slack.api.reply import ReplyTargets
from bot.slack.outbox.publisher import OutboxPublisher
from bot.slack.outbox.rate_limiter import RateLimiter
from bot.slack.payloads import ReplyTarget
from sandbox.slack import SlackSandbox
from tests.builders import CHANNEL, NOW, REQUESTER, a_change, a_finished_change
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


async def _published(
    store: Store,
    client: AsyncWebClient,
    clock: FixedClock,
    reply_targets: ReplyTargets | None = None,
) -> None:
    """Deliver what is due now, to the end."""
    async with OutboxPublisher(
        store,
        client,
        clock,
        asyncio.Event(),
        rate_limiter=RateLimiter(1000.0),
        reply_targets=reply_targets,
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
    assert card.text == "C-7K3MX was not proposed. Who asked for it was told why."
    assert card.blocks == []
    assert slack.buttons(card) == {}


@pytest.mark.parametrize("posted", [False, True])
@pytest.mark.parametrize("thread", ["", "1.000001"])
async def test_of_a_pointless_change_the_requester_alone_is_told(
    slack: SlackSandbox,
    client: AsyncWebClient,
    store: Store,
    clock: FixedClock,
    posted: bool,
    thread: str,
) -> None:
    """Also after a restart: the row of the card stays due until it is told."""
    change = a_change(scope=Users(("jo@example.com", "al@example.com")))
    parent = slack.post(CHANNEL, REQUESTER, "the thread").ts if thread else ""

    def proposed(tx: Transaction) -> None:
        tx.add_change(change)
        tx.enqueue_message(MessageKind.CARD, change)
        tx.enqueue_message(MessageKind.TIMELINE, change)

    def halted(tx: Transaction) -> None:
        ended = change.moved(Event.HALT, decision_reason="No <user> jo.", finished_at=NOW)
        tx.save_change(ended)
        tx.put_user_outcomes(change.id, [UserOutcome("jo@example.com", UserStatus.FAILED)])
        tx.remove_card(ended)

    await store.write(proposed)
    if posted:
        await _published(store, client, clock)
    await store.write(halted)
    targets = ReplyTargets()
    targets.note(ReplyTarget("event:1", REQUESTER, CHANNEL, thread_ts=parent))
    await _published(store, client, clock, targets)
    await _published(store, client, clock, targets)

    assert [one.text for one in slack.channel_messages(CHANNEL) if one.user != REQUESTER] == []
    [told] = slack.ephemerals
    assert (told.user, told.channel, told.thread_ts or "") == (REQUESTER, CHANNEL, parent)
    assert told.text == (
        "*FAILOVER ON for 44444* was not proposed, and nobody else was told.\nNo &lt;user&gt; jo."
    )
    button = slack.buttons(told)["change_propose_rest"]
    assert (button["text"]["text"], button["value"]) == ("Propose the other one", "C-7K3MX 0")


async def test_who_proposed_it_at_the_terminal_was_told_there(
    slack: SlackSandbox, client: AsyncWebClient, store: Store, clock: FixedClock
) -> None:
    change = a_change(state=State.CANCELLED, terminal="olga@jump1", decision_reason="No users.")

    def halted(tx: Transaction) -> None:
        tx.add_change(change)
        tx.enqueue_message(MessageKind.CARD, change)
        tx.remove_card(change)

    await store.write(halted)
    await _published(store, client, clock)
    assert (slack.ephemerals, slack.messages) == ([], [])
    assert await store.read(lambda tx: tx.next_due()) is None


def _due(tx: Transaction) -> None:
    change = a_change()
    tx.add_change(change)
    tx.enqueue_message(MessageKind.CARD, change)


class Gate:
    """Slack's client at the moment before it posts: it waits until the gate is open."""

    def __init__(self, client: AsyncWebClient) -> None:
        self.reached, self.open = asyncio.Event(), asyncio.Event()
        self._post = client.chat_postMessage
        client.chat_postMessage = self._held  # type: ignore[method-assign]

    async def _held(self, **how: Any) -> Any:
        answer = await self._post(**how)  # Slack has it, and its answer is on the way
        self.reached.set()
        await self.open.wait()
        return answer


async def test_a_message_on_its_way_at_the_end_is_not_posted_again(
    slack: SlackSandbox, client: AsyncWebClient, store: Store, clock: FixedClock
) -> None:
    await store.write(_due)
    gate = Gate(client)
    async with OutboxPublisher(store, client, clock, asyncio.Event()):
        await gate.reached.wait()
        asyncio.get_running_loop().call_later(0.2, gate.open.set)
    await _published(store, client, clock)
    assert len(slack.channel_messages(CHANNEL)) == 1


async def test_after_a_lost_lease_nothing_is_waited_for(
    client: AsyncWebClient, store: Store, clock: FixedClock
) -> None:
    await store.write(_due)
    gate = Gate(client)

    async def until_lost() -> None:
        async with (
            asyncio.timeout(DRAIN / 2),
            OutboxPublisher(store, client, clock, asyncio.Event(), drain=DRAIN),
        ):
            await gate.reached.wait()
            raise LeaseLost

    with pytest.raises(LeaseLost):
        await until_lost()
    row = await store.read(lambda tx: tx.message(f"card:{a_change().id}"))
    assert row is not None
    assert (row.tries, row.error) == (0, "")  # nobody waited until the call was given up


async def test_what_is_not_sent_for_want_of_a_lease_is_sent_later(
    slack: SlackSandbox, session: aiohttp.ClientSession, store: Store, clock: FixedClock
) -> None:
    """It is no failure of Slack: the row is as it was."""
    await store.write(_due)
    client = client_for(slack.bot_token, slack.api_url, session)
    asked, leased = asyncio.Event(), asyncio.Event()

    def check() -> None:
        asked.set()
        if not leased.is_set():
            raise LeaseLost

    client.before_call = check
    async with OutboxPublisher(store, client, clock, asyncio.Event(), drain=DRAIN):
        await asked.wait()
        await asyncio.sleep(0.05)
        assert slack.channel_messages(CHANNEL) == []
        row = await store.read(lambda tx: tx.message(f"card:{a_change().id}"))
        assert row is not None
        assert (row.tries, row.error) == (0, "")
        leased.set()
    assert len(slack.channel_messages(CHANNEL)) == 1


async def test_a_notice_is_not_posted_where_another_company_reads(
    slack: SlackSandbox, client: AsyncWebClient, store: Store, clock: FixedClock
) -> None:
    change = a_change()

    def ended(tx: Transaction) -> None:
        tx.add_change(change)
        name = "back-not_made_1"
        tx.enqueue_message(MessageKind.NOTICE, change, person=CHANNEL, name=name)

    await store.write(ended)
    slack.channels[CHANNEL].is_ext_shared = True
    await _published(store, client, clock)
    assert slack.messages == []
    assert slack.refused == []
    [key] = await store.read(lambda tx: tx.message_keys(change.id))
    row = await store.read(lambda tx: tx.message(key))
    assert row is not None
    assert "this channel is shared with another company" in row.error
