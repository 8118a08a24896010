"""Killed at every write, before and after it, a way back is neither lost nor made twice."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest

from bot.domain.change_state import State
from tests.fakes import FakeClock
from tests.service.changes.timed.steps import switched, way_back
from tests.service.harness import ManualExecutor, ServiceHarness, grants, opened, users
from tests.service.mortal_store import Died, MortalStore


async def _killed(harness: ServiceHarness, write: int, *, commits: bool) -> bool:
    """Return whether the process died at this write; it was started again and went on then."""
    store = harness.store
    assert isinstance(store, MortalStore)
    timed = await switched(harness, users("a", "b"))
    harness.clock.advance(hours=2)
    store.writes_left, store.commits = write, commits
    with suppress(Died):
        await harness.fall_due()
    died, store.dead, store.writes_left = store.dead, False, -1
    await harness.executor.kill()
    harness.executor = ManualExecutor(harness.ctx)
    for _ in range(5):
        await harness.fall_due()
        harness.clock.advance(minutes=1)
    back = await way_back(harness, timed)
    assert back is not None
    assert back.state is State.APPLIED
    assert {one.failover for one in harness.api.held["44444"].values()} == {False}
    assert len(harness.api.sent) == 4
    assert (await harness.trail(timed.id)).count("change.back_made") == 1
    return died


@pytest.mark.parametrize("commits", [True, False], ids=["after the commit", "before the commit"])
async def test_killed_at_every_write_the_way_back_is_made_once(
    tmp_path: Path, commits: bool
) -> None:
    died, write = True, 0
    while died:
        write += 1
        async with opened(tmp_path / f"{write}.db", FakeClock()) as harness:
            await harness.grant(*grants())
            harness.store = MortalStore(harness.store)
            harness.ctx = harness.ctx_on(harness.store)
            harness.executor = ManualExecutor(harness.ctx)
            died = await _killed(harness, write, commits=commits)
    assert write > 4
