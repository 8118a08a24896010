"""The leader is killed at random moments under load, and another replica goes on."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from random import Random

from tests.fixtures.databases import Databases
from tests.reliability.conftest import Figures, Sizes
from tests.reliability.processes.end_state import EndState, end_state, settled
from tests.reliability.processes.workload import Workload
from tests.reliability.replicas.fleet import TAKEN_OVER, Fleet, fleet
from tests.scenarios.processes import deployment

SEED = 14
LANES = 3  # pairs of replicas at the same time: most of a take-over is waiting
PAUSE = 0.1  # seconds between two acts in each lane
LONGEST = 1.5  # seconds that a leader lives after the last one was missed
FOLLOWER_TOO = 0.15  # how often the other one dies with it


@dataclass
class Lane:
    """What came of the kills of one pair."""

    seconds: list[float] = field(default_factory=list)
    acts: int = 0
    acknowledged: int = 0
    interrupted: int = 0
    lost: list[object] = field(default_factory=list)
    wrong: dict[str, int] = field(default_factory=dict)
    doubled: int = 0
    entries: int = 0


async def test_a_leader_that_is_killed_is_replaced_and_nothing_is_lost_or_done_twice(
    tmp_path: Path, databases: Databases, sizes: Sizes, figures: Figures
) -> None:
    kills = -(-sizes(24, 1000) // LANES)
    lanes = await asyncio.gather(
        *(_lane(tmp_path / str(number), databases, number, kills) for number in range(LANES))
    )
    seconds = sorted(one for lane in lanes for one in lane.seconds)
    wrong = {name: sum(lane.wrong[name] for lane in lanes) for name in lanes[0].wrong}
    figures.add(
        "14 leader killed",
        f"{len(seconds)} kills (seed {SEED}), {sum(lane.acknowledged for lane in lanes)} of "
        f"{sum(lane.acts for lane in lanes)} deliveries acknowledged, "
        f"{sum(lane.interrupted for lane in lanes)} changes interrupted while executing; "
        + ", ".join(f"{name} {many}" for name, many in wrong.items())
        + f", doubled messages {sum(lane.doubled for lane in lanes)}, "
        f"chains of {sum(lane.entries for lane in lanes)} intact; taken over in "
        f"{seconds[len(seconds) // 2]:.1f} s (median), {seconds[-1]:.1f} s (longest)",
    )
    assert wrong == dict.fromkeys(wrong, 0), [lane.lost for lane in lanes]
    assert seconds[-1] < TAKEN_OVER
    assert sum(lane.doubled for lane in lanes) <= len(seconds)
    assert sum(lane.interrupted for lane in lanes) > 0


async def _lane(folder: Path, databases: Databases, number: int, kills: int) -> Lane:
    """Kill the leader of one pair so many times, and look at what is left."""
    folder.mkdir()
    rng = Random(f"{SEED} {number}")  # noqa: S311 - it draws moments, no secrets
    lane = Lane()
    database = databases.of(folder)
    way = {"socket_mode": bool(number % 2)}
    async with deployment(folder, database=database, QUIET_PERIOD="1", **way) as on:  # type: ignore[arg-type]
        workload = Workload(on, rng, pause=PAUSE)
        await workload.settle_in()
        async with fleet(on) as bots:
            acting = asyncio.create_task(workload.act_for(inf))
            for _ in range(kills):
                lane.seconds.append(await _kill_the_leader(bots, rng))
            acting.cancel()
            with suppress(asyncio.CancelledError):
                await acting
            await workload.hush()
            on.continuity.faults.clear()
            await bots.ready()
            await settled(on)
            for place in list(bots.bots):
                await bots.stop(place)
        left = await end_state(on)
        _count(lane, left, workload)
    return lane


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


def _count(lane: Lane, left: EndState, workload: Workload) -> None:
    acknowledged = [act for act in workload.acts if act.acknowledged]
    lane.acts, lane.acknowledged = len(workload.acts), len(acknowledged)
    lane.interrupted = sum(entry.record.kind == "change.lost" for entry in left.trail)
    lane.entries = len(left.trail)
    lane.doubled = sum(many - 1 for many in left.doubled().values()) + left.doubled_cards()
    found = {
        "lost": left.lost(acknowledged),
        "abandoned": left.abandoned(),
        "without approval": left.unapproved(),
        "without intent": left.unintended(),
        "untold": left.untold(),
        "unlike": left.unlike(),
        "stale cards": left.stale(),
    }
    lane.wrong = {name: len(one) for name, one in found.items()}
    lane.lost = [one for some in found.values() for one in some]
