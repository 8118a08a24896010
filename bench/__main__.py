"""`python -m bench`: run the scenes that BENCH names, or all, and print their tables.

The exit status is 1 only if the bench or an outcome is wrong, not if an aim is missed.
"""

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

from bench.processes import Broken
from bench.scenes import (
    bare_bolt,
    growth,
    import_users,
    list_users_export,
    page,
    postgresql,
    reach,
    simulated_slack,
    start,
)
from bench.table import lines
from sandbox.environment import environment

SCENES = {
    "start": (start, "imports", "this bot"),
    "growth": (growth, "new", "grown"),
    "export": (list_users_export, "raw httpx", "this bot"),
    "import": (import_users, "raw httpx", "this bot"),
    "postgresql": (postgresql, "SQLite", "PostgreSQL"),
    "reach": (reach, "in channels", "told directly"),
    "page": (page, "bare stream", "the page"),
    "simulated_slack": (simulated_slack, "bare aiohttp", "simulated"),
}
NAMES = (
    "start",
    *bare_bolt.SCENES,
    "growth",
    "export",
    "import",
    "postgresql",
    "reach",
    "page",
    "simulated_slack",
)


def main() -> None:
    """Run the scenes."""
    names = os.environ.get("BENCH", "").replace(",", " ").split() or list(NAMES)
    if unknown := sorted({*names} - {*NAMES}):
        sys.exit(f"BENCH names scenes that are not there: {', '.join(unknown)}. There are {NAMES}.")
    quick = bool(os.environ.get("BENCH_QUICK"))
    started, (load, _, _) = time.monotonic(), os.getloadavg()
    # Without a line for every call: printing it would be measured too.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    try:
        with _without_settings():
            asyncio.run(_run(names, quick=quick))
    except (Broken, AssertionError, OSError, TimeoutError) as error:
        sys.exit(f"The bench is broken: {type(error).__name__}: {error}")
    print(
        f"Python {platform.python_version()}, {os.cpu_count()} cores, load {load:.1f} before and "
        f"{os.getloadavg()[0]:.1f} after, {time.monotonic() - started:.0f} s"
        f"{', quick' if quick else ''}. See docs/benchmarks.md."
    )


@contextlib.contextmanager
def _without_settings() -> Iterator[None]:
    """Measure without this shell's settings and in a folder without `.env`, as do all processes
    below."""
    bare = environment({})
    os.environ.clear()
    os.environ.update(bare)
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        yield


async def _run(names: list[str], *, quick: bool) -> None:
    chosen = [name for name in NAMES if name in names]
    beside_bolt = [name for name in chosen if name in bare_bolt.SCENES]
    for name in chosen:
        if name in SCENES:
            scene, left, right = SCENES[name]
            figures = await scene.measure(scene.QUICK if quick else scene.Sizes())
            print("\n".join([*lines(figures, left, right), ""]))
        elif name == beside_bolt[0]:  # they share their processes
            sizes = bare_bolt.QUICK if quick else bare_bolt.Sizes()
            figures = await bare_bolt.measure(beside_bolt, sizes)
            print("\n".join([*lines(figures, "bare Bolt", "this bot"), ""]))


if __name__ == "__main__":
    main()
