"""`make bench`: measure, print a table; exit status 1 only where the bench or an outcome is wrong."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import platform
import sys
import tempfile
import time
from collections.abc import Iterator

import structlog

from bench import beside, export, growth, imports, scenes, start
from bench.processes import Broken
from bench.table import lines
from sandbox.environment import environment

GROWTH, EXPORT, IMPORT, START = "growth", "export", "import", "start"
ALL = (START, *beside.SCENES, GROWTH, EXPORT, IMPORT)


def main() -> None:
    """Run the scenes that BENCH names, or all."""
    names = os.environ.get("BENCH", "").replace(",", " ").split() or list(ALL)
    if unknown := sorted({*names} - {*ALL}):
        sys.exit(f"BENCH names scenes that are not there: {', '.join(unknown)}. There are {ALL}.")
    quick = bool(os.environ.get("BENCH_QUICK"))
    started, (load, _, _) = time.monotonic(), os.getloadavg()
    # What is measured in this process is not to be the printing of a line for every call.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    try:
        with _without_settings():
            asyncio.run(_run(names, quick))
    except (Broken, AssertionError, OSError, TimeoutError) as error:
        sys.exit(f"The bench is broken: {type(error).__name__}: {error}")
    print(
        f"Python {platform.python_version()}, {os.cpu_count()} cores, load {load:.1f} before and "
        f"{os.getloadavg()[0]:.1f} after, {time.monotonic() - started:.0f} s"
        f"{', quick' if quick else ''}. See docs/benchmarks.md."
    )


@contextlib.contextmanager
def _without_settings() -> Iterator[None]:
    """Measure without this shell's settings and in a folder without `.env`, as do all processes below."""
    bare = environment({})
    os.environ.clear()
    os.environ.update(bare)
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        yield


async def _run(names: list[str], quick: bool) -> None:
    if START in names:
        figures = await start.measure(start.QUICK if quick else start.Sizes())
        print("\n".join([*lines(figures, "imports", "this bot"), ""]))
    if {*names} & {*beside.SCENES}:
        sizes = scenes.QUICK if quick else scenes.Sizes()
        figures = await beside.measure(names, sizes)
        print("\n".join([*lines(figures, "bare Bolt", "this bot"), ""]))
    if GROWTH in names:
        figures = await growth.measure(growth.QUICK if quick else growth.Sizes())
        print("\n".join([*lines(figures, "new", "grown"), ""]))
    if EXPORT in names:
        figures = await export.measure(export.QUICK if quick else export.Sizes())
        print("\n".join([*lines(figures, "raw httpx", "this bot"), ""]))
    if IMPORT in names:
        figures = await imports.measure(imports.QUICK if quick else imports.Sizes())
        print("\n".join([*lines(figures, "raw httpx", "this bot"), ""]))


if __name__ == "__main__":
    main()
