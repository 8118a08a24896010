"""That Slack was heard is saved when it was, and not before."""

from __future__ import annotations

from datetime import timedelta

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import SlackUnavailable
from bot.ports import Silence, SlackContact
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


GAP = timedelta(minutes=3)


async def test_a_bot_that_did_not_run_for_more_than_two_minutes_notes_it(
    client: AsyncWebClient, store: SqliteStore, clock: FixedClock
) -> None:
    began = clock.now()
    await Heartbeat(store, client, clock).beat()
    clock.at += GAP
    await Heartbeat(store, client, clock).beat()
    silence = Silence(began, clock.now(), stopped=True)
    assert await saved(store) == SlackContact(clock.now(), silence=silence)

    clock.at += timedelta(minutes=2)
    again = Heartbeat(store, client, clock)
    await again.beat()
    await again.beat()
    assert await saved(store) == SlackContact(clock.now(), silence=silence)


async def test_a_start_that_waited_for_slack_is_a_silence_and_no_stop(
    client: AsyncWebClient, store: SqliteStore, clock: FixedClock
) -> None:
    await Heartbeat(store, client, clock).beat()
    started_at = clock.now() + timedelta(seconds=5)
    clock.at += GAP
    await Heartbeat(store, client, clock, started_at=started_at).beat()
    told = await saved(store)
    assert told is not None
    assert told.silence == Silence(clock.now() - GAP, clock.now(), stopped=False)


@pytest.mark.parametrize("missed", [True, False])
async def test_a_silence_of_slack_is_noted_where_it_was_asked_in_vain(
    slack: SlackSandbox,
    client: AsyncWebClient,
    store: SqliteStore,
    clock: FixedClock,
    missed: bool,
) -> None:
    """A clock that was put forward is no silence."""
    beat = Heartbeat(store, client, clock)
    await beat.beat()
    if missed:
        slack.fail("auth.test", status=503)
        with pytest.raises(SlackUnavailable):
            await beat.beat()
    clock.at += GAP
    await beat.beat()
    told = await saved(store)
    assert told is not None
    assert told.silence == (Silence(clock.now() - GAP, clock.now(), False) if missed else None)
