"""One leads at a time, whoever dies, hangs or loses the database."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.errors import LeaseLost, NotSent
from bot.service.replicas.fence import FencedStore
from bot.service.replicas.lease import Candidate, join
from bot.service.replicas.measurements import alarm_values, gauges
from tests.reliability.virtual_time.event_loop import loop, run_virtual
from tests.service.replicas.processes import LEASE, Cluster, Line, cluster, until

Story = Callable[[Cluster], Awaitable[None]]


@pytest.fixture
def run(tmp_path: Path) -> Callable[[Story], None]:
    """Run a story in virtual time on a fresh database."""

    def within(story: Story) -> None:
        async def all_of_it() -> None:
            async with cluster(tmp_path) as made:
                await story(made)

        run_virtual(all_of_it())

    return within


def test_the_first_leads_and_the_second_waits(run: Callable[[Story], None]) -> None:
    async def story(cluster: Cluster) -> None:
        one, two = await cluster.started("one"), await cluster.started("two")
        await asyncio.sleep(LEASE * 10)
        assert (one.leads, two.leads) == (True, False)
        assert one.told == ["leads"]
        assert await cluster.names() == ["one", "two"]
        leader = await cluster.leader()
        assert leader is not None
        assert (leader.name, leader.epoch, leader.holder) == ("one", 1, one.membership.id)

    run(story)


def test_a_clean_stop_hands_over_without_waiting_for_the_lease(
    run: Callable[[Story], None],
) -> None:
    async def story(cluster: Cluster) -> None:
        one, two = await cluster.started("one"), await cluster.started("two")
        await one.stop()
        assert one.told == ["leads", "ended"]
        assert await cluster.names() == ["two"]
        assert await until(lambda: two.leads) <= LEASE / 4 + 0.1
        assert two.membership.takeover is None  # it was given up

    run(story)


def test_the_work_is_ended_before_leadership_is_given_up(run: Callable[[Story], None]) -> None:
    async def story(cluster: Cluster) -> None:
        one, two = await cluster.started("one"), await cluster.started("two")
        one.good_end.clear()
        stopping = asyncio.create_task(one.stop())
        await asyncio.sleep(LEASE * 3)
        assert (one.leads, two.leads) == (True, False)
        one.good_end.set()
        await stopping
        assert await until(lambda: two.leads) <= LEASE / 4 + 0.1
        assert one.told == ["leads", "ended"]

    run(story)


@pytest.mark.parametrize("between", [0.0, 2.5, 4.9])
def test_after_a_death_another_leads_as_soon_as_the_lease_is_over(
    run: Callable[[Story], None], between: float
) -> None:
    """Not only at its own next renewal."""

    async def story(cluster: Cluster) -> None:
        one = await cluster.started("one")
        await asyncio.sleep(between)
        two = await cluster.started("two")
        left = one.membership.seconds_left()
        await one.die()
        assert left - 0.1 <= await until(lambda: two.leads) <= left + 0.1
        assert await cluster.names() == ["two"]
        taken = two.membership.takeover
        assert taken is not None
        assert (taken.name, two.membership.epoch) == ("one", 2)
        assert 0 <= taken.leaderless < 0.1

    run(story)


def test_a_stop_that_lasts_longer_than_the_lease_is_cut_off(run: Callable[[Story], None]) -> None:
    async def story(cluster: Cluster) -> None:
        one, two = await cluster.started("one"), await cluster.started("two")
        one.good_end.clear()
        one.line.cut = True
        stopping = asyncio.create_task(one.stop())
        await until(lambda: not one.membership.alive)
        await until(stopping.done, seconds=0.1)
        await stopping
        await until(lambda: two.leads)
        assert one.told == ["leads"]

    run(story)


def test_one_that_is_about_to_stop_does_not_begin_to_lead(run: Callable[[Story], None]) -> None:
    async def story(cluster: Cluster) -> None:
        one, two = await cluster.started("one"), await cluster.started("two")
        await two.leadership.__aexit__(None, None, None)
        await one.stop()
        await asyncio.sleep(LEASE * 3)
        assert not two.leads
        leader = await cluster.leader()
        assert leader is not None
        assert (leader.holder, leader.name) == ("", "")

    run(story)


def test_whoever_joins_anew_leaves_nothing_of_its_former_life(run: Callable[[Story], None]) -> None:
    """Even where its lease has not run out by the database's clock."""

    async def story(cluster: Cluster) -> None:
        me = Candidate("old", "one", timedelta(seconds=LEASE))
        await cluster.store.write(lambda tx: join(tx, me))
        await cluster.store.write(lambda tx: tx.claim_change("C-1", "old"))
        found = await cluster.store.write(lambda tx: join(tx, replace(me, id="new"), {"old"}))
        assert await cluster.names() == ["one"]
        assert await cluster.store.read(lambda tx: tx.claimed_changes()) == set()
        assert found.leader is not None
        assert (found.leader.holder, found.leader.epoch) == ("new", 2)

    run(story)


