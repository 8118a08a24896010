"""Item 1: the bot is killed at random moments under load, and started again on the same database."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from bot.ports import Delivery
from bot.slack import payloads
from bot.store.sqlite.journal_mode import journal_of
from bot.store.sqlite.sqlite_library import Journal, preferred_journal, sqlite3
from bot.store.times import as_text
from tests.fixtures import raw_database
from tests.reliability.conftest import Figures, Sizes
from tests.reliability.processes.end_state import end_state, settled
from tests.reliability.processes.restarts import RestartedBot, restarted
from tests.reliability.processes.workload import Workload
from tests.scenarios.processes import Deployment, deployment

# On PostgreSQL nobody goes on before the lease of a killed bot has run out: tests/reliability/replicas.
pytestmark = pytest.mark.sqlite
SEED = 3
LATENCY = 0.1  # seconds of each answer of the API: a kill shall come in the middle
START = (
    0.7  # seconds from the start until the bot is ready, where nothing else keeps the machine busy
)
TOLD: Counter[str] = Counter()  # outcomes over both ways of being reached
AWAY = timedelta(minutes=4)  # longer than anybody waits for an answer


@dataclass(frozen=True)
class Kill:
    """When it comes: so many seconds after the start or, mostly, after the bot is ready.

    ``away`` makes what it leaves in the inbox too old to be carried out.
    """

    once_ready: bool
    after: float
    away: bool


@pytest.mark.parametrize(
    ("socket_mode", "journal"),
    [(True, []), (False, ["rollback"])],
    ids=["socket", "http-rollback-journal"],
)
async def test_a_bot_that_is_killed_again_and_again_loses_nothing_and_does_nothing_twice(
    in_memory: Path, sizes: Sizes, figures: Figures, *, socket_mode: bool, journal: list[str]
) -> None:
    rng = Random(SEED)  # noqa: S311 - it draws moments, no secrets
    kills = [_draw(rng, longest=sizes(8, 30) / 10) for _ in range(sizes(20, 500))]
    way = " ".join(["socket" if socket_mode else "http", *journal])
    async with deployment(in_memory, socket_mode=socket_mode, QUIET_PERIOD="1") as on:
        workload = Workload(on, rng)
        await workload.settle_in()
        on.continuity.latency = LATENCY
        async with restarted(on, *journal) as bot:
            put_off = await _kill_again_and_again(on, bot, workload, kills)
            await _drain(on, bot)
        with closing(sqlite3.connect(on.file)) as connection:
            used = journal_of(connection)
        assert used is (Journal.ROLLBACK if journal else preferred_journal())
        left = await end_state(on)

        acknowledged = [act for act in workload.acts if act.acknowledged]
        outcomes, doubled = left.outcomes(), left.doubled()
        extra = sum(many - 1 for many in doubled.values())
        share = extra / sum(map(len, outcomes.values()))
        interrupted = sum(entry.record.kind == "change.lost" for entry in left.trail)
        figures.add(
            f"1 kills, {way}",
            f"{len(kills)} kills (seed {SEED}), {len(acknowledged)} of {len(workload.acts)} deliveries "
            f"acknowledged, {len(left.changes)} changes, {len(left.writes())} writes, "
            f"{interrupted} interrupted while executing; lost {len(left.lost(acknowledged))}, "
            f"abandoned {len(left.abandoned())}, without approval {len(left.unapproved())}, "
            f"without intent {len(left.unintended())}, chain of {len(left.trail)} intact; "
            f"{len(outcomes)} outcomes, untold {len(left.untold())}, doubled {extra} ({share:.1%}), "
            f"doubled cards {left.doubled_cards()}",
        )
        assert left.lost(acknowledged) == []
        assert [one for one in put_off if not _told(on, one)] == []
        assert left.abandoned() == []
        assert left.unapproved() == []
        assert left.unintended() == []
        assert left.untold() == []
        assert left.unlike() == []
        assert left.stale() == []
        # A kill between Slack's answer and our commit doubles the one message that was on its way to the
        # channel. The share depends on how much is posted between two kills: the quick form kills
        # twice a second, and its share is a figure only. The long form counts both ways together.
        assert extra + left.doubled_cards() <= len(kills)
        TOLD["doubled"] += extra
        TOLD["outcomes"] += sum(map(len, outcomes.values()))
        assert TOLD["doubled"] <= TOLD["outcomes"] * sizes(100, 1) / 100
        assert interrupted > len(kills) / 10


def _draw(rng: Random, longest: float) -> Kill:
    return Kill(rng.random() < 0.8, rng.uniform(0.0, longest), rng.random() < 0.05)


async def _kill_again_and_again(
    on: Deployment, bot: RestartedBot, workload: Workload, kills: Sequence[Kill]
) -> list[Delivery]:
    """Return what the kills left unprocessed for so long that it may not be carried out any more."""
    put_off: list[Delivery] = []
    slower = 1.0  # so many times slower is the machine than one that does nothing else
    clock = asyncio.get_running_loop().time
    for kill in kills:
        began = clock()
        await bot.start()
        if kill.once_ready:
            await bot.ready()
            slower = max(1.0, (clock() - began) / START)
        await workload.act_for(kill.after * slower)
        await bot.end()
        await workload.hush()
        if kill.away:
            put_off += await _let_time_pass(on)
    return put_off


async def _let_time_pass(on: Deployment) -> Sequence[Delivery]:
    """Make what waits in the inbox four minutes older, as if the bot had been away for so long."""
    waiting = await on.saved_for_later()
    raw_database.execute(
        on.database,
        "UPDATE inbox SET received_at = ? WHERE finished_at IS NULL",
        as_text(datetime.now(UTC) - AWAY),
    )
    return waiting


def _told(on: Deployment, delivery: Delivery) -> bool:
    target = payloads.from_json(delivery.payload).reply_target
    if target.response_url:
        return on.slack.responses.uses(target.response_url) > 0
    return any("repeat" in one.text for one in on.slack.ephemerals if one.user == target.user)


async def _drain(on: Deployment, bot: RestartedBot) -> None:
    """Start it a last time, with nothing in its way, and let it finish."""
    on.continuity.faults.clear()
    await bot.start()
    await settled(on)
    assert await bot.end(signal.SIGTERM) == 0
