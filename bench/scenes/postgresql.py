"""The bot on PostgreSQL beside the bot on SQLite, with bare Bolt in the same run; then several replicas."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median

from bench import processes
from bench.command_load import LoadResult, Setup, run_spread
from bench.database import check_database, prepare_database
from bench.grown_database import copy_to_postgresql, fill_database
from bench.processes import Remote, Side
from bench.scenes import in_turn
from bench.scenes.in_turn import Sides
from bench.scenes.sizes import IN_FLIGHT, QUICK, RATE, Sizes
from bench.table import Figure, compare, in_seconds, milliseconds, quantile
from bot.database_address import Database, PostgresUrl, parse_database
from tests.postgresql.processes import Processes, installed
from tests.postgresql.server import Server

__all__ = ["QUICK", "Sizes", "measure"]

MAX_SECONDS = 900.0  # for all of it
REPLICAS = (1, 2, 4)
LEASE = 5.0  # seconds, the shortest: the time without a leader is measured against it
# As an installation has it: the tests' server does not wait for the disk.
DURABLE = {"fsync": "on", "full_page_writes": "on", "shared_buffers": "128MB"}


async def measure(sizes: Sizes) -> list[Figure]:
    """Run all of it. Raises Broken, AssertionError, OSError or TimeoutError."""
    programs = installed()
    if programs is None:
        return [Figure("no PostgreSQL for this platform: nothing was measured")]
    with (
        tempfile.TemporaryDirectory() as name,
        Processes(programs) as servers,
        Server(servers, "bench", **DURABLE) as server,
    ):
        folder = Path(name)
        async with asyncio.timeout(MAX_SECONDS), processes.services() as remote:
            settings = await remote.call("settings")
            sqlite = folder / "bench.db"
            postgresql = parse_database(server.create_database("beside"))
            figures = await _beside(folder, remote, settings, sqlite, postgresql, sizes)
            shared = parse_database(server.create_database("shared"))
            figures += await _replicas(folder, remote, settings, shared, sizes)
            figures.append(await _takeover(folder, remote, settings, shared, sizes))
            new, grown = (parse_database(server.create_database(one)) for one in ("new", "grown"))
            figures += await _growth(folder, remote, settings, new, grown, sizes)
    return figures


async def _beside(
    folder: Path,
    remote: Remote,
    settings: Mapping[str, str],
    sqlite: Database,
    postgresql: Database,
    sizes: Sizes,
) -> list[Figure]:
    """Compare one bot on each, and tell bare Bolt's figures below."""
    for database in (sqlite, postgresql):
        await prepare_database(database)
    secret = {"SLACK_SIGNING_SECRET": settings["SLACK_SIGNING_SECRET"]}
    async with (
        processes.server("bare_bolt", secret) as bare,
        processes.bot(folder, {**settings, **_at(sqlite)}, "sqlite.log") as one,
        processes.bot(folder, {**settings, **_at(postgresql)}, "postgresql.log") as two,
    ):
        beside = in_turn.bots(
            Setup(remote, bare, one, sqlite), Setup(remote, bare, two, postgresql)
        )
        sides = [(beside[0][0], bare), *beside]
        await in_turn.warm_up(sides)
        figures = await _acknowledgement(sides, sizes)
        figures += await _throughput(sides, sizes)
        figures += await _one_change(beside, sizes, 20000)
    for database in (sqlite, postgresql):
        await check_database(database, sizes.changes)
    return figures


async def _acknowledgement(sides: Sides, sizes: Sizes) -> list[Figure]:
    _progress("acknowledgement")
    waits = await in_turn.acknowledgements(sides, sizes)
    name = f"acknowledgement at {RATE:.0f} a second"
    figures = []
    for share, aim in ((0.5, None), (0.99, 1.5)):
        bare, sqlite, postgresql = (quantile(seconds, share) for seconds in waits)
        figures.append(compare(f"{name}, p{share * 100:.0f}", sqlite, postgresql, aim))
        figures.append(Figure("  bare Bolt", milliseconds(bare)))
    return figures


async def _throughput(sides: Sides, sizes: Sizes) -> list[Figure]:
    _progress("throughput")
    rounds = await in_turn.concurrent_rounds(sides, sizes)
    rates = [[one.acknowledged_rate for one in found] for found in rounds]
    bare, sqlite, postgresql = map(median, rates)
    ratio = median(two / one for one, two in zip(rates[1], rates[2], strict=True))
    name = f"commands a second, {IN_FLIGHT} in flight, acknowledged"
    return [
        Figure(name, f"{sqlite:,.0f}", f"{postgresql:,.0f}", f"{ratio:.2f}"),
        Figure("  bare Bolt", f"{bare:,.0f}"),
    ]


