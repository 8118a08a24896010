"""That Slack was heard is saved when it was, and not before."""

from __future__ import annotations

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import SlackUnavailable
from bot.ports import SlackContact
from bot.slack.api.heartbeat import Heartbeat
from bot.store.sqlite.store import SqliteStore
from sandbox.slack import SlackSandbox
from tests.store.clock import FixedClock


async def saved(store: SqliteStore) -> SlackContact | None:
    return await store.read(lambda tx: tx.slack_contact())


async def test_an_answer_is_saved_with_its_time_and_the_operations_channel(
    client: AsyncWebClient, store: SqliteStore, clock: FixedClock
) -> None:
    assert await saved(store) is None
    await Heartbeat(store, client, clock, "C0OPS").beat()
    assert await saved(store) == SlackContact(clock.now(), "C0OPS")


async def test_a_refused_token_is_an_answer(
    slack: SlackSandbox, client: AsyncWebClient, store: SqliteStore, clock: FixedClock
) -> None:
    slack.fail("auth.test", error="token_revoked")
    await Heartbeat(store, client, clock).beat()
    assert await saved(store) == SlackContact(clock.now())


async def test_silence_is_not_saved(
    slack: SlackSandbox, client: AsyncWebClient, store: SqliteStore, clock: FixedClock
) -> None:
    slack.fail("auth.test", status=503)
    with pytest.raises(SlackUnavailable):
        await Heartbeat(store, client, clock).beat()
    assert await saved(store) is None


async def test_it_begins_with_the_answer_of_the_start_and_goes_on_after_silence(
    slack: SlackSandbox, client: AsyncWebClient, store: SqliteStore, clock: FixedClock
) -> None:
    slack.fail("auth.test", status=503)
    async with Heartbeat(store, client, clock, every=0.0):
        await slack.wait_for(lambda space: len(space.calls) > 2)
    assert await saved(store) == SlackContact(clock.now())
