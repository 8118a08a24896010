"""The watchdog: what it measures, what becomes of an alarm, and that nothing ends it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, MutableMapping
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.api_health import ApiAccount, ApiFault, ApiHealth
from bot.domain.change_state import State
from bot.domain.deadline import Deadline, DeadlineKind
from bot.errors import SlackRefused, SlackUnavailable, StoreBusy
from bot.metrics import Metrics
from bot.ports import MessageKind
from bot.service.changes.emergency.review import accept
from bot.service.monitoring.alarms import AlarmNotice
from bot.service.monitoring.watchdog import MAX_NAMED_CUSTOMERS, Watchdog, _longest_lag, api_values
from bot.terminal.demo.bot_main import MovableLoop
from tests.builders import APPROVER, NOW, a_change
from tests.fakes import FakeClock
from tests.fixtures.metric_samples import number, samples
from tests.service.changes.emergency.emergencies import emergency
from tests.service.harness import ServiceHarness, actor, approved


class Channel:
    """The operations channel; ``errors`` are raised by the next posts instead of taking them."""

    def __init__(self) -> None:
        self.posts: list[AlarmNotice] = []
        self.errors: list[Exception] = []
        self.came = asyncio.Event()

    async def post(self, notice: AlarmNotice) -> None:
        if self.errors:
            raise self.errors.pop(0)
        self.posts.append(notice)
        self.came.set()

    async def until(self, number: int) -> list[str]:
        """Wait for so many posts; `ALARM` or `OVER` and the name of each."""
        async with asyncio.timeout(30):
            while len(self.posts) < number:
                self.came.clear()
                await self.came.wait()
        return [f"{'OVER' if one.until else 'ALARM'} {one.name}" for one in self.posts]


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
def channel() -> Channel:
    return Channel()


@pytest.fixture
def watchdog(
    harness: ServiceHarness, clock: FakeClock, metrics: Metrics, channel: Channel
) -> Watchdog:
    return Watchdog(harness.store, clock, metrics, channel.post)


async def test_ages_and_open_changes_are_measured(
    harness: ServiceHarness, clock: FakeClock, metrics: Metrics, watchdog: Watchdog
) -> None:
    running = a_change(state=State.EXECUTING, started_at=NOW)
    await harness.put(running, a_change(id="C-00002"))
    await harness.store.write(lambda tx: tx.enqueue_message(MessageKind.CARD, running))
    clock.advance(seconds=90)
    watchdog.socket = lambda: {"envelope_age": 40.0, "socket_silence": 3.0}
    await watchdog.measure(0.125)
    told = {name: value for (name, labels), value in samples(metrics).items() if not labels}
    ages = ("loop_lag", "envelope_age", "socket_silence", "outbox_age", "executing_age")
    assert [told[f"continuity_{name}_seconds"] for name in ages] == [0.125, 40, 3, 90, 90]
    assert number(metrics, "continuity_open_changes", state="executing") == 1
    assert number(metrics, "continuity_open_changes", state="awaiting_approval") == 1
    assert number(metrics, "continuity_alarm", alarm="outbox_age") == 0


async def test_a_change_that_executes_too_long_is_an_alarm_until_it_has_ended(
    harness: ServiceHarness,
    clock: FakeClock,
    metrics: Metrics,
    watchdog: Watchdog,
    channel: Channel,
) -> None:
    change = a_change(state=State.EXECUTING, started_at=NOW)
    await harness.put(change)
    clock.advance(minutes=10)
    async with watchdog:
        assert await channel.until(1) == ["ALARM executing_age"]
        assert number(metrics, "continuity_alarm", alarm="executing_age") == 1
        harness.rewritten = True
        await harness.store.write(lambda tx: tx.save_change(change.revised(state=State.FAILED)))
        clock.advance(minutes=1)
        await watchdog.measure(0.0)
        assert await channel.until(2) == ["ALARM executing_age", "OVER executing_age"]


async def test_a_review_that_nobody_gives_is_counted_and_an_alarm_after_three_days(
    harness: ServiceHarness, clock: FakeClock, metrics: Metrics, channel: Channel
) -> None:
    change = await emergency(harness)
    watchdog = Watchdog(harness.store, clock, metrics, channel.post)
    clock.advance(hours=71)
    await watchdog.measure(0.0)
    assert number(metrics, "continuity_reviews_owed") == 1
    assert number(metrics, "continuity_review_age_seconds") == 71 * 3600
    assert number(metrics, "continuity_alarm", alarm="review_age") == 0
    clock.advance(hours=1)
    await watchdog.measure(0.0)
    assert number(metrics, "continuity_alarm", alarm="review_age") == 1
    await accept(harness.ctx, actor(APPROVER), change.id)
    await watchdog.measure(0.0)
    assert number(metrics, "continuity_reviews_owed") == 0
    assert number(metrics, "continuity_review_age_seconds") == 0


async def test_a_deadline_that_is_not_done_is_an_alarm_from_the_start_on(
    harness: ServiceHarness, clock: FakeClock, metrics: Metrics, channel: Channel
) -> None:
    """What fell due while no bot ran is done within seconds of the start, and raises none."""
    put = Deadline("way_back:C-00001", DeadlineKind.WAY_BACK, NOW, "C-00001")
    await harness.store.write(lambda tx: tx.put_deadline(put))
    clock.advance(hours=8)
    watchdog = Watchdog(harness.store, clock, metrics, channel.post)
    clock.advance(seconds=59)
    await watchdog.measure(0.0)
    assert number(metrics, "continuity_deadline_age_seconds") == 59
    assert number(metrics, "continuity_alarm", alarm="deadline_age") == 0
    clock.advance(seconds=1)
    async with watchdog:
        assert await channel.until(1) == ["ALARM deadline_age"]
        await harness.store.write(lambda tx: tx.remove_deadline(put.key))
        await watchdog.measure(0.0)
        clock.advance(minutes=1)
        await watchdog.measure(0.0)
        assert await channel.until(2) == ["ALARM deadline_age", "OVER deadline_age"]


async def test_a_change_that_the_trail_contradicts_is_an_alarm_for_an_hour(
    harness: ServiceHarness,
    clock: FakeClock,
    metrics: Metrics,
    watchdog: Watchdog,
    channel: Channel,
) -> None:
    harness.rewritten = True
    await harness.store.write(lambda tx: tx.add_change(approved("C-00000")))  # nobody proposed it
    await harness.executor.run()
    async with watchdog:
        assert await channel.until(1) == ["ALARM trail_contradicted"]
        for minutes, on in ((59, 1), (1, 0)):
            clock.advance(minutes=minutes)
            await watchdog.measure(0.0)
            assert number(metrics, "continuity_alarm", alarm="trail_contradicted") == on


async def test_an_alarm_is_told_again_until_slack_takes_it_and_then_no_more(
    watchdog: Watchdog, channel: Channel, harness: ServiceHarness
) -> None:
    channel.errors = [SlackUnavailable("Slack put it off.", retry_after=0.01) for _ in range(5)]
    async with watchdog:
        watchdog.unknown_card()
        assert await channel.until(1) == ["ALARM unknown_card"]
        assert channel.errors == []
        for _ in range(20):
            watchdog.unknown_card()
            await watchdog.measure(0.0)
        assert len(channel.posts) == 1


async def test_a_refusal_of_slack_is_logged_and_ends_nothing(
    watchdog: Watchdog, channel: Channel, logs: list[MutableMapping[str, Any]]
) -> None:
    channel.errors = [SlackRefused("Slack refused it (not_in_channel).", code="not_in_channel")]
    async with watchdog:
        watchdog.unknown_card()
        await until(lambda: any(one["event"] == "alarm.refused" for one in logs))
        assert [task.done() for task in watchdog._tasks] == [False, False]


REVOKED = "Slack refused users.info (token_revoked): a fault of the bot's installation."


async def test_a_fault_of_the_installation_is_told_once_and_when_it_is_over(
    watchdog: Watchdog, clock: FakeClock, metrics: Metrics, channel: Channel
) -> None:
    async with watchdog:
        for _ in range(5):
            watchdog.slack_answered("users.info", REVOKED)
            watchdog.slack_answered("chat.postMessage", "")
            await watchdog.measure(0.0)
        assert await channel.until(1) == ["ALARM slack_installation"]
        assert channel.posts[0].about == REVOKED
        assert number(metrics, "continuity_alarm", alarm="slack_installation") == 1
        watchdog.slack_answered("users.info", "")
        clock.advance(minutes=1)
        await watchdog.measure(0.0)
        assert await channel.until(2) == ["ALARM slack_installation", "OVER slack_installation"]
        assert number(metrics, "continuity_alarm", alarm="slack_installation") == 0


async def test_the_log_has_the_method_and_the_fault(
    watchdog: Watchdog, logs: list[MutableMapping[str, Any]]
) -> None:
    for _ in range(3):
        watchdog.slack_answered("users.info", REVOKED)
    [told] = [one for one in logs if one["event"] == "slack.installation"]
    assert (told["method"], told["why"], told["log_level"]) == ("users.info", REVOKED, "error")


async def test_a_method_that_is_not_asked_again_is_over_after_an_hour(
    watchdog: Watchdog, clock: FakeClock, metrics: Metrics
) -> None:
    watchdog.slack_answered("users.info", REVOKED)
    clock.advance(minutes=59)
    await watchdog.measure(0.0)
    assert number(metrics, "continuity_alarm", alarm="slack_installation") == 1
    clock.advance(minutes=2)
    await watchdog.measure(0.0)
    assert number(metrics, "continuity_alarm", alarm="slack_installation") == 0


async def test_an_unknown_card_is_over_an_hour_after_the_last_click(
    watchdog: Watchdog, clock: FakeClock, metrics: Metrics
) -> None:
    def on() -> bool:
        return number(metrics, "continuity_alarm", alarm="unknown_card") == 1

    watchdog.unknown_card()
    assert on()
    clock.advance(minutes=59)
    await watchdog.measure(0.0)
    watchdog.unknown_card()
    clock.advance(minutes=59)
    await watchdog.measure(0.0)
    assert on()
    clock.advance(minutes=2)
    await watchdog.measure(0.0)
    assert not on()


async def test_without_a_channel_the_log_has_it(
    harness: ServiceHarness,
    clock: FakeClock,
    metrics: Metrics,
    logs: list[MutableMapping[str, Any]],
) -> None:
    watchdog = Watchdog(harness.store, clock, metrics)
    async with watchdog:
        watchdog.unknown_card()
        await watchdog.measure(2.0)
        told = [(one["event"], one["alarm"], one["log_level"]) for one in logs if "alarm" in one]
        assert told == [("alarm.on", "unknown_card", "error"), ("alarm.on", "loop_lag", "error")]


async def test_a_database_that_does_not_answer_is_an_alarm_and_ends_no_watch(
    harness: ServiceHarness, clock: FakeClock, metrics: Metrics, watchdog: Watchdog
) -> None:
    async def busy(_: object) -> None:
        raise StoreBusy("The database is held by another process.")

    await watchdog.measure(0.0)
    read, harness.store.read = harness.store.read, busy  # type: ignore[method-assign,assignment]  # the store is silent
    clock.advance(seconds=61)
    await watchdog.measure(0.0)
    assert number(metrics, "continuity_alarm", alarm="database_silence") == 1
    harness.store.read = read  # type: ignore[method-assign]
    clock.advance(seconds=61)
    await watchdog.measure(0.0)
    assert number(metrics, "continuity_alarm", alarm="database_silence") == 0


async def test_a_fault_of_our_own_ends_no_watch(
    watchdog: Watchdog, channel: Channel, logs: list[MutableMapping[str, Any]]
) -> None:
    def broken() -> dict[str, float]:
        raise RuntimeError("no socket")

    watchdog.socket = broken
    async with watchdog:
        await until(lambda: any(one["event"] == "watch.failed" for one in logs))
        assert not any(task.done() for task in watchdog._tasks)


async def test_a_standstill_of_the_loop_is_seen_whenever_it_is() -> None:
    lag = asyncio.create_task(_longest_lag(0.6))
    await asyncio.sleep(0.05)
    time.sleep(0.4)  # noqa: ASYNC251  # this is the standstill
    assert 0.1 < await lag < 5


def test_a_loop_whose_time_was_moved_did_not_stand_still() -> None:
    async def lag() -> float:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, MovableLoop)
        measuring = asyncio.create_task(_longest_lag(0.6))
        await asyncio.sleep(0.05)
        loop.offset = 1800.0
        return await measuring

    with asyncio.Runner(loop_factory=MovableLoop) as runner:
        assert runner.run(lag()) < 60


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110  # nobody tells of it
            await asyncio.sleep(0.005)


CUSTOMERS = [f"5000{number}" for number in range(1, 10)]


def looked(fault: ApiFault | None, *customers: str, health: ApiHealth, at: float = 0.0) -> None:
    for customer in customers:
        health.looked(customer, fault, NOW + timedelta(seconds=at))


@pytest.fixture
def health() -> ApiHealth:
    return ApiHealth(lambda _: ApiAccount("CONTINUITY_PASSWORD", "api.example"))


async def test_a_wrong_password_is_told_once_for_its_account_and_when_it_is_over(
    harness: ServiceHarness,
    clock: FakeClock,
    metrics: Metrics,
    channel: Channel,
    health: ApiHealth,
) -> None:
    watchdog = Watchdog(harness.store, clock, metrics, channel.post, health)
    async with watchdog:
        for customer in CUSTOMERS:
            looked(ApiFault.PASSWORD, customer, health=health)
            await watchdog.measure(0.0)
        assert await channel.until(1) == ["ALARM api_password"]
        assert channel.posts[0].subject == "CONTINUITY_PASSWORD"
        assert number(metrics, "continuity_alarm", alarm="api_password") == 1
        looked(None, CUSTOMERS[3], health=health)
        clock.advance(minutes=1)
        await watchdog.measure(0.0)
        assert await channel.until(2) == ["ALARM api_password", "OVER api_password"]
        assert number(metrics, "continuity_alarm", alarm="api_password") == 0


async def test_an_api_that_gives_no_answer_for_minutes_is_an_alarm(
    harness: ServiceHarness,
    clock: FakeClock,
    metrics: Metrics,
    channel: Channel,
    health: ApiHealth,
) -> None:
    watchdog = Watchdog(harness.store, clock, metrics, channel.post, health)
    for seconds, on in ((0, 0), (60, 0), (120, 0), (180, 1)):
        looked(ApiFault.NO_ANSWER, CUSTOMERS[0], health=health, at=seconds)
        clock.at = NOW + timedelta(seconds=seconds + 30)
        await watchdog.measure(0.0)
        assert number(metrics, "continuity_alarm", alarm="api_silence") == on
        assert number(metrics, "continuity_api_silence_seconds") == seconds + 30
    looked(ApiFault.NOT_ALLOWED, CUSTOMERS[1], health=health)
    await watchdog.measure(0.0)
    assert number(metrics, "continuity_api_silence_seconds") == 0


def test_of_many_customers_at_once_five_are_named(health: ApiHealth) -> None:
    looked(ApiFault.NOT_ALLOWED, *CUSTOMERS, health=health)
    looked(ApiFault.UNKNOWN_CUSTOMER, "50099", health=health)
    values = api_values(health)
    assert list(values["api_not_allowed"]) == [*CUSTOMERS[:MAX_NAMED_CUSTOMERS], ""]
    assert values["api_unknown_customer"] == {"50099": 1.0}
    assert values["api_password"] == values["api_silence"] == {}
