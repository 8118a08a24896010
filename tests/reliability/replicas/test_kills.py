"""The leader is killed at random moments under load, and another replica goes on."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import reduce
from itertools import starmap
from operator import add
from pathlib import Path
from random import Random

from bot.database_address import Database
from tests.fixtures.databases import Databases
from tests.reliability.conftest import Figures, Limit, Sizes
from tests.reliability.processes.workload import Workload
from tests.reliability.replicas.findings import Findings, findings
from tests.reliability.replicas.fleet import TAKEN_OVER, Fleet, acting, fleet
from tests.scenarios.processes import deployment

SEED = 14
LANES = 3  # pairs of replicas at the same time: most of a take-over is waiting
PAUSE = 0.2  # seconds between two acts in each lane
LATENCY = 0.2  # seconds of each answer of the API: a kill shall come in the middle
LONGEST = 1.5  # seconds that a leader lives once it leads
FOLLOWER_TOO = 0.15  # how often the other one dies with it


async def test_a_leader_that_is_killed_is_replaced_and_nothing_is_lost_or_done_twice(
    tmp_path: Path, databases: Databases, sizes: Sizes, limit: Limit, figures: Figures
) -> None:
    kills = -(-sizes(12, 1000) // LANES)
    folders = [tmp_path / str(number) for number in range(LANES)]
    for folder in folders:
        folder.mkdir()

    async def in_lane(number: int, folder: Path) -> tuple[list[float], Findings]:
        lane = Lane(number, kills, limit, figures)
        return await lane.run(folder, databases.of(folder))

    lanes = await asyncio.gather(*starmap(in_lane, enumerate(folders)))
    seconds = sorted(one for lane, _ in lanes for one in lane)
    found = reduce(add, (one for _, one in lanes))
    figures.add(
        "14 leader killed",
        f"{len(seconds)} kills (seed {SEED}), {found}; taken over in "
        f"{seconds[len(seconds) // 2]:.1f} s (median), {seconds[-1]:.1f} s (longest)",
    )
    assert found.faults == {}
    assert seconds[-1] < TAKEN_OVER
    # A kill between Slack's answer and our commit doubles the one message that was on its way.
    assert found.doubled <= len(seconds)
    assert found.interrupted >= sizes(0, 20)


@dataclass(frozen=True)
class Lane:
    """A pair of replicas, whose leader is killed so many times, or until the time is up."""

    number: int
    kills: int
    limit: Limit
    figures: Figures

    async def run(self, folder: Path, database: Database) -> tuple[list[float], Findings]:
        """Return the seconds of each take-over, and what is left."""
        rng = Random(f"{SEED} {self.number}")  # noqa: S311 - it draws moments, no secrets
        async with deployment(
            folder, socket_mode=bool(self.number % 2), database=database, QUIET_PERIOD="1"
        ) as on:
            on.continuity.latency = LATENCY
            workload = Workload(on, rng, pause=PAUSE)
            await workload.settle_in()
            async with fleet(on) as bots:
                going_on = acting(workload)
                seconds = list[float]()
                while len(seconds) < self.kills and not self.limit.is_over:
                    seconds.append(await _kill_the_leader(bots, rng))
                    self._tell(seconds, workload)
                await bots.finish(going_on, workload)
            return seconds, await findings(on, workload)

    def _tell(self, seconds: list[float], workload: Workload) -> None:
        if len(seconds) % 10 == 0:
            self.figures.progress(
                f"lane {self.number}: {len(seconds)} of {self.kills} kills, longest take-over "
                f"{max(seconds):.1f} s, {len(workload.acts)} deliveries"
            )


async def _kill_the_leader(bots: Fleet, rng: Random) -> float:
    """Return the seconds from its death until another one led."""
    place, row = await bots.led()
    await asyncio.sleep(rng.uniform(0.0, LONGEST))
    dying = [place, *(one for one in bots.bots if one != place and rng.random() < FOLLOWER_TOO)]
    began = asyncio.get_running_loop().time()
    for one in dying:
        await bots.kill(one)
    for one in dying:
        await bots.start(one)
    await bots.led(after=row.epoch)
    return asyncio.get_running_loop().time() - began