def test_without_the_database_a_leader_stops_before_another_begins(
    run: Callable[[Story], None],
) -> None:
    """What it has in flight is cut off, and it comes back as another replica."""

    async def story(cluster: Cluster) -> None:
        one, two = await cluster.started("one"), await cluster.started("two")
        first_id = one.membership.id
        one.line.cut = True
        await until(lambda: not one.leads)
        assert not two.leads
        await until(lambda: one.told == ["leads", "cut off"], seconds=0.1)
        await until(lambda: two.leads)
        assert await cluster.names() == ["two"]
        one.line.cut = False
        await until(lambda: one.membership.alive)
        assert one.membership.id != first_id
        assert (one.leads, two.leads) == (False, True)
        assert await cluster.names() == ["two", "one"]
        await two.stop()
        await until(lambda: one.leads)
        assert one.told == ["leads", "cut off", "leads"]

    run(story)


def test_a_short_silence_of_the_database_costs_nothing(run: Callable[[Story], None]) -> None:
    async def story(cluster: Cluster) -> None:
        one, two = await cluster.started("one"), await cluster.started("two")
        before = one.membership.id
        one.line.cut = True
        await asyncio.sleep(LEASE / 2)
        one.line.cut = False
        await asyncio.sleep(LEASE * 2)
        assert one.membership.id == before
        assert (one.leads, two.leads) == (True, False)
        assert one.told == ["leads"]

    run(story)


def test_a_renewal_counts_from_before_it_was_asked_for(run: Callable[[Story], None]) -> None:
    async def story(cluster: Cluster) -> None:
        one = await cluster.started("one")
        one.line.delay = 12.0
        await until(lambda: one.membership.seconds_left() < 4)
        await until(lambda: one.membership.seconds_left() > 4)
        assert one.membership.seconds_left() == pytest.approx(LEASE - 12, abs=0.1)

    run(story)


def test_a_renewal_that_comes_after_the_end_of_the_lease_does_not_revive_it(
    run: Callable[[Story], None],
) -> None:
    async def story(cluster: Cluster) -> None:
        one = await cluster.started("one")
        first_id = one.membership.id
        one.line.open.clear()
        await until(lambda: "cut off" in one.told)
        assert not one.membership.alive
        one.line.open.set()
        await until(lambda: one.membership.alive)
        assert one.membership.id != first_id
        assert await cluster.names() == ["one"]

    run(story)


def test_nothing_is_sent_in_the_second_half_of_a_lease(run: Callable[[Story], None]) -> None:
    async def story(cluster: Cluster) -> None:
        one = await cluster.started("one")
        one.membership.check_request()
        one.line.cut = True
        await until(lambda: one.membership.seconds_left() < LEASE / 2)
        assert one.membership.alive
        with pytest.raises(NotSent, match="it sent nothing"):
            one.membership.check_request()
        with pytest.raises(LeaseLost, match="it sent nothing"):
            one.membership.check_post()
        one.line.cut = False
        await asyncio.sleep(2)
        one.membership.check_request()

    run(story)


def test_a_write_of_whoever_was_removed_changes_nothing(run: Callable[[Story], None]) -> None:
    """It is found out by the write itself, before the end of the lease by its own clock."""

    async def story(cluster: Cluster) -> None:
        one = await cluster.started("one")
        [leading] = one.stores
        working = FencedStore(one.line, one.membership.fence, one.membership.lost)
        await cluster.store.write(lambda tx: tx.remove_replica(one.membership.id))
        for store in (leading, working):
            with pytest.raises(LeaseLost, match="they go on with its work"):
                await store.write(lambda tx: tx.claim_change("C-1", one.membership.id))
        assert await cluster.store.read(lambda tx: tx.claimed_changes()) == set()
        await until(lambda: one.told == ["leads", "cut off", "leads"], seconds=5)
        with pytest.raises(LeaseLost):
            await leading.write(lambda tx: tx.remove_card)
        await working.write(lambda tx: tx.claim_change("C-1", one.membership.id))
        assert await cluster.store.read(lambda tx: tx.claimed_changes()) == {"C-1"}

    run(story)


