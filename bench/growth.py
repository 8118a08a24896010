"""What years of use cost: two bots, one on a new database and one on a grown one, taking turns."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from bench import named_users, processes
from bench.authorisations import authorisations
from bench.books import chain_seconds, open_books, settled
from bench.grown import Years, fill
from bench.processes import Remote
from bench.rounds import Stage, at_rate
from bench.scenes import RATE, breathe
from bench.table import Figure, milliseconds, quantile
from bot.domain.limits import MAX_TYPED_USERS

LONGEST = 600.0  # seconds for all of it
STARTS = 3
BUDGET = 120.0  # seconds for the changes through the services
BUDGET_OF_THE_BOT = 60.0  # seconds for those through the whole bot
# A database in shared memory, where there is one, is not slowed by the disk.
NO_DISK = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108

Both = tuple[list[float], list[float]]  # new, grown


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured."""

    years: Years = field(default_factory=Years)
    rounds: int = 6  # at 20 a second, taking turns
    seconds: float = 4.0  # each
    authorisations: int = 400  # of each kind
    changes: int = 60  # one after the other, taking turns
    few: int = 100  # changes before the first look at the memory
    many: int = 10_000  # before the second, through the services
    some: int = 1_000  # before the second, through the whole bot
    named: int = 10  # changes of 500 users


QUICK = Sizes(
    Years(20_000, 2_000, 200),
    rounds=2,
    seconds=2.0,
    authorisations=50,
    changes=10,
    few=50,
    many=500,
    some=100,
    named=2,
)


@dataclass(frozen=True, slots=True)
class Pair:
    """The same on a new database and on a grown one."""

    new: Stage
    grown: Stage

    def __iter__(self) -> Any:
        return iter((self.new, self.grown))


