"""What takes minutes goes on beside the workers, and its delivery is finished when it has ended."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import cast

import pytest
import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import InvalidInput
from bot.ports import Delivery
from bot.service.context import Context
from bot.slack.api.newer_blocks import NewerBlocks
from bot.slack.features import FEATURES
from bot.slack.features.base.feature import BackgroundJob, Reply, SubmissionError
from bot.slack.inbound.delivery_worker import WORKERS, DeliveryWorker
from bot.slack.inbound.router import Router
from bot.slack.payloads import CommandPayload, Payload, ViewPayload
from bot.store.sqlite.store import SqliteStore
from sandbox.slack import SlackSandbox
from tests.builders import CHANNEL, REQUESTER
from tests.fakes import FakeApi, FakeClock, FakeDirectory


class Slow:
    """Answers that take until ``gate`` opens, but for `quick`; `wrong` is refused then."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.begun = 0
        self.newer_blocks = NewerBlocks()

    features = FEATURES

    async def dispatch(self, payload: Payload) -> Reply:
        assert isinstance(payload, CommandPayload)
        if payload.text == "quick":
            return "quick is answered"

        async def work() -> str:
            self.begun += 1
            await self.gate.wait()
            if payload.text == "wrong":
                raise InvalidInput("It was wrong.")
            return f"{payload.text} is done"

        return BackgroundJob(work)

    async def check(self, payload: ViewPayload) -> SubmissionError:
        if payload.text == "quick":
            return SubmissionError({"file": "It is wrong."}, self.gate.wait)
        if payload.text == "broken":
            raise LookupError
        await self.gate.wait()
        return SubmissionError({"file": "It is wrong."})


@pytest.fixture
def slow() -> Slow:
    return Slow()


@pytest.fixture
async def delivery_worker(
    client: AsyncWebClient, store: SqliteStore, slow: Slow
) -> AsyncIterator[DeliveryWorker]:
    ctx = Context(store, FakeApi(), FakeDirectory(), FakeClock())
    router = cast("Router", slow)
    async with DeliveryWorker(ctx, client, router, check_seconds=0.05, drain=5.0) as made:
        yield made


WHO = {"user": REQUESTER, "team": "T", "app": "A", "channel": CHANNEL}


def asked(text: str) -> CommandPayload:
    return CommandPayload(key=text, text=text, **WHO)


def submitted(text: str) -> ViewPayload:
    return ViewPayload(key=text, text=text, **WHO)


async def told(slack: SlackSandbox, words: str) -> None:
    await slack.wait_for(lambda space: any(words in one.text for one in space.ephemerals))


async def waiting(store: SqliteStore) -> list[str]:
    return [one.key for one in await store.read(lambda tx: tx.waiting_deliveries())]


async def test_however_many_of_them_go_on_the_others_are_answered(
    slack: SlackSandbox, store: SqliteStore, delivery_worker: DeliveryWorker, slow: Slow
) -> None:
    for number in range(WORKERS + 1):
        await delivery_worker.accept(asked(f"slow {number}"))
    await delivery_worker.accept(asked("quick"))
    await told(slack, "quick is answered")
    async with asyncio.timeout(30):  # it is finished right after it is answered
        while "quick" in (left := await waiting(store)):  # noqa: ASYNC110  # the store tells nobody
            await asyncio.sleep(0.01)
    assert len(left) == WORKERS + 1
    slow.gate.set()
    await told(slack, f"slow {WORKERS} is done")
    await delivery_worker.stop()
    assert await waiting(store) == []


async def test_what_it_raises_is_told(
    slack: SlackSandbox, delivery_worker: DeliveryWorker, slow: Slow
) -> None:
    slow.gate.set()
    await delivery_worker.accept(asked("wrong"))
    await told(slack, "It was wrong.")
    await delivery_worker.stop()


async def test_what_is_half_way_at_the_end_has_its_time(
    slack: SlackSandbox, store: SqliteStore, delivery_worker: DeliveryWorker, slow: Slow
) -> None:
    await delivery_worker.accept(asked("slow"))
    await delivery_worker.accept(asked("quick"))
    await told(slack, "quick is answered")
    asyncio.get_running_loop().call_later(0.1, slow.gate.set)
    await delivery_worker.stop()
    assert await waiting(store) == []


async def test_what_is_not_done_in_time_at_the_end_is_left_to_the_next_start(
    slack: SlackSandbox, store: SqliteStore, delivery_worker: DeliveryWorker, slow: Slow
) -> None:
    await delivery_worker.accept(asked("slow"))
    await delivery_worker.accept(asked("quick"))
    await told(slack, "quick is answered")
    delivery_worker._drain = 0.05
    await delivery_worker.stop()
    assert slow.begun == 1
    assert "slow" in await waiting(store)


async def test_what_a_look_tells_in_time_is_told_and_what_follows_goes_on(
    delivery_worker: DeliveryWorker, slow: Slow
) -> None:
    assert await delivery_worker.check(submitted("quick")) == {"file": "It is wrong."}
    assert len(delivery_worker._background) == 1
    slow.gate.set()
    await delivery_worker.stop()


@pytest.mark.parametrize("text", ["slow", "broken"])
async def test_a_look_that_takes_too_long_or_fails_leaves_it_to_the_message(
    delivery_worker: DeliveryWorker, text: str
) -> None:
    assert await delivery_worker.check(submitted(text)) == {}
    await delivery_worker.stop()


async def test_what_the_version_before_saved_is_carried_out_after_an_update(
    client: AsyncWebClient, slack: SlackSandbox, store: SqliteStore, slow: Slow
) -> None:
    """One model had all fields then; a row that was not finished is in the inbox at the next start."""
    row = dict.fromkeys(("action", "value", "form", "trigger_id", "response_url", "thread_ts"), "")
    row |= {"key": "command:1", "kind": "command", "text": "quick", "message_ts": "", **WHO}
    saved = Delivery("command:1", "command", json.dumps(row | {"values": {}}), FakeClock().now())
    await store.write(lambda tx: tx.save_delivery(saved))
    ctx = Context(store, FakeApi(), FakeDirectory(), FakeClock())
    async with DeliveryWorker(ctx, client, cast("Router", slow), drain=5.0):
        await told(slack, "quick is answered")
    assert await waiting(store) == []


async def test_a_row_that_cannot_be_read_is_logged_by_its_key_and_the_next_is_answered(
    client: AsyncWebClient, store: SqliteStore, slow: Slow, slack: SlackSandbox
) -> None:
    unreadable = Delivery("odd", "command", "{", FakeClock().now())
    await store.write(lambda tx: tx.save_delivery(unreadable))
    ctx = Context(store, FakeApi(), FakeDirectory(), FakeClock())
    with structlog.testing.capture_logs([structlog.contextvars.merge_contextvars]) as logs:
        async with DeliveryWorker(ctx, client, cast("Router", slow), drain=5.0) as made:
            await made.accept(asked("quick"))
            await slack.wait_for(lambda space: len(space.ephemerals) == 1)
    failed = [one["request"] for one in logs if one["event"] == "delivery.failed"]
    assert failed == ["odd"]