def test_a_write_that_waited_does_not_pass_for_one_of_the_next_life(
    run: Callable[[Story], None],
) -> None:
    async def story(cluster: Cluster) -> None:
        one = await cluster.started("one")
        first_id, slow = one.membership.id, Line(cluster.store)
        working = FencedStore(slow, one.membership.fence, one.membership.lost)
        slow.open.clear()
        late = asyncio.create_task(working.write(lambda tx: tx.claim_change("C-1", first_id)))
        await cluster.store.write(lambda tx: tx.remove_replica(first_id))
        await until(lambda: one.membership.id != first_id)
        slow.open.set()
        with pytest.raises(LeaseLost):
            await late

    run(story)


def test_one_that_led_in_an_earlier_epoch_may_not_write(run: Callable[[Story], None]) -> None:
    """Even with its own id in the row."""

    async def story(cluster: Cluster) -> None:
        one = await cluster.started("one")
        [leading] = one.stores
        leader = await cluster.leader()
        assert leader is not None

        def step(tx: object) -> None: ...

        await leading.write(step)
        await cluster.store.write(lambda tx: tx.save_leader(replace(leader, epoch=2)))
        with pytest.raises(LeaseLost):
            await leading.write(step)

    run(story)


def test_alone_nobody_is_waited_for_and_no_lease_is_lost(run: Callable[[Story], None]) -> None:
    """As on SQLite, where a lock proves that no other process runs."""

    async def story(cluster: Cluster) -> None:
        dead = await cluster.started("dead")
        await dead.die()
        began = loop().time()
        one = await cluster.started("one", alone=True)
        assert one.leads
        assert loop().time() < began + 0.1
        assert await cluster.names() == ["one"]
        before = one.membership.id
        one.line.cut = True
        await asyncio.sleep(LEASE * 10)
        one.membership.check_request()
        one.line.cut = False
        await asyncio.sleep(LEASE)
        assert (one.leads, one.membership.id, one.told) == (True, before, ["leads"])
        assert one.membership.seconds_without_leader() == 0

    run(story)


def test_how_long_nobody_leads_is_measured(run: Callable[[Story], None]) -> None:
    async def story(cluster: Cluster) -> None:
        one = await cluster.started("one")
        await asyncio.sleep(LEASE)
        assert one.membership.seconds_without_leader() <= LEASE / 4 + 0.1
        one.line.cut = True
        await asyncio.sleep(LEASE * 2)
        assert one.membership.seconds_without_leader() == pytest.approx(LEASE * 2, abs=LEASE / 4)

    run(story)


def test_alarms_tell_who_leads_no_more_and_who_took_over(run: Callable[[Story], None]) -> None:
    async def story(cluster: Cluster) -> None:
        one = await cluster.started("one")
        await asyncio.sleep(1)
        two = await cluster.started("two")
        quiet: dict[str, dict[str, float]] = {"no_leader": {}, "lease_taken_over": {}}
        assert [alarm_values(process.membership) for process in (one, two)] == [quiet, quiet]
        assert [gauges(process.membership)["replica_leader"] for process in (one, two)] == [1, 0]
        assert gauges(one.membership)["leader_epoch"] == 1
        await one.die()
        await until(lambda: two.leads)
        assert list(alarm_values(two.membership)["lease_taken_over"]) == ["one"]
        two.line.cut = True
        await until(lambda: bool(alarm_values(two.membership)["no_leader"]))
        silent = alarm_values(two.membership)["no_leader"]["two"]
        assert silent == pytest.approx(LEASE + 5, abs=0.1)
        assert gauges(two.membership) == {
            "replica_leader": 0,
            "leader_epoch": 0,
            "lease_seconds_left": 0,
        }
        two.line.cut = False
        await until(lambda: two.leads)
        await asyncio.sleep(601)
        assert alarm_values(two.membership) == quiet

    run(story)
