"""The database goes away under two replicas in every way that it can, and they go on by themselves."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from bot.database_address import PostgresUrl
from bot.store.opening import open_store
from tests.postgresql.processes import Processes
from tests.postgresql.proxy import At, Proxy
from tests.postgresql.server import Server
from tests.reliability.conftest import Figures
from tests.reliability.processes.workload import Workload
from tests.reliability.replicas.findings import findings
from tests.reliability.replicas.fleet import LEASE, Fleet, acting, fleet
from tests.scenarios.processes import Deployment, deployment

SEED = 16
PAUSE = 0.15  # seconds between two acts
BETWEEN = 1.0  # seconds of work between two faults


@dataclass(frozen=True)
class Database:
    """A server, and the proxy by way of which the bots reach it."""

    server: Server
    proxy: Proxy

    @property
    def url(self) -> PostgresUrl:
        """The address that the bots have."""
        return PostgresUrl(self.server.url("bots", self.proxy.port))

    @property
    def direct(self) -> PostgresUrl:
        """The address of the test."""
        return PostgresUrl(self.server.url("bots"))


Fault = Callable[[Database], Awaitable[None]]


async def _restarted(database: Database) -> None:
    await asyncio.to_thread(database.server.restart)


async def _crashed(database: Database) -> None:
    await asyncio.to_thread(database.server.restart, fast=False)


async def _killed(database: Database) -> None:
    await asyncio.to_thread(database.server.kill)
    await asyncio.sleep(1.0)
    await asyncio.to_thread(database.server.start)


async def _away_for_longer_than_the_lease(database: Database) -> None:
    await asyncio.to_thread(database.server.stop)
    await asyncio.sleep(LEASE + 2.0)
    await asyncio.to_thread(database.server.start)


async def _cut(database: Database) -> None:
    await asyncio.to_thread(database.proxy.cut)


async def _refused(database: Database) -> None:
    await asyncio.to_thread(database.proxy.refuse)
    await asyncio.sleep(2.0)
    await asyncio.to_thread(database.proxy.restore)


async def _silent(database: Database) -> None:
    await asyncio.to_thread(database.proxy.black_hole)
    await asyncio.sleep(LEASE + 2.0)
    await asyncio.to_thread(database.proxy.restore)


def _at_commit(at: At) -> Fault:
    async def cut(database: Database) -> None:
        await asyncio.to_thread(database.proxy.cut_at_commit, at)
        await asyncio.to_thread(database.proxy.wait_for_cut)
        if at is At.LATE:
            await asyncio.sleep(0.5)
            await asyncio.to_thread(database.proxy.deliver)

    return cut


FAULTS: dict[str, tuple[Fault, ...]] = {
    "server": (_restarted, _crashed, _killed, _away_for_longer_than_the_lease),
    "network": (_cut, _refused, _cut, _silent),
    "commit": tuple(_at_commit(at) for at in (At.BEFORE, At.BEHIND, At.LATE) * 3),
}


@contextmanager
def a_database(processes: Processes, name: str) -> Iterator[Database]:
    with Server(processes, name) as server, Proxy(server.port) as proxy:
        server.create_database("bots")
        yield Database(server, proxy)


async def _goes_on(on: Deployment, bots: Fleet, number: int, others: asyncio.Task[None]) -> None:
    """A change that is proposed now is carried out; the others rest, who might deny or withdraw it."""
    others.cancel()
    with suppress(asyncio.CancelledError):
        await others
    await bots.led()
    await bots.ready()
    customer = str(40000 + number)
    on.continuity.add_customer(customer, users=3)
    await on.run_to(customer)
    await on.outcome(customer, "3 of 3 in failover")


@pytest.mark.parametrize("name", FAULTS)
async def test_what_was_acknowledged_is_done_once_whatever_becomes_of_the_database(
    tmp_path: Path, postgresql_processes: Processes, figures: Figures, name: str
) -> None:
    rng = Random(SEED)  # noqa: S311 - it draws moments, no secrets
    with a_database(postgresql_processes, f"faults-{name}") as database:
        await (await open_store(database.direct)).close()
        async with deployment(tmp_path, database=database.url, QUIET_PERIOD="1") as on:
            workload = Workload(on, rng, pause=PAUSE, stumbles=False)
            await workload.settle_in()
            async with fleet(on, observed=database.direct) as bots:
                for number, fault in enumerate(FAULTS[name]):
                    going_on = acting(workload)
                    await asyncio.sleep(rng.uniform(0.0, BETWEEN))
                    await fault(database)
                    await _goes_on(on, bots, number, going_on)
                await bots.finish(going_on, workload)
            found = await findings(on, workload)
    figures.add(f"14 database, {name}", f"{len(FAULTS[name])} faults (seed {SEED}), {found}")
    assert found.faults == {}
    assert found.doubled <= len(FAULTS[name])


async def test_a_standby_takes_over_and_the_bots_go_on_with_it(
    tmp_path: Path, postgresql_processes: Processes, figures: Figures
) -> None:
    rng = Random(SEED)  # noqa: S311 - it draws moments, no secrets
    with (
        a_database(postgresql_processes, "failing") as database,
        database.server.standby("follower") as standby,
    ):
        await (await open_store(database.direct)).close()
        async with deployment(tmp_path, database=database.url, QUIET_PERIOD="1") as on:
            workload = Workload(on, rng, pause=PAUSE, stumbles=False)
            await workload.settle_in()
            async with fleet(on) as bots:
                going_on = acting(workload)
                await asyncio.sleep(3.0)
                await asyncio.to_thread(database.server.kill)
                await asyncio.to_thread(standby.promote)
                await asyncio.to_thread(database.proxy.lead_to, standby.port)
                began = asyncio.get_running_loop().time()
                await _goes_on(on, bots, 0, going_on)
                seconds = asyncio.get_running_loop().time() - began
                await bots.finish(going_on, workload)
            found = await findings(on, workload)
    figures.add(
        "14 database, standby",
        f"synchronous; a change is carried out {seconds:.1f} s after the switch; {found}",
    )
    assert found.faults == {}
    assert found.doubled <= 1
