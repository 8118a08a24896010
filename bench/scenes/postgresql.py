"""The bot on PostgreSQL beside the bot on SQLite, with bare Bolt in the same run; then several replicas."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median

from bench import processes
from bench.command_load import LoadResult, Setup, run_at_rate, run_concurrently, run_spread
from bench.database import check_database, prepare_database
from bench.grown_database import GrownSize, copy_to_postgresql, fill_database
from bench.processes import Remote, Side
from bench.scenes.sizes import IN_FLIGHT, RATE
from bench.table import Figure, compare, in_seconds, milliseconds, quantile
from bot.database_address import Database, PostgresUrl, parse_database
from tests.postgresql.processes import Processes, installed
from tests.postgresql.server import Server

MAX_SECONDS = 900.0  # for all of it
PAUSE_SECONDS = 0.05  # after a change, so that its timeline is no part of the next one
REPLICAS = (1, 2, 4)
LEASE = 5.0  # seconds, the shortest: the time without a leader is measured against it
# As an installation has it: the tests' server does not wait for the disk.
DURABLE = {"fsync": "on", "full_page_writes": "on", "shared_buffers": "128MB"}


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured; rounds alternate, so that other load affects all."""

    rate_rounds: int = 6  # at RATE
    seconds: float = 4.0  # of each
    concurrent_rounds: int = 6  # with IN_FLIGHT commands
    commands: int = 240  # of each
    changes: int = 60  # one after the other, in turn
    takeovers: int = 3
    grown: GrownSize = field(default_factory=GrownSize)


QUICK = Sizes(
    rate_rounds=2,
    seconds=2.0,
    concurrent_rounds=2,
    commands=120,
    changes=10,
    takeovers=1,
    grown=GrownSize(20_000, 2_000, 200),
)


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
        setups = [Setup(remote, bare, side, at) for side, at in ((one, sqlite), (two, postgresql))]
        for setup in setups:
            await run_at_rate(setup, setup.ours, 8, RATE)
        await run_at_rate(setups[0], bare, 8, RATE)
        figures = await _acknowledgement(setups, sizes)
        figures += await _throughput(setups, sizes)
        figures += await _one_change(setups, sizes, 20000)
    for database in (sqlite, postgresql):
        await check_database(database, sizes.changes)
    return figures


async def _acknowledgement(setups: Sequence[Setup], sizes: Sizes) -> list[Figure]:
    _progress("acknowledgement")
    number = int(RATE * sizes.seconds)
    sides = [(setups[0], setups[0].bare), *((setup, setup.ours) for setup in setups)]
    waits: list[list[float]] = [[], [], []]
    for _ in range(sizes.rate_rounds):
        for (setup, side), seconds in zip(sides, waits, strict=True):
            seconds.extend((await run_at_rate(setup, side, number, RATE)).ack_seconds)
    name = f"acknowledgement at {RATE:.0f} a second"
    figures = []
    for share, aim in ((0.5, None), (0.99, 1.5)):
        bare, sqlite, postgresql = (quantile(seconds, share) for seconds in waits)
        figures.append(compare(f"{name}, p{share * 100:.0f}", sqlite, postgresql, aim))
        figures.append(Figure("  bare Bolt", milliseconds(bare)))
    return figures


async def _throughput(setups: Sequence[Setup], sizes: Sizes) -> list[Figure]:
    _progress("throughput")
    sides = [(setups[0], setups[0].bare), *((setup, setup.ours) for setup in setups)]
    rates: list[list[float]] = [[], [], []]
    for _ in range(sizes.concurrent_rounds):
        for (setup, side), found in zip(sides, rates, strict=True):
            load = await run_concurrently(setup, side, sizes.commands, IN_FLIGHT)
            found.append(load.acknowledged_rate)
    bare, sqlite, postgresql = map(median, rates)
    ratio = median(two / one for one, two in zip(rates[1], rates[2], strict=True))
    name = f"commands a second, {IN_FLIGHT} in flight, acknowledged"
    return [
        Figure(name, f"{sqlite:,.0f}", f"{postgresql:,.0f}", f"{ratio:.2f}"),
        Figure("  bare Bolt", f"{bare:,.0f}"),
    ]


async def _one_change(setups: Sequence[Setup], sizes: Sizes, first: int) -> list[Figure]:
    _progress("one change")
    own: tuple[list[float], list[float]] = [], []
    for number in range(sizes.changes):
        for place, (setup, seconds) in enumerate(zip(setups, own, strict=True)):
            await setup.remote.call("deliver_to", url=setup.ours.events)
            customer = str(first + 2 * number + place)
            times = await setup.remote.call("one_change", customer=customer)
            seconds.append(times["seconds"] - times["services"])
            await asyncio.sleep(PAUSE_SECONDS)
    name = f"last click to outcome, {sizes.changes} changes"
    return [
        compare(f"{name}, p{share * 100:.0f}", *(quantile(one, share) for one in own))
        for share in (0.5, 0.99)
    ]


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
        setups = [Setup(remote, side, side, at) for side, at in ((first, new), (second, grown))]
        for setup in setups:
            await run_at_rate(setup, setup.ours, 8, RATE)
        waits: tuple[list[float], list[float]] = [], []
        for _ in range(sizes.rate_rounds):
            for setup, seconds in zip(setups, waits, strict=True):
                load = await run_at_rate(setup, setup.ours, int(RATE * sizes.seconds), RATE)
                seconds.extend(load.ack_seconds)
        changed = await _one_change(setups, sizes, 30000)
    name = f"new beside {sizes.grown.entries:,} entries: acknowledgement"
    acknowledged = [
        compare(f"{name}, p{share * 100:.0f}", quantile(one, share), quantile(two, share), 1.2)
        for one, two in (waits,)
        for share in (0.5, 0.99)
    ]
    return [*acknowledged, *(replace(one, name=f"  {one.name}") for one in changed)]


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
