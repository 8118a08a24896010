"""All users of a large customer, listed and brought to Slack as a file, beside a raw download."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench import processes
from bench.books import open_books
from bench.processes import Broken, Remote
from bench.table import Figure

CUSTOMER = "46000"
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
            told = await processes.exporting(settings, database, CUSTOMER, sizes.rounds)
            await _check(remote, sizes)
    raw, ours, peak = median(told["raw"]), median(told["ours"]), told["megabytes"]
    name = f"{sizes.users:,} users listed and exported"
    return [
        Figure(
            name,
            f"{raw:.2f} s",
            f"{ours:.2f} s",
            f"{ours / raw:.2f}",
            "<= 1.5",
            ours <= 1.5 * raw,
        ),
        Figure(
            "  peak memory (RSS) of the process",
            "",
            f"{peak:,.0f} MB" if peak is not None else "not known",
            "",
            "< 150 MB",
            None if peak is None else peak < 150,
        ),
    ]


async def _check(remote: Remote, sizes: Sizes) -> None:
    lines = await remote.ask("lines_of_files")
    wanted = [sizes.users + 1] * sizes.rounds
    if lines != wanted:
        raise Broken(f"The files have {lines} lines and not {wanted}.")
