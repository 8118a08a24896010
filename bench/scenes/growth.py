"""What years of use cost: two bots, one on a new database and one on a grown one, in turn."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bench import processes
from bench.command_load import Setup, run_at_rate
from bench.database import prepare_database
from bench.grown_database import GrownSize, fill_database
from bench.processes import Remote
from bench.scenes import memory
from bench.scenes.audit import audit_verify
from bench.scenes.authorisation import authorisation
from bench.scenes.named_users import named_users
from bench.scenes.sizes import RATE
from bench.table import Figure, compare, quantile

MAX_SECONDS = 600.0  # for all of it
STARTS = 3
PAUSE_SECONDS = 0.05  # after a change, so that its timeline is no part of the next one

Both = tuple[list[float], list[float]]  # new, grown


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured."""

    grown: GrownSize = field(default_factory=GrownSize)
    rounds: int = 6  # at 20 commands a second, in turn
    seconds: float = 4.0  # of each
    authorisations: int = 400  # of each kind
    changes: int = 60  # one after the other, in turn
    few: int = 100  # changes before the first measurement of memory
    many: int = 10_000  # before the second, through the services
    some: int = 1_000  # before the second, through the whole bot
    named: int = 10  # changes of 500 users


QUICK = Sizes(
    GrownSize(20_000, 2_000, 200),
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

    new: Setup
    grown: Setup


async def measure(sizes: Sizes) -> list[Figure]:
    """Run all of it. Raises Broken, AssertionError, OSError or TimeoutError."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        new, grown, other = (folder / f"{one}.db" for one in ("new", "grown", "other"))
        for database in (new, grown, other):
            await prepare_database(database)
        _progress("a grown database")
        await asyncio.to_thread(fill_database, grown, sizes.grown)
        async with asyncio.timeout(MAX_SECONDS), processes.services() as remote:
            settings = await remote.call("settings")
            figures = await _start(folder, settings, new, grown)
            _progress("authorisation")
            figures += await authorisation(new, grown, sizes.authorisations)
            async with _both(folder, settings, remote, new, grown) as pair:
                figures += await _acknowledgement(pair, sizes)
                figures += await _one_change(pair, sizes)
                _progress("memory of the bot")
                figures.append(await memory.whole_bot(pair.new, sizes.few, sizes.some))
            _progress("memory of services and store")
            figures += await memory.services_and_store(sizes.few, sizes.many)
            _progress("named users")
            figures.append(await named_users(remote, other, settings, sizes.named))
        _progress("audit verify")
        figures.append(await audit_verify(grown, sizes.grown.entries))
    return figures


def _progress(part: str) -> None:
    print(f"growth: {part} …", file=sys.stderr, flush=True)


@contextlib.asynccontextmanager
async def _both(
    folder: Path, settings: Mapping[str, str], remote: Remote, new: Path, grown: Path
) -> AsyncIterator[Pair]:
    async with (
        processes.bot(folder, {**settings, "DATABASE": str(new)}, "new.log") as one,
        processes.bot(folder, {**settings, "DATABASE": str(grown)}, "grown.log") as two,
    ):
        pair = Pair(Setup(remote, one, one, new), Setup(remote, two, two, grown))
        for setup in (pair.new, pair.grown):
            await run_at_rate(setup, setup.ours, 8, RATE)
        yield pair


async def _start(folder: Path, settings: Mapping[str, str], new: Path, grown: Path) -> list[Figure]:
    _progress("start")
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
        Figure("  its CPU time", _max_seconds(cpu[0]), _max_seconds(cpu[1])),
    ]


def _max_seconds(used: list[float | None]) -> str:
    known = [one for one in used if one is not None]
    return f"{max(known):.1f} s" if known else "not known"


async def _acknowledgement(pair: Pair, sizes: Sizes) -> list[Figure]:
    _progress("acknowledgement")
    waits: Both = [], []
    number = int(RATE * sizes.seconds)
    for _ in range(sizes.rounds):
        for setup, seconds in zip((pair.new, pair.grown), waits, strict=True):
            seconds.extend((await run_at_rate(setup, setup.ours, number, RATE)).ack_seconds)
    return [
        _quantiles(f"acknowledgement at {RATE:.0f} a second", waits, 0.5, 1.2),
        _quantiles(f"acknowledgement at {RATE:.0f} a second", waits, 0.99, 1.2),
    ]


async def _one_change(pair: Pair, sizes: Sizes) -> list[Figure]:
    _progress("one change")
    own: Both = [], []
    for number in range(sizes.changes):
        for setup, seconds in zip((pair.new, pair.grown), own, strict=True):
            await setup.remote.call("deliver_to", url=setup.ours.events)
            times = await setup.remote.call("one_change", customer=f"{20000 + number}")
            seconds.append(times["seconds"] - times["services"])
            await asyncio.sleep(PAUSE_SECONDS)
    name = f"last click to outcome, {sizes.changes} changes"
    return [_quantiles(name, own, 0.5, 1.2), _quantiles(name, own, 0.99)]


def _quantiles(name: str, both: Both, share: float, max_ratio: float | None = None) -> Figure:
    new, grown = (quantile(seconds, share) for seconds in both)
    return compare(f"{name}, p{share * 100:.0f}", new, grown, max_ratio)
