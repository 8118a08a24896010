"""Another server takes over the database, with a clock that is minutes ahead: no lease ends by that."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import structlog

from tests.reliability.virtual_time.event_loop import run_virtual
from tests.service.replicas.processes import LEASE, Cluster, cluster, until
from tests.service.replicas.test_membership import Story

AHEAD = 300.0  # seconds


def run(folder: Path, story: Story) -> None:
    async def all_of_it() -> None:
        async with cluster(folder) as made:
            await story(made)

    run_virtual(all_of_it())


@pytest.mark.parametrize("moment", [0.1, 1.3, 2.6, 3.9, 4.9])
@pytest.mark.parametrize("follower_first", [True, False])
def test_a_leader_that_lives_goes_on_leading(
    tmp_path: Path, moment: float, *, follower_first: bool
) -> None:
    """Whoever renews first by the new clock: nobody sends while another may still be sending."""

    async def story(cluster: Cluster) -> None:
        one = await cluster.started("one")
        await asyncio.sleep(1.0)
        two = await cluster.started("two")
        await asyncio.sleep(LEASE)
        await asyncio.sleep(moment)
        cluster.time.ahead = AHEAD
        (two if follower_first else one).membership.wake()
        await asyncio.sleep(LEASE * 3)
        assert (one.told, two.told) == (["leads"], [])
        assert await cluster.names() == ["one", "two"]
        assert one.membership.epoch == 1

    run(tmp_path, story)


def test_the_others_may_lead_no_sooner_than_the_leader_has_stopped_by_its_own_clock(
    tmp_path: Path,
) -> None:
    """It is cut off from the database at the moment of the jump."""

    async def story(cluster: Cluster) -> None:
        one, two = await cluster.started("one"), await cluster.started("two")
        await asyncio.sleep(LEASE)
        one.line.cut = True
        cluster.time.ahead = AHEAD
        left = one.membership.seconds_left()
        with structlog.testing.capture_logs() as logs:
            assert left - 0.2 <= await until(lambda: two.leads) <= left + 0.2
        assert one.told == ["leads", "cut off"]
        jumped = [line["ahead"] for line in logs if line["event"] == "replica.clock_jumped"]
        assert jumped == [pytest.approx(AHEAD, abs=0.5)]

    run(tmp_path, story)


def test_one_that_starts_after_the_jump_removes_nobody_who_lives(tmp_path: Path) -> None:
    async def story(cluster: Cluster) -> None:
        one = await cluster.started("one")
        await asyncio.sleep(LEASE)
        cluster.time.ahead = AHEAD
        two = await cluster.started("two")
        await asyncio.sleep(LEASE * 3)
        assert (one.told, two.told) == (["leads"], [])

    run(tmp_path, story)


def test_one_that_starts_after_a_death_leads_at_its_second_look(tmp_path: Path) -> None:
    async def story(cluster: Cluster) -> None:
        dead = await cluster.started("dead")
        await dead.die()
        await asyncio.sleep(LEASE * 2)
        one = await cluster.started("one")
        assert LEASE / 4 - 0.1 <= await until(lambda: one.leads) <= LEASE / 4 + 0.1

    run(tmp_path, story)
