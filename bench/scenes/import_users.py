"""`import`: users imported from a file, beside a raw loop of the same requests."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from bench import processes
from bench.database import prepare_database
from bench.table import Figure, compare, in_seconds, megabytes, milliseconds

CUSTOMER = "47000"
LATENCY = 0.05  # seconds that an answer takes over a network, in addition to the work
MAX_SECONDS = 300.0  # for all of it


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured."""

    users: int = 10_000
    rounds: int = 5


QUICK = Sizes(users=1_000, rounds=2)


async def measure(sizes: Sizes) -> list[Figure]:
    """Return the lines of the table. Raises Broken, OSError or TimeoutError."""
    print("import …", file=sys.stderr, flush=True)
    results = list[Any]()
    with tempfile.TemporaryDirectory() as name:
        async with asyncio.timeout(MAX_SECONDS), processes.services() as remote:
            settings = await remote.call("settings")
            await remote.call("add_customer", number=CUSTOMER, users=sizes.users)
            for latency in (0.0, LATENCY):
                await remote.call("set_api_latency", seconds=latency)
                database = Path(name) / f"{len(results)}.db"
                await prepare_database(database)
                words = (str(database), CUSTOMER, str(sizes.users), str(sizes.rounds))
                results.append(await processes.worker("import_users", words, settings))
    figures = [
        compare(
            f"{sizes.users:,} users imported, {where}",
            median(result["raw"]),
            median(result["ours"]),
            1.2,
            ratio=median(one / raw for one, raw in zip(result["ours"], result["raw"], strict=True)),
            text=in_seconds,
        )
        for where, result in zip(
            ("no network", f"answers take {LATENCY * 1000:.0f} ms"), results, strict=True
        )
    ]
    peak = max(result["megabytes"] or 0 for result in results) or None
    return [
        *figures,
        Figure("  the step that writes the rows", "", milliseconds(median(results[0]["writing"]))),
        Figure("  peak memory (RSS) of the process, raw loop included", "", megabytes(peak)),
    ]
