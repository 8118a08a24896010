"""Users of a file imported, beside a raw loop of the same requests."""

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
from bench.table import Figure, milliseconds

CUSTOMER = "47000"
ANSWER = 0.05  # seconds that an answer takes over a network, besides the work
LONGEST = 300.0  # seconds for all of it


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured."""

    users: int = 10_000
    rounds: int = 5


QUICK = Sizes(users=1_000, rounds=2)


async def measure(sizes: Sizes) -> list[Figure]:
    """Return the lines of the table. Raises Broken, OSError or TimeoutError."""
    print("import …", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory() as name:
        database = Path(name) / "bench.db"
        await open_books(database)
        async with asyncio.timeout(LONGEST), processes.services() as remote:
            settings = await remote.ask("where")
            await remote.ask("add_customer", number=CUSTOMER, users=sizes.users)
            words = (CUSTOMER, sizes.users, sizes.rounds)
            near = await processes.importing(settings, database, *words)
            await remote.ask("api_takes", seconds=ANSWER)
            other = Path(name) / "other.db"
            await open_books(other)
            far = await processes.importing(settings, other, *words)
    users = f"{sizes.users:,} users imported"
    peak = max(near["megabytes"] or 0, far["megabytes"] or 0)
    return [
        _beside(f"{users}, no network", near),
        _beside(f"{users}, answers take {ANSWER * 1000:.0f} ms", far),
        Figure("  the step that writes the rows", "", milliseconds(median(near["writing"]))),
        Figure(
            "  peak memory (RSS) of the process, raw loop included",
            "",
            f"{peak:,.0f} MB" if peak else "not known",
        ),
    ]


def _beside(name: str, told: Any) -> Figure:
    raw, ours = median(told["raw"]), median(told["ours"])
    ratio = median(one / bare for one, bare in zip(told["ours"], told["raw"], strict=True))
    words = (f"{raw:.2f} s", f"{ours:.2f} s", f"{ratio:.2f}", "<= 1.2")
    return Figure(name, *words, ratio <= 1.2)
