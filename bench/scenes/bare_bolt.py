"""The scenes that compare the bot with bare Bolt; they share both processes and the database."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Collection
from pathlib import Path

from bench import processes
from bench.command_load import Setup
from bench.database import check_database, prepare_database
from bench.processes import peak_megabytes
from bench.scenes import in_turn
from bench.scenes.acknowledgement import acknowledgement
from bench.scenes.hanging import hanging
from bench.scenes.one_change import one_change
from bench.scenes.sizes import QUICK, Sizes
from bench.scenes.throughput import throughput
from bench.table import Figure, megabytes

__all__ = ["QUICK", "SCENES", "Sizes", "measure"]

SCENES = {one.__name__: one for one in (acknowledgement, throughput, one_change, hanging)}
MAX_SECONDS = 300.0  # for all of them
PAUSE_SECONDS = 1.0  # between two scenes, so that work of the first is not part of the second


async def measure(names: Collection[str], sizes: Sizes) -> list[Figure]:
    """Run the named scenes. Raises Broken, AssertionError, OSError or TimeoutError."""
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory() as name:
        database = Path(name) / "bench.db"
        await prepare_database(database)
        async with asyncio.timeout(MAX_SECONDS), processes.services() as remote:
            settings = await remote.call("settings") | {"DATABASE": str(database)}
            secret = {"SLACK_SIGNING_SECRET": settings["SLACK_SIGNING_SECRET"]}
            async with (
                processes.server("bare_bolt", secret) as bare,
                processes.bot(Path(name), settings) as ours,
            ):
                await remote.call("deliver_to", url=ours.events)
                setup = Setup(remote, bare, ours, database)
                await _warm_up(setup)
                for scene in (SCENES[one] for one in SCENES if one in names):
                    print(f"{scene.__name__} …", file=sys.stderr, flush=True)
                    figures += await scene(setup, sizes)
                    await asyncio.sleep(PAUSE_SECONDS)
                bare_peak, our_peak = (megabytes(peak_megabytes(one.pid)) for one in (bare, ours))
                figures.append(Figure("peak memory (RSS)", bare_peak, our_peak))
        await check_database(database, _changes(names, sizes))
    return figures


async def _warm_up(setup: Setup) -> None:
    """Let both run every line once before anything is measured."""
    await in_turn.warm_up([(setup, setup.bare), (setup, setup.ours)])
    await setup.remote.call("one_change", customer="19999")


def _changes(names: Collection[str], sizes: Sizes) -> int:
    """Return how many changes the scenes make, the warm-up included."""
    one_by_one = sizes.changes * ("one_change" in names)
    return 1 + one_by_one + sizes.hanging_changes * ("hanging" in names)