async def _one_change(sides: Sides, sizes: Sizes, first: int) -> list[Figure]:
    _progress("one change")
    own = await in_turn.outcomes(sides, sizes, first)
    name = f"last click to outcome, {sizes.changes} changes"
    return _quantiles(name, own)


async def _replicas(
    folder: Path, remote: Remote, settings: Mapping[str, str], database: Database, sizes: Sizes
) -> list[Figure]:
    """Compare one, two and four replicas with the same number of commands in flight."""
    await prepare_database(database)
    at = {**settings, **_at(database)}
    rates: dict[int, list[LoadResult]] = {}
    for count in REPLICAS:
        _progress(f"{count} replicas" if count > 1 else "1 replica")
        async with _running(folder, at, count) as sides:
            await remote.call("deliver_to", url=sides[0].events)
            setup = Setup(remote, sides[0], sides[0], database)
            await run_spread(setup, sides, 8 * count, IN_FLIGHT)
            rates[count] = [
                await run_spread(setup, sides, sizes.commands, IN_FLIGHT)
                for _ in range(sizes.concurrent_rounds)
            ]
    median_rates = {
        count: median(one.acknowledged_rate for one in found) for count, found in rates.items()
    }
    one = median_rates[1]
    figures = []
    for count in REPLICAS[1:]:
        rate = median_rates[count]
        aim = ">= 1.6" if count == 2 else ""
        within = rate / one >= 1.6 if aim else None
        name = f"commands a second, one replica beside {count}"
        figures.append(
            Figure(name, f"{one:,.0f}", f"{rate:,.0f}", f"{rate / one:.2f}", aim, within)
        )
    return figures


async def _takeover(
    folder: Path, remote: Remote, settings: Mapping[str, str], database: Database, sizes: Sizes
) -> Figure:
    """Kill the leader and take the time until the other one has carried a change out."""
    _progress("takeover")
    at = {**settings, **_at(database), "LEASE": f"{LEASE:g}"}
    took: list[float] = []
    for number in range(sizes.takeovers):
        async with processes.killed_bot(folder, at, "leader.log") as leader:
            await remote.call("deliver_to", url=leader.events)
            await remote.call("one_change", customer=f"{40000 + number}")
            async with processes.bot(folder, at, "next.log") as side:
                leader.kill()
                began = time.monotonic()
                await remote.call("deliver_to", url=side.events)
                await remote.call("one_change", customer=f"{41000 + number}")
                took.append(time.monotonic() - began)
    slowest, aim = max(took), LEASE + 5.0
    name = f"kill of the leader to the next outcome, LEASE {LEASE:g}"
    return Figure(name, "", in_seconds(slowest), "", f"< {aim:g} s", slowest < aim)


async def _growth(
    folder: Path,
    remote: Remote,
    settings: Mapping[str, str],
    new: Database,
    grown: Database,
    sizes: Sizes,
) -> list[Figure]:
    """Compare PostgreSQL with a new database and with a grown one."""
    _progress(f"a grown database of {sizes.grown.entries:,} entries")
    filled = folder / "filled.db"
    for database in (new, filled):
        await prepare_database(database)
    await asyncio.to_thread(fill_database, filled, sizes.grown)
    assert isinstance(grown, PostgresUrl)
    await asyncio.to_thread(copy_to_postgresql, filled, grown)
    async with (
        processes.bot(folder, {**settings, **_at(new)}, "new.log") as first,
        processes.bot(folder, {**settings, **_at(grown)}, "grown.log") as second,
    ):
        pair = in_turn.bots(Setup(remote, first, first, new), Setup(remote, second, second, grown))
        await in_turn.warm_up(pair)
        waits = await in_turn.acknowledgements(pair, sizes)
        changed = await _one_change(pair, sizes, 30000)
    name = f"new beside {sizes.grown.entries:,} entries: acknowledgement"
    acknowledged = _quantiles(name, waits, 1.2)
    return [*acknowledged, *(replace(one, name=f"  {one.name}") for one in changed)]


def _quantiles(
    name: str, both: Sequence[Sequence[float]], max_ratio: float | None = None
) -> list[Figure]:
    figures = []
    for share in (0.5, 0.99):
        one, two = (quantile(seconds, share) for seconds in both)
        figures.append(compare(f"{name}, p{share * 100:.0f}", one, two, max_ratio))
    return figures


@contextlib.asynccontextmanager
async def _running(
    folder: Path, settings: Mapping[str, str], count: int
) -> AsyncIterator[list[Side]]:
    async with contextlib.AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(processes.bot(folder, settings, f"replica{one}.log"))
            for one in range(count)
        ]


def _at(database: Database) -> dict[str, str]:
    return {"DATABASE": str(database) if isinstance(database, Path) else database.reveal()}


def _progress(part: str) -> None:
    print(f"postgresql: {part} …", file=sys.stderr, flush=True)
