"""Lives of timed changes: people, kills at any write and steps of the clock, at random by a seed.

In the end each timed change that took effect was taken back once, or says why not; and none was taken
back over another change that switched the same users the same way after it.
"""

from __future__ import annotations

import random
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.change import Change
from bot.domain.change_state import TOOK_EFFECT, State
from bot.domain.scope import Scope, overlap
from bot.domain.time_limit import TimeLimit, parse_lasts
from bot.errors import BotError
from bot.service.changes import decide
from bot.service.changes.timed import move
from tests.builders import APPROVER
from tests.fakes import FakeClock
from tests.service.changes.timed.steps import proposed
from tests.service.harness import ManualExecutor, ServiceHarness, actor, grants, opened, users
from tests.service.mortal_store import Died, MortalStore

SCOPES: tuple[Scope | None, ...] = (None, users("a"), users("a", "b"), users("c"))
STEPS = 25


class Life:
    """One database, with what people and the machine do to it."""

    def __init__(self, harness: ServiceHarness, store: MortalStore, seed: int) -> None:
        self.harness, self.store = harness, store
        self.dice = random.Random(seed)  # noqa: S311  # reproducible, not secret

    async def step(self) -> None:
        """Do one thing; the process may die at it."""
        await self.dice.choice((self.timed, self.lasting, self.wait, self.clock_step, self.move))()
        await self.harness.fall_due()

    async def timed(self) -> None:
        lasts = timedelta(minutes=self.dice.choice((5, 20, 90)))
        change = await proposed(
            self.harness,
            self.dice.choice(SCOPES),
            TimeLimit(lasts=lasts),
            on=self.dice.random() < 0.8,
        )
        await self.decide(change)

    async def lasting(self) -> None:
        on = self.dice.random() < 0.5
        await self.decide(await self.harness.previewed(self.dice.choice(SCOPES), on=on))

    async def decide(self, change: Change) -> None:
        who = actor() if change.state is State.AWAITING_CONFIRMATION else actor(APPROVER)
        act = decide.confirm if change.state is State.AWAITING_CONFIRMATION else decide.approve
        if self.dice.random() < 0.8:
            await act(self.harness.ctx, who, change.id, change.preview_revision)
        await self.harness.executor.run()

    async def wait(self) -> None:
        self.harness.clock.advance(minutes=self.dice.choice((1, 10, 60)))

    async def clock_step(self) -> None:
        self.harness.clock.advance(hours=self.dice.choice((-1, 1)))

    async def move(self) -> None:
        on = [one for one in await self.changes() if one.ends_at]
        if on:
            one = self.dice.choice(on)
            if self.dice.random() < 0.3:
                asked, _ = await move.keep(self.harness.ctx, actor(), one.id)
            else:
                asked, _ = await move.extend(
                    self.harness.ctx, actor(), one.id, parse_lasts("30m"), ""
                )
            await self.harness.executor.run()
            await self.decide(await self.harness.change(asked.id))

    async def changes(self) -> list[Change]:
        return [*await self.harness.look(lambda tx: tx.changes())]

    async def restart(self) -> None:
        """Start the process again, if it died."""
        self.store.dead, self.store.writes_left = False, -1
        await self.harness.executor.kill()
        self.harness.executor = ManualExecutor(self.harness.ctx)


@pytest.mark.parametrize("seed", range(12))
async def test_each_is_taken_back_once_or_says_why_not(tmp_path: Path, seed: int) -> None:
    async with opened(tmp_path / "bot.db", FakeClock()) as harness:
        await harness.grant(*grants())
        store = MortalStore(harness.store)
        harness.store, harness.ctx = store, harness.ctx_on(store)
        harness.executor = ManualExecutor(harness.ctx)
        life = Life(harness, store, seed)
        for _ in range(STEPS):
            store.writes_left, store.commits = life.dice.randint(1, 40), life.dice.random() < 0.5
            with suppress(Died, BotError):
                await life.step()
            await life.restart()
        for _ in range(30):
            harness.clock.advance(minutes=10)
            await harness.fall_due()
        _judge(await life.changes())


def _judge(changes: list[Change]) -> None:
    for timed in (one for one in changes if one.time_limit and one.state in TOOK_EFFECT):
        backs = [one for one in changes if one.back_of == timed.id]
        assert len(backs) <= 1, f"{timed.id} was taken back twice"
        assert timed.ends_at is None, f"{timed.id} is on, and its time is over"
        assert timed.end_note, f"{timed.id} does not say what became of it"
        for back in backs:
            assert back.state in TOOK_EFFECT | {State.CANCELLED}
            assert not [one.id for one in changes if _between(timed, one, back)], timed.id


def _between(timed: Change, other: Change, back: Change) -> bool:
    """Whether a change switched the same users the same way after the timed one did, and before its way
    back.
    """
    if other.id in (timed.id, back.id) or other.action != timed.action:
        return False
    if timed.attempts == 0 or back.begun_at is None or other.state not in TOOK_EFFECT:
        return False
    began = other.begun_at
    after = began is not None and timed.begun_at is not None and began > timed.begun_at
    return (
        after and began is not None and began < back.begun_at and overlap(timed.scope, other.scope)
    )
