"""What is due is done once, whatever the clock does and however often the bot starts."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from datetime import timedelta

import pytest

from bot.domain.deadline import Deadline, DeadlineKind
from bot.errors import LeaseLost
from bot.ports import Transaction
from bot.service.context import Context
from bot.service.deadlines import runner
from bot.service.deadlines.runner import DeadlineRunner, Handler, Step
from tests.builders import NOW
from tests.service.harness import ServiceHarness

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
REPORT = Deadline("report", DeadlineKind.REPORT, NOW)


class Recorded:
    """A handler that counts what it did in the database: `done:N` stands for the N-th time."""

    def __init__(self) -> None:
        self.asked = 0
        self.done: list[str] = []
        self.fail_for: set[str] = set()
        self.error: Exception = RuntimeError("a bug")
        self.something_done = threading.Event()

    async def __call__(self, _: Context, deadline: Deadline) -> Step:
        self.asked += 1
        if deadline.key in self.fail_for:
            raise self.error

        def step(_: Transaction) -> None:
            self.done.append(deadline.key)
            self.something_done.set()

        return step

    def daily(self) -> Handler:
        """The same, and due again a day after it was due."""

        async def handler(ctx: Context, deadline: Deadline) -> Step:
            step = await self(ctx, deadline)

            def both(tx: Transaction) -> None:
                step(tx)
                tx.put_deadline(Deadline(deadline.key, deadline.kind, deadline.due_at + DAY))

            return both

        return handler


@pytest.fixture
def recorded() -> Recorded:
    return Recorded()


def all_kinds(handler: Handler) -> Mapping[DeadlineKind, Handler]:
    return dict.fromkeys(DeadlineKind, handler)


async def put(harness: ServiceHarness, *deadlines: Deadline) -> None:
    def step(tx: Transaction) -> None:
        for one in deadlines:
            tx.put_deadline(one)

    await harness.store.write(step)


async def sweep(deadlines: DeadlineRunner) -> None:
    """Look once, and wait for what was begun."""
    await deadlines._sweep()
    await asyncio.gather(*deadlines._running.values())


async def test_it_is_done_when_it_is_due_and_not_again(
    harness: ServiceHarness, recorded: Recorded
) -> None:
    deadlines = DeadlineRunner(harness.ctx, all_kinds(recorded))
    await put(harness, Deadline("report", DeadlineKind.REPORT, NOW + HOUR))
    await sweep(deadlines)
    assert recorded.done == []
    harness.clock.advance(hours=1)
    await sweep(deadlines)
    await sweep(deadlines)
    assert recorded.done == ["report"]
    assert all(harness.rung.values())


@pytest.mark.parametrize("step", [HOUR, -HOUR])
async def test_a_clock_that_steps_does_nothing_twice(
    harness: ServiceHarness, recorded: Recorded, step: timedelta
) -> None:
    """Due once a day: an hour on, an hour back, and back to the right time."""
    deadlines = DeadlineRunner(harness.ctx, all_kinds(recorded.daily()))
    await put(harness, REPORT)
    await sweep(deadlines)
    for jump in (step, -step, step, -step):
        harness.clock.advance(seconds=jump.total_seconds())
        await sweep(deadlines)
    assert recorded.done == ["report"]
    harness.clock.advance(days=1)
    await sweep(deadlines)
    assert recorded.done == ["report"] * 2


async def test_two_that_look_at_once_do_it_once(
    harness: ServiceHarness, recorded: Recorded
) -> None:
    """A leader that was replaced while it asked the API: its step finds the row gone."""
    both_asked = asyncio.Barrier(2)

    async def handler(ctx: Context, deadline: Deadline) -> Step:
        await both_asked.wait()
        return await recorded(ctx, deadline)

    both = [DeadlineRunner(harness.ctx, all_kinds(handler)) for _ in range(2)]
    await put(harness, REPORT)
    for one in both:
        await one._sweep()
    await asyncio.gather(*(task for one in both for task in one._running.values()))
    assert (recorded.asked, recorded.done) == (2, ["report"])


async def test_one_that_was_put_off_meanwhile_is_not_done(harness: ServiceHarness) -> None:
    done: list[str] = []

    async def handler(ctx: Context, deadline: Deadline) -> Step:
        later = Deadline(deadline.key, deadline.kind, deadline.due_at + HOUR)
        await ctx.store.write(lambda tx: tx.put_deadline(later))
        return lambda _: done.append(deadline.key)

    await put(harness, REPORT)
    await sweep(DeadlineRunner(harness.ctx, all_kinds(handler)))
    assert done == []
    assert await harness.look(lambda tx: tx.deadline("report")) == Deadline(
        "report", DeadlineKind.REPORT, NOW + HOUR
    )


async def test_one_that_fails_stays_due_and_delays_no_other(
    harness: ServiceHarness, recorded: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = [
        Deadline(f"bad-{number}", DeadlineKind.REMIND, NOW)
        for number in range(2 * runner.MAX_PARALLEL_DEADLINES)
    ]
    recorded.fail_for = {one.key for one in failing}
    deadlines = DeadlineRunner(harness.ctx, all_kinds(recorded))
    await put(harness, *failing, REPORT)
    for _ in range(3):
        await sweep(deadlines)
    assert recorded.done == ["report"]
    assert recorded.asked == len(failing) + 1

    recorded.fail_for = set()
    monkeypatch.setattr(runner, "RETRY_SECONDS", 0)
    loop = asyncio.get_running_loop()
    deadlines._resting = dict.fromkeys(deadlines._resting, loop.time())
    for _ in range(3):
        await sweep(deadlines)
    assert sorted(recorded.done) == sorted([*(one.key for one in failing), "report"])


async def test_a_step_that_fails_leaves_the_deadline(harness: ServiceHarness) -> None:
    async def handler(_: Context, __: Deadline) -> Step:
        def step(tx: Transaction) -> None:
            tx.put_deadline(Deadline("half", DeadlineKind.REMIND, NOW))
            raise RuntimeError("a bug")

        return step

    await put(harness, REPORT)
    await sweep(DeadlineRunner(harness.ctx, all_kinds(handler)))
    assert await harness.look(lambda tx: tx.due_deadlines(NOW)) == [REPORT]


async def test_after_a_lost_lease_it_is_left_to_the_next_leader(
    harness: ServiceHarness, recorded: Recorded
) -> None:
    recorded.fail_for, recorded.error = {"report"}, LeaseLost("lost")
    await put(harness, REPORT)
    await sweep(DeadlineRunner(harness.ctx, all_kinds(recorded)))
    other = Recorded()
    await sweep(DeadlineRunner(harness.ctx, all_kinds(other)))
    assert other.done == ["report"]


async def test_it_looks_by_itself_and_what_is_cut_off_is_due_at_the_next_start(
    harness: ServiceHarness, recorded: Recorded
) -> None:
    begun, never = asyncio.Event(), asyncio.Event()

    async def hangs(_: Context, __: Deadline) -> Step:
        begun.set()
        await never.wait()
        raise AssertionError

    await put(harness, REPORT)
    async with DeadlineRunner(harness.ctx, all_kinds(hangs)), asyncio.timeout(30):
        await begun.wait()
    async with DeadlineRunner(harness.ctx, all_kinds(recorded)):
        assert await asyncio.to_thread(recorded.something_done.wait, 30)
    assert recorded.done == ["report"]
