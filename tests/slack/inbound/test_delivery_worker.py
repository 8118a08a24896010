"""What takes minutes goes on beside the workers, and its delivery is finished when it has ended."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import cast

import pytest
import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import InvalidInput, LeaseLost
from bot.ports import Delivery, Replica, Transaction
from bot.redaction import log_redactor
from bot.service.context import Context
from bot.service.replicas.lease import NOT_TAKEN_OVER
from bot.slack.api.newer_blocks import NewerBlocks
from bot.slack.features import FEATURES
from bot.slack.features.base.feature import BackgroundJob, Reply, SubmissionError
from bot.slack.inbound.delivery_worker import WORKERS, DeliveryWorker
from bot.slack.inbound.router import Router
from bot.slack.payloads import CommandPayload, Payload, ShortcutPayload, Values, ViewPayload
from bot.store.sqlite.store import SqliteStore
from sandbox.slack import SlackSandbox
from tests.builders import CHANNEL, NOW, REQUESTER
from tests.fakes import FakeApi, FakeClock, FakeDirectory, WatchedStore


class Slow:
    """Answers that take until ``gate`` opens, but for `quick`; `wrong` is refused then."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.begun = 0
        self.started = asyncio.Event()
        self.newer_blocks = NewerBlocks()

    features = FEATURES

    async def dispatch(self, payload: Payload) -> Reply:
        assert isinstance(payload, CommandPayload)
        if payload.text == "quick":
            return "quick is answered"

        async def work() -> str:
            self.begun += 1
            self.started.set()
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


async def context(store: SqliteStore, replica: str = "R-ONE") -> Context:
    """Return the context of a replica that has its row."""
    await store.write(lambda tx: tx.add_replica(Replica(replica, replica, NOW, NOW)))
    return Context(store, FakeApi(), FakeDirectory(), FakeClock(), replica_id=lambda: replica)


@pytest.fixture
async def delivery_worker(
    client: AsyncWebClient, store: SqliteStore, slow: Slow
) -> AsyncIterator[DeliveryWorker]:
    ctx = await context(store)
    router = cast("Router", slow)
    async with DeliveryWorker(ctx, client, router, check_seconds=0.05, drain=5.0) as made:
        yield made


WHO = {"user": REQUESTER, "team": "T", "app": "A", "channel": CHANNEL}


def asked(text: str) -> CommandPayload:
    return CommandPayload(key=text, text=text, **WHO)


def submitted(text: str) -> ViewPayload:
    return ViewPayload(key=text, text=text, **WHO)


async def test_a_message_below_a_shortcut_is_saved_without_secrets(
    store: SqliteStore, slow: Slow, client: AsyncWebClient
) -> None:
    ctx = replace(await context(store), redact=log_redactor(["canary-secret"]))
    worker = DeliveryWorker(ctx, client, cast("Router", slow))  # not begun: it stays in the inbox
    text = "the password is canary-secret, the token xoxb-1234-abcd"
    await worker.accept(ShortcutPayload(key="one", callback="report_add", text=text, **WHO))
    (saved,) = await store.read(lambda tx: tx.waiting_deliveries())
    assert "the password is [redacted], the token [redacted]" in saved.payload


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
    assert len(delivery_worker._rowless) == 1
    await delivery_worker.drop()  # the file of what is wrong was promised, and nobody else sends it
    assert len(delivery_worker._rowless) == 1
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
    ctx = await context(store)
    async with DeliveryWorker(ctx, client, cast("Router", slow), drain=5.0):
        await told(slack, "quick is answered")
    assert await waiting(store) == []


async def test_a_row_that_cannot_be_read_is_logged_by_its_key_and_the_next_is_answered(
    client: AsyncWebClient, store: SqliteStore, slow: Slow, slack: SlackSandbox
) -> None:
    unreadable = Delivery("odd", "command", "{", FakeClock().now())
    await store.write(lambda tx: tx.save_delivery(unreadable))
    ctx = await context(store)
    with structlog.testing.capture_logs([structlog.contextvars.merge_contextvars]) as logs:
        async with DeliveryWorker(ctx, client, cast("Router", slow), drain=5.0) as made:
            await made.accept(asked("quick"))
            await slack.wait_for(lambda space: len(space.ephemerals) == 1)
    failed = [one["request"] for one in logs if one["event"] == "delivery.failed"]
    assert failed == ["odd"]


async def test_what_a_dead_replica_had_claimed_is_carried_out_by_another(
    slack: SlackSandbox, store: SqliteStore, delivery_worker: DeliveryWorker
) -> None:
    """Once its row is gone, and not before."""
    await context(store, "R-DEAD")
    for key in ("quick", "again"):
        saved = Delivery(key, "command", asked("quick").model_dump_json(), NOW, "R-DEAD")
        await store.write(partial(_save, saved))
    await delivery_worker._claim()
    assert await waiting(store) == ["quick", "again"]
    assert slack.ephemerals == []
    await store.write(lambda tx: tx.remove_replica("R-DEAD"))
    await slack.wait_for(lambda space: len(space.ephemerals) == 2)
    await delivery_worker.stop()
    assert await waiting(store) == []
    assert len(slack.ephemerals) == 2


