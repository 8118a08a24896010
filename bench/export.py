"""All users of a large customer, listed and brought to Slack as a file, beside a raw download."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from bench import processes
from bench.books import open_books
from bench.processes import Broken, Remote
from bench.table import Figure
from bench.wire import slow

CUSTOMER = "46000"
LINE = 100e6  # bits a second: on this machine itself there is no network, and all of it is Python
LONGEST = 300.0  # seconds for all of it


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured."""

    users: int = 100_000
    rounds: int = 5


QUICK = Sizes(users=10_000, rounds=2)


async def measure(sizes: Sizes) -> list[Figure]:
    """Return the lines of the table. Raises Broken, OSError or TimeoutError."""
    print("export …", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory() as name:
        database = Path(name) / "bench.db"
        await open_books(database)
        async with asyncio.timeout(LONGEST), processes.services() as remote:
            settings = await remote.ask("where")
            await remote.ask("add_customer", number=CUSTOMER, users=sizes.users)
            near = await processes.exporting(settings, database, CUSTOMER, sizes.rounds)
            async with slow(settings["CONTINUITY_URL"], LINE) as url:
                over = settings | {"CONTINUITY_URL": url}
                far = await processes.exporting(over, database, CUSTOMER, sizes.rounds)
            await _check(remote, sizes)
    name = f"{sizes.users:,} users listed and exported"
    peak = max(near["megabytes"] or 0, far["megabytes"] or 0)
    return [
        _beside(f"{name}, no network", near),
        _beside(f"{name}, {LINE / 1e6:.0f} Mbit/s", far),
        Figure(
            "  peak memory (RSS) of the process",
            "",
            f"{peak:,.0f} MB" if peak else "not known",
            "",
            "< 150 MB",
            peak < 150 if peak else None,
        ),
    ]


def _beside(name: str, told: Any) -> Figure:
    raw, ours = median(told["raw"]), median(told["ours"])
    within = ours <= 1.5 * raw
    return Figure(name, f"{raw:.2f} s", f"{ours:.2f} s", f"{ours / raw:.2f}", "<= 1.5", within)


async def _check(remote: Remote, sizes: Sizes) -> None:
    lines = await remote.ask("lines_of_files")
    wanted = [sizes.users + 1] * (2 * sizes.rounds)
    if lines != wanted:
        raise Broken(f"The files have {lines} lines and not {wanted}.")
