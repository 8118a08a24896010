"""A leader that is stopping when its lease is lost cuts off what it posts, and waits for nothing."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot import leader_part
from bot.leader_part import LeaderPart
from bot.ports import MessageKind, Transaction
from bot.service.context import Context
from bot.service.replicas.leadership import Leadership
from bot.service.replicas.membership import Membership
from bot.slack.api.client import MAX_CALL_SECONDS, SlackClient
from bot.slack.api.reply import ReplyTargets
from bot.slack.outbox import publisher
from bot.slack.outbox.rate_limiter import RateLimiter
from bot.store.sqlite.store import SqliteStore
from tests.builders import a_change
from tests.fakes import FakeApi, FakeClock, FakeDirectory

LONG = 300.0  # seconds, spent only where the test fails
WITHIN = 30.0  # seconds
AT_ONCE = MAX_CALL_SECONDS - 2.0  # seconds: by itself a call that nobody answers is given up later


class Post:
    """Posts of the client: each is on its way until it is cut off."""

    def __init__(self, client: SlackClient) -> None:
        self.begun, self.cut_off = asyncio.Event(), asyncio.Event()
        client.chat_postMessage = self._post  # type: ignore[method-assign]

    async def _post(self, **_: Any) -> Any:
        self.begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.cut_off.set()


@pytest.fixture
def membership(store: SqliteStore) -> Membership:
    return Membership(store, "one", LONG)


@pytest.fixture
def part(client: SlackClient, store: SqliteStore, membership: Membership) -> LeaderPart:
    ctx = Context(store, FakeApi(), FakeDirectory(), FakeClock())
    events = asyncio.Event(), asyncio.Event()
    return LeaderPart(
        ctx, client, "", RateLimiter(), ReplyTargets(), LONG, *events, lambda: membership.alive
    )


@pytest.fixture
async def posting(client: SlackClient, store: SqliteStore) -> Post:
    def due(tx: Transaction) -> None:
        tx.add_change(a_change())
        tx.enqueue_message(MessageKind.CARD, a_change())

    await store.write(due)
    return Post(client)


@pytest.mark.parametrize("removed", ["while it drains", "while the last one is on its way"])
async def test_a_leader_that_loses_its_lease_while_it_stops_cuts_off_its_posts(
    monkeypatch: pytest.MonkeyPatch,
    store: SqliteStore,
    membership: Membership,
    part: LeaderPart,
    posting: Post,
    removed: str,
) -> None:
    drains = removed == "while it drains"
    monkeypatch.setattr(leader_part, "PUBLISHER_DRAIN", LONG if drains else 0.0)
    monkeypatch.setattr(publisher, "IN_FLIGHT_SECONDS", LONG)
    async with asyncio.timeout(WITHIN), membership:
        leads = await Leadership(membership, store, part.term).__aenter__()
        await posting.begun.wait()
        stopping = asyncio.create_task(leads.__aexit__(None, None, None))
        await asyncio.sleep(0.1)  # it waits for the post
        assert not posting.cut_off.is_set()
        await store.write(lambda tx: tx.remove_replica(membership.id))
        membership.lost(membership.fence())
        lost_at = asyncio.get_running_loop().time()
        await posting.cut_off.wait()
        await stopping
        assert asyncio.get_running_loop().time() - lost_at < AT_ONCE
    assert part.publisher is not None
    assert part.publisher._tasks == {}


async def test_a_stop_that_is_cut_short_by_a_second_signal_leaves_the_last_post_its_time(
    monkeypatch: pytest.MonkeyPatch,
    store: SqliteStore,
    membership: Membership,
    part: LeaderPart,
    posting: Post,
) -> None:
    """The lease holds: nobody else posts it meanwhile."""
    monkeypatch.setattr(leader_part, "PUBLISHER_DRAIN", LONG)
    monkeypatch.setattr(publisher, "IN_FLIGHT_SECONDS", 1.0)
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(WITHIN), membership:
        leads = await Leadership(membership, store, part.term).__aenter__()
        await posting.begun.wait()
        stopping = asyncio.create_task(leads.__aexit__(None, None, None))
        await asyncio.sleep(0.1)  # it waits for the post
        stopping.cancel()
        began = loop.time()
        with pytest.raises(asyncio.CancelledError):
            await stopping
        await posting.cut_off.wait()
        assert loop.time() - began >= 0.9