def _save(delivery: Delivery, tx: Transaction) -> None:
    tx.save_delivery(delivery)


async def test_a_clean_stop_frees_what_it_did_not_begin(
    client: AsyncWebClient, store: SqliteStore, slow: Slow
) -> None:
    worker = DeliveryWorker(await context(store), client, cast("Router", slow))
    await worker.accept(asked("never begun"))
    assert await store.read(lambda tx: tx.unclaimed_deliveries()) == []
    await worker.stop()
    free = await store.read(lambda tx: tx.unclaimed_deliveries())
    assert [one.key for one in free] == ["never begun"]


async def test_a_replica_that_lost_its_lease_saves_and_begins_nothing(
    client: AsyncWebClient, slack: SlackSandbox, store: SqliteStore, slow: Slow
) -> None:
    """What it drops is carried out by whoever claims it; here by itself, when it has joined anew."""
    alive = True
    ids = ["R-OLD"]
    ctx = replace(await context(store, "R-OLD"), replica_id=lambda: ids[-1])
    worker = DeliveryWorker(ctx, client, cast("Router", slow), alive=lambda: alive, drain=5.0)
    async with worker:
        await worker.accept(asked("slow"))
        await slow.started.wait()
        alive = False
        await worker.drop()
        await worker.accept(asked("quick"))
        await worker._claim()
        assert worker._queue.empty()
        assert await waiting(store) == ["slow", "quick"]
        assert slack.ephemerals == []

        await store.write(lambda tx: tx.remove_replica("R-OLD"))
        ids.append("R-NEW")
        await context(store, "R-NEW")
        slow.gate.set()
        alive = True
        await told(slack, "slow is done")
        await told(slack, "quick is answered")
    assert slow.begun == 2
    assert await waiting(store) == []


@pytest.mark.parametrize("alive", [True, False], ids=["lease lost", "drain over"])
async def test_a_form_that_no_other_replica_knows_is_answered_in_any_case(
    client: AsyncWebClient, slack: SlackSandbox, store: SqliteStore, slow: Slow, *, alive: bool
) -> None:
    """Where only the lease was lost, it goes on and its true end is told."""
    secret = "canary5secret"

    async def handle(values: Values) -> str:
        slow.started.set()
        await slow.gate.wait()
        return "It was set."

    async def secret_handler(payload: ViewPayload) -> Callable[[Values], Awaitable[Reply]]:
        return handle

    slow.secret_handler = secret_handler  # type: ignore[attr-defined]
    worker = DeliveryWorker(await context(store), client, cast("Router", slow), drain=0.0)
    async with worker:
        worker.accept_secret(submitted("form"), {"password": secret})
        await slow.started.wait()
        if alive:
            await worker.drop()
            slow.gate.set()
            await told(slack, "It was set.")
        else:
            await worker.stop()
            await told(slack, "It is not known whether it was done")
    assert len(slack.ephemerals) == 1


async def test_a_form_that_comes_after_the_lease_was_lost_is_not_begun_and_told(
    client: AsyncWebClient, slack: SlackSandbox, store: SqliteStore, slow: Slow
) -> None:
    watched = WatchedStore(store)
    watched.errors.append(LeaseLost("It lost its lease."))

    async def handle(values: Values) -> str:
        raise AssertionError

    async def secret_handler(payload: ViewPayload) -> Callable[[Values], Awaitable[Reply]]:
        return handle

    slow.secret_handler = secret_handler  # type: ignore[attr-defined]
    ctx = replace(await context(store), store=watched)
    DeliveryWorker(ctx, client, cast("Router", slow)).accept_secret(submitted("form"), {})
    await told(slack, f"Nothing was sent to the API. {NOT_TAKEN_OVER}")


async def test_what_was_saved_for_an_earlier_life_is_carried_out_by_whoever_claims_it(
    client: AsyncWebClient, slack: SlackSandbox, store: SqliteStore, slow: Slow
) -> None:
    """The write waited for the database, which meanwhile took this process for another replica."""
    ctx = await context(store, "R-NEW")
    ids = ["R-NEW", "R-OLD"]  # the first look is at the old one
    ctx = replace(ctx, replica_id=lambda: ids.pop() if len(ids) > 1 else ids[0])
    worker = DeliveryWorker(ctx, client, cast("Router", slow))
    await worker.accept(asked("quick"))
    assert worker._queue.empty()
    assert await waiting(store) == ["quick"]


async def test_what_a_lost_lease_cut_short_is_neither_answered_nor_finished(
    client: AsyncWebClient, slack: SlackSandbox, store: SqliteStore, slow: Slow
) -> None:
    ctx = await context(store)
    lost = asyncio.Event()

    async def dispatch(payload: Payload) -> Reply:
        lost.set()
        raise LeaseLost("It lost its lease.")

    slow.dispatch = dispatch  # type: ignore[method-assign]
    with structlog.testing.capture_logs() as logs:
        async with DeliveryWorker(ctx, client, cast("Router", slow), drain=5.0) as made:
            await made.accept(asked("quick"))
            await lost.wait()
    assert [one["event"] for one in logs] == ["delivery.left_to_others"]
    assert slack.ephemerals == []
    assert await waiting(store) == ["quick"]
