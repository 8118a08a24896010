"""`export`: all users of a large customer, listed and uploaded to Slack, beside a raw download."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench import processes
from bench.database import prepare_database
from bench.processes import Broken, Remote
from bench.relay import limited_relay
from bench.table import Figure, compare, in_seconds, megabytes

CUSTOMER = "46000"
BANDWIDTH = 100e6  # bits a second; between processes of one machine there is no network
MAX_SECONDS = 300.0  # for all of it


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
        await prepare_database(database)
        async with asyncio.timeout(MAX_SECONDS), processes.services() as remote:
            settings = await remote.call("settings")
            await remote.call("add_customer", number=CUSTOMER, users=sizes.users)
            words = (str(database), CUSTOMER, str(sizes.rounds))
            local = await processes.worker("list_users_export", words, settings)
            async with limited_relay(settings["CONTINUITY_URL"], BANDWIDTH) as url:
                remote_settings = settings | {"CONTINUITY_URL": url}
                limited = await processes.worker("list_users_export", words, remote_settings)
            await _check_files(remote, sizes)
    figures = [
        compare(
            f"{sizes.users:,} users listed and exported, {where}",
            median(result["raw"]),
            median(result["ours"]),
            1.5,
            text=in_seconds,
        )
        for where, result in (
            ("no network", local),
            (f"{BANDWIDTH / 1e6:.0f} Mbit/s", limited),
        )
    ]
    peak = max(local["megabytes"] or 0, limited["megabytes"] or 0) or None
    within = peak < 150 if peak else None
    name = "  peak memory (RSS) of the process"
    return [*figures, Figure(name, "", megabytes(peak), "", "< 150 MB", within)]


async def _check_files(remote: Remote, sizes: Sizes) -> None:
    lines = await remote.call("count_file_lines")
    expected = [sizes.users + 1] * (2 * sizes.rounds)
    if lines != expected:
        raise Broken(f"The files have {lines} lines and not {expected}.")
