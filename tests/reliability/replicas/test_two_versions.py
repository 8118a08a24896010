"""Two versions of the bot on one database: the newer migrates and takes over while the older works."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from random import Random

import pytest

from bot import __version__
from tests.fixtures import raw_database
from tests.fixtures.databases import Databases
from tests.reliability.conftest import Figures
from tests.reliability.processes.workload import Workload
from tests.reliability.replicas.findings import findings
from tests.reliability.replicas.fleet import Fleet, acting, fleet
from tests.reliability.replicas.next_version import (
    STEP,
    VERSION,
    become_next_version,
    next_version,
)
from tests.scenarios.processes import PATIENCE, Deployment, deployment

SEED = 18
PAUSE = 0.15  # seconds between two acts
LONG_LEASE = "20"  # seconds; a busy machine shall not cost a leader its lease meanwhile
SIDE_BY_SIDE = 3.0  # seconds of work of both versions
LETS_GO = 1.0  # seconds after a leader was told to end: what the API holds back ends within DRAIN


@pytest.mark.parametrize("leader_first", [False, True], ids=["follower_first", "leader_first"])
async def test_an_older_and_a_newer_version_work_side_by_side_during_an_update(
    tmp_path: Path,
    databases: Databases,
    figures: Figures,
    monkeypatch: pytest.MonkeyPatch,
    *,
    leader_first: bool,
) -> None:
    """The newer one is a copy of these sources with another number and one step of the schema more."""
    rng = Random(SEED)  # noqa: S311 - it draws moments, no secrets
    program, database = next_version(tmp_path / "next"), databases.of(tmp_path)
    async with deployment(
        tmp_path, socket_mode=leader_first, database=database, QUIET_PERIOD="1"
    ) as on:
        workload = Workload(on, rng, pause=PAUSE, stumbles=False)
        await workload.settle_in()
        async with fleet(on, ways=[{"LEASE": LONG_LEASE}] * 2) as bots:
            going_on = acting(workload)
            leader, _ = await bots.led()
            first, second = (leader, 1 - leader) if leader_first else (1 - leader, leader)
            await _replace(on, bots, first, program)
            assert STEP in raw_database.column(database, "SELECT name FROM schema_steps")
            become_next_version(monkeypatch, database)  # the test looks at the database, too
            before = _handled(bots, second)
            await asyncio.sleep(SIDE_BY_SIDE)
            older = _handled(bots, second) - before
            versions = [_version(bots, place) for place in (first, second)]
            await _replace(on, bots, second, program, refused=True)
            await bots.finish(going_on, workload)
        found = await findings(on, workload)
    order = "leader" if leader_first else "follower"
    figures.add(
        f"14 two versions, {order} first",
        f"{older} deliveries handled by the older one after the migration (seed {SEED}), {found}",
    )
    assert versions == [VERSION, __version__]
    assert older > 0
    assert found.faults == {}
    assert (found.doubled, found.interrupted) == (0, 0)
    # A busy machine may take longer than Slack waits; nothing is refused.
    ended = [act.delivery for act in workload.acts]
    assert [one for one in ended if not one.timed_out and one.status != 200] == []
    assert [one for one in on.slack.ephemerals if "Not saved" in one.text] == []


async def _replace(
    on: Deployment, bots: Fleet, place: int, program: Path, *, refused: bool = False
) -> None:
    """Put the newer version into a place while the API holds back a change.

    ``refused``: in between the older version is started there once more, and does not start.
    """
    held = on.continuity.fail(kind="delay", method="PUT", until=asyncio.Event())
    assert held.until is not None
    await on.continuity.wait_for(lambda: held.hits, PATIENCE)
    if (await bots.led())[0] == place:
        asyncio.get_running_loop().call_later(LETS_GO, held.until.set)
    await bots.stop(place)
    if refused:
        bot = await bots.start(place)
        assert await bot.ended() != 0
        assert "was written by a newer version" in bot.log
        del bots.bots[place]
    await bots.start(place, program)
    await bots.ready(place)
    held.until.set()


def _events(bots: Fleet, place: int, event: str) -> list[dict[str, object]]:
    lines = [json.loads(one) for one in bots.bots[place].log.splitlines() if event in one]
    return [line for line in lines if line["event"] == event]


def _handled(bots: Fleet, place: int) -> int:
    return len(_events(bots, place, "delivery.handled"))


def _version(bots: Fleet, place: int) -> object:
    return _events(bots, place, "bot.ready")[0]["version"]
