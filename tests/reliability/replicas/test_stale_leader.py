"""A leader that stood still for longer than its lease sends nothing more, and clocks of hosts may differ."""

from __future__ import annotations

import asyncio
import signal
from itertools import pairwise
from pathlib import Path
from random import Random

from bot.database_address import Database
from bot.domain.change_state import State
from tests.fixtures.databases import Databases
from tests.reliability.conftest import Figures, Sizes
from tests.reliability.processes.workload import Workload
from tests.reliability.replicas.findings import findings
from tests.reliability.replicas.fleet import LEASE, PATIENCE, TAKEN_OVER, Fleet, acting, fleet
from tests.scenarios.processes import Deployment, deployment

SEED = 15
PAUSE = 0.15  # seconds between two acts
WRITES = {"PUT", "DELETE", "POST"}
POSTS = {"chat.postMessage", "chat.update"}
LOOKED_AT = 3.0  # seconds after it goes on
APART = 300.0  # seconds


async def test_a_leader_that_stood_still_for_longer_than_its_lease_sends_nothing_more(
    tmp_path: Path, databases: Databases, sizes: Sizes, figures: Figures
) -> None:
    """Every time the first bot: it alone calls the services by another name."""
    rng = Random(SEED)  # noqa: S311 - it draws moments, no secrets
    stood_still = 0
    async with deployment(tmp_path, database=databases.of(tmp_path), QUIET_PERIOD="1") as on:
        workload = Workload(on, rng, pause=PAUSE)
        await workload.settle_in()
        async with fleet(on, apart=True) as bots:
            going_on = acting(workload)
            for _ in range(sizes(2, 30)):
                await _first_leads(bots)
                await asyncio.sleep(rng.uniform(0.0, 1.0))
                stood_still += await _stand_still(on, bots)
            await bots.finish(going_on, workload)
        found = await findings(on, workload)
    figures.add(
        "14 leader suspended",
        f"{stood_still} times for longer than the lease (seed {SEED}), sent afterwards 0; {found}",
    )
    assert found.faults == {}
    assert found.doubled <= stood_still


async def _first_leads(bots: Fleet) -> None:
    """Stop the second one where it leads, so that the first one does."""
    place, row = await bots.led()
    if place != 0:
        await bots.stop(place)
        await bots.led(after=row.epoch)
        await bots.start(place)
        await bots.ready(place)
    assert (await bots.led())[0] == 0


async def _stand_still(on: Deployment, bots: Fleet) -> int:
    """Suspend the first one until another leads; it goes on, and what it sends is looked at."""
    _, row = await bots.led()
    bots.signal(0, signal.SIGSTOP)
    began = asyncio.get_running_loop().time()
    place, _ = await bots.led(after=row.epoch)
    assert place == 1
    assert asyncio.get_running_loop().time() - began < TAKEN_OVER
    asked, called = len(on.continuity.requests), len(on.slack.calls)
    assert not await _is_replica(bots, row.holder)
    bots.signal(0, signal.SIGCONT)
    await asyncio.sleep(LOOKED_AT)
    await bots.ready(0)
    assert [place for place, _ in [await bots.led()]] == [1]
    sent = [one for one in on.continuity.requests[asked:] if one.method in WRITES]
    assert [one for one in sent if "localhost" in one.host] == []
    posted = [one for one in on.slack.calls[called:] if one.method in POSTS]
    assert [one for one in posted if "localhost" in one.host] == []
    # The other one did send, so the two can be told apart.
    await on.continuity.wait_for(
        lambda: any(one.method in WRITES for one in on.continuity.requests[asked:]), PATIENCE
    )
    return 1


async def _is_replica(bots: Fleet, replica_id: str) -> bool:
    return await bots.store.read(lambda tx: tx.is_replica(replica_id))


async def test_hosts_whose_clocks_are_five_minutes_apart_agree_on_leases_and_deadlines(
    tmp_path: Path, databases: Databases, figures: Figures
) -> None:
    database: Database = databases.of(tmp_path)
    async with deployment(tmp_path, database=database, QUIET_PERIOD="1") as on:
        for customer in ("11111", "22222", "33333"):
            on.continuity.add_customer(customer, users=20)
        async with fleet(on, clocks_ahead=(-APART / 2, APART / 2)) as bots:
            place, row = await bots.led()
            await on.run_to("11111")
            await on.outcome("11111", "20 of 20 in failover")
            # Nobody takes over from a leader whose clock is behind or ahead.
            await asyncio.sleep(2 * LEASE)
            assert (await bots.led())[1].epoch == row.epoch
            await on.type("failover on 22222")
            await on.card("22222", "change_approve")
            await bots.kill(place)
            await on.press("change_approve", "22222")
            _, after = await bots.led(after=row.epoch)
            await on.outcome("22222", "20 of 20 in failover")
            await bots.start(place)
            await bots.ready(place)
            await on.run_to("33333")
            await on.outcome("33333", "20 of 20 in failover")
            for one in list(bots.bots):
                await bots.stop(one)
        entries = await on.whole_trail()
        states = [
            change.state for c in ("11111", "22222", "33333") for change in await on.changes(c)
        ]
        back = max(
            (one.record.at - two.record.at).total_seconds() for one, two in pairwise(entries)
        )
        figures.add(
            "14 clocks",
            f"{APART:.0f} s apart: epochs {row.epoch}, {after.epoch}; times of the trail go back by "
            f"{max(back, 0.0):.3f} s at most",
        )
        assert states == [State.APPLIED] * 3
        assert back < 1.0
