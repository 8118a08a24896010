"""The bot beside bare Bolt: the scenes that are asked for, one after the other, on one stage."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Collection
from pathlib import Path

from bench import processes, scenes
from bench.books import close_books, open_books
from bench.processes import peak_megabytes
from bench.rounds import Stage
from bench.table import Figure

SCENES = {
    one.__name__: one
    for one in (scenes.acknowledgement, scenes.throughput, scenes.one_change, scenes.hanging)
}
LONGEST = 300.0  # seconds for all of them


async def measure(names: Collection[str], sizes: scenes.Sizes) -> list[Figure]:
    """Run the named scenes. Raises Broken, AssertionError, OSError or TimeoutError."""
    figures: list[Figure] = []
    changes = 1  # of the warm-up
    changes += sizes.changes * ("one_change" in names) + sizes.hanging * ("hanging" in names)
    with tempfile.TemporaryDirectory() as name:
        database = Path(name) / "bench.db"
        await open_books(database)
        async with asyncio.timeout(LONGEST), processes.services() as remote:
            settings = await remote.ask("where") | {"DATABASE": str(database)}
            async with (
                processes.floor(settings["SLACK_SIGNING_SECRET"]) as bare,
                processes.bot(Path(name), settings) as ours,
            ):
                await remote.ask("app", url=ours.events)
                stage = Stage(remote, bare, ours, database)
                await scenes.warm_up(stage)
                for scene in (SCENES[one] for one in SCENES if one in names):
                    print(f"{scene.__name__} …", file=sys.stderr, flush=True)
                    figures += await scene(stage, sizes)
                    await scenes.breathe()
                figures.append(_memory(bare.pid, ours.pid))
        await close_books(database, changes)
    return figures


def _memory(bare_pid: int, our_pid: int) -> Figure:
    peaks = (peak_megabytes(pid) for pid in (bare_pid, our_pid))
    bare, ours = (f"{peak:,.0f} MB" if peak is not None else "not known" for peak in peaks)
    return Figure("peak memory (RSS)", bare, ours)
