"""`make bench`: measure, print one table; exit status 1 only where the bench or an outcome is wrong."""

from __future__ import annotations

import asyncio
import os
import platform
import sys
import tempfile
import time
from pathlib import Path

from bench import processes, scenes
from bench.books import close_books, open_books
from bench.processes import Broken, peak_megabytes
from bench.rounds import Stage
from bench.table import Figure, lines

LONGEST = 300.0  # seconds for the whole run


def main() -> None:
    """Run the bench."""
    quick = bool(os.environ.get("BENCH_QUICK"))
    started, (load, _, _) = time.monotonic(), os.getloadavg()
    try:
        figures = asyncio.run(_run(scenes.QUICK if quick else scenes.Sizes()))
    except (Broken, AssertionError, OSError, TimeoutError) as error:
        sys.exit(f"The bench is broken: {type(error).__name__}: {error}")
    print("\n".join(lines(figures)))
    print(
        f"Python {platform.python_version()}, {os.cpu_count()} cores, load before {load:.1f}, "
        f"{time.monotonic() - started:.0f} s{', quick' if quick else ''}. See docs/benchmarks.md."
    )


async def _run(sizes: scenes.Sizes) -> list[Figure]:
    figures: list[Figure] = []
    changes = sizes.changes + sizes.hanging + 1
    with tempfile.TemporaryDirectory() as name:
        database = Path(name) / "bench.db"
        await open_books(database)
        async with asyncio.timeout(LONGEST), processes.services() as remote:
            settings = await remote.ask("where") | {"DATABASE": str(database)}
            async with (
                processes.floor(settings["SLACK_SIGNING_SECRET"]) as bare,
                processes.bot(Path(name), settings) as ours,
            ):
                await remote.ask("app", url=f"http://127.0.0.1:{ours.port}/slack/events")
                stage = Stage(remote, bare, ours, database)
                await scenes.warm_up(stage)
                for scene in (
                    scenes.acknowledgement,
                    scenes.throughput,
                    scenes.one_change,
                    scenes.hanging,
                ):
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


if __name__ == "__main__":
    main()
