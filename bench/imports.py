"""Users of a file imported, beside a raw loop of the same requests."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench import processes
from bench.books import open_books
from bench.table import Figure, milliseconds

CUSTOMER = "47000"
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
            words = (database, CUSTOMER, sizes.users, sizes.rounds)
            told = await processes.importing(settings, *words)
    raw, ours = median(told["raw"]), median(told["ours"])
    ratio = median(one / bare for one, bare in zip(told["ours"], told["raw"], strict=True))
    peak = told["megabytes"]
    return [
        Figure(
            f"{sizes.users:,} users imported",
            f"{raw:.2f} s",
            f"{ours:.2f} s",
            f"{ratio:.2f}",
            "<= 1.2",
            ratio <= 1.2,
        ),
        Figure("  the step that writes the rows", "", milliseconds(max(told["writing"]))),
        Figure(
            "  peak memory (RSS) of the process, raw loop included",
            "",
            f"{peak:,.0f} MB" if peak else "not known",
        ),
    ]