async def measure(sizes: Sizes) -> list[Figure]:
    """Run all of it. Raises Broken, AssertionError, OSError or TimeoutError."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        new, grown, other = (folder / f"{one}.db" for one in ("new", "grown", "other"))
        for database in (new, grown, other):
            await open_books(database)
        _say("a grown database")
        await asyncio.to_thread(fill, grown, sizes.years)
        async with asyncio.timeout(LONGEST), processes.services() as remote:
            settings = await remote.ask("where")
            figures = await _starts(folder, settings, new, grown)
            _say("authorisation")
            figures += await authorisations(new, grown, sizes.authorisations)
            async with _both(folder, settings, remote, new, grown) as pair:
                figures += await _acknowledgement(pair, sizes)
                figures += await _one_change(pair, sizes)
                figures += await _whole_bot(pair.new, sizes)
            figures += await _services_only(sizes)
            figures += await _named_users(remote, other, settings, sizes.named)
        _say("chain")
        took = await chain_seconds(grown)
        figures.append(
            Figure(f"audit verify, {sizes.years.entries:,} entries", "", f"{took:.1f} s")
        )
    return figures


def _say(scene: str) -> None:
    print(f"growth: {scene} …", file=sys.stderr, flush=True)


@contextlib.asynccontextmanager
async def _both(
    folder: Path, settings: Mapping[str, str], remote: Remote, new: Path, grown: Path
) -> AsyncIterator[Pair]:
    async with (
        processes.bot(folder, {**settings, "DATABASE": str(new)}, "new.log") as one,
        processes.bot(folder, {**settings, "DATABASE": str(grown)}, "grown.log") as two,
    ):
        pair = Pair(Stage(remote, one, one, new), Stage(remote, two, two, grown))
        for stage in pair:
            await at_rate(stage, stage.ours, 8, RATE)
        yield pair


async def _starts(
    folder: Path, settings: Mapping[str, str], new: Path, grown: Path
) -> list[Figure]:
    _say("start")
    took: Both = [], []
    cpu: tuple[list[float | None], list[float | None]] = [], []
    for _ in range(STARTS):
        for database, times, used in zip((new, grown), took, cpu, strict=True):
            began = time.monotonic()
            at = {**settings, "DATABASE": str(database)}
            async with processes.bot(folder, at, "start.log") as side:
                times.append(time.monotonic() - began)
                used.append(processes.cpu_seconds(side.pid))
    one, two = (max(times) for times in took)
    name = f"start, from the process to ready, slowest of {STARTS}"
    return [
        Figure(name, f"{one:.2f} s", f"{two:.2f} s", f"{two / one:.2f}", "< 2 s", two < 2.0),
        Figure("  its CPU time", _seconds_of(cpu[0]), _seconds_of(cpu[1])),
    ]


def _seconds_of(used: list[float | None]) -> str:
    known = [one for one in used if one is not None]
    return f"{max(known):.1f} s" if known else "not known"


async def _acknowledgement(pair: Pair, sizes: Sizes) -> list[Figure]:
    _say("acknowledgement")
    waits: Both = [], []
    number = int(RATE * sizes.seconds)
    for _ in range(sizes.rounds):
        for stage, found in zip(pair, waits, strict=True):
            found.extend((await at_rate(stage, stage.ours, number, RATE)).waits)
    name = f"acknowledgement at {RATE:.0f} a second"
    return [
        _beside(f"{name}, p50", waits, 0.5, most=1.2),
        _beside(f"{name}, p99", waits, 0.99, most=1.2),
    ]


async def _one_change(pair: Pair, sizes: Sizes) -> list[Figure]:
    _say("one change")
    own: Both = [], []
    for number in range(sizes.changes):
        for stage, found in zip(pair, own, strict=True):
            await stage.remote.ask("app", url=stage.ours.events)
            lap = await stage.remote.ask("one_change", customer=f"{20000 + number}")
            found.append(lap["seconds"] - lap["services"])
            await breathe(0.05)  # the timeline of this one is no part of the next
    name = f"last click to outcome, {sizes.changes} changes"
    return [
        _beside(f"{name}, p50", own, 0.5, most=1.2),
        _beside(f"{name}, p99", own, 0.99),
    ]


async def _whole_bot(stage: Stage, sizes: Sizes) -> list[Figure]:
    """Memory of the bot on the new database, the whole way with cards and outcomes."""
    _say("memory of the bot")
    await stage.remote.ask("app", url=stage.ours.events)
    megabytes, done = list[float | None](), 0
    late = time.monotonic() + BUDGET_OF_THE_BOT
    for goal in (sizes.few, sizes.some):
        while done < goal and (done < sizes.few or time.monotonic() < late):
            batch = min(50, goal - done)
            customers = [str(60_000 + done + one) for one in range(batch)]
            await stage.remote.ask("apply", customers=customers)
            done += batch
        await settled(stage.database)
        megabytes.append(processes.resident_megabytes(stage.ours.pid))
    return [_memory("memory of the bot", sizes.few, done, megabytes)]


async def _services_only(sizes: Sizes) -> list[Figure]:
    """Memory without Slack and HTTP: so many changes through the whole bot take too long here."""
    _say("memory of services and store")
    with tempfile.TemporaryDirectory(dir=NO_DISK) as name:
        database = Path(name) / "memory.db"
        await open_books(database)
        told = await processes.memory(database, sizes.few, sizes.many, BUDGET)
    done = told["changes"]
    return [
        _memory("memory of services and store", sizes.few, done, told["megabytes"], most=1.1),
        Figure(
            "  a change there, Slack and API standing in", "", milliseconds(told["seconds"] / done)
        ),
    ]


async def _named_users(
    remote: Remote, database: Path, settings: Mapping[str, str], changes: int
) -> list[Figure]:
    _say("named users")
    users = changes * MAX_TYPED_USERS
    await remote.ask("add_customer", number=named_users.CUSTOMER, users=users)
    bare, ours = await named_users.pairs(database, settings, changes)
    ratio = median(one / floor for one, floor in zip(ours, bare, strict=True))
    name = f"{users:,} named users, 8 at once ({changes} changes of {MAX_TYPED_USERS}; left: bare httpx)"
    return [
        Figure(
            name,
            f"{sum(bare):.1f} s",
            f"{sum(ours):.1f} s",
            f"{ratio:.2f}",
            "<= 1.2",
            ratio <= 1.2,
        )
    ]


def _beside(name: str, seconds: Both, share: float, most: float | None = None) -> Figure:
    """Return a quantile of the seconds on both, with an aim for their ratio where there is one."""
    new, grown = (quantile(one, share) for one in seconds)
    return Figure(
        name,
        milliseconds(new),
        milliseconds(grown),
        f"{grown / new:.2f}",
        f"<= {most}" if most else "",
        grown <= most * new if most else None,
    )


def _memory(
    name: str, few: int, many: int, megabytes: list[float | None], most: float | None = None
) -> Figure:
    before, after = megabytes
    name = f"{name} after {few:,} changes, and {many:,}"
    if before is None or after is None:
        return Figure(name, "not known", "not known")
    return Figure(
        name,
        f"{before:,.0f} MB",
        f"{after:,.0f} MB",
        f"{after / before:.2f}",
        f"<= {most}" if most else "",
        after <= most * before if most else None,
    )
