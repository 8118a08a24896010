"""What years of use cost: two bots, one on a new database and one on a grown one, in turn."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

from bench import processes
from bench.command_load import Setup
from bench.database import prepare_database
from bench.grown_database import fill_database
from bench.processes import Remote
from bench.scenes import in_turn, memory
from bench.scenes.audit import audit_verify
from bench.scenes.authorisation import authorisation
from bench.scenes.in_turn import Sides
from bench.scenes.named_users import named_users
from bench.scenes.sizes import QUICK, RATE, Sizes
from bench.table import Figure, compare, quantile

__all__ = ["QUICK", "Sizes", "measure"]

MAX_SECONDS = 600.0  # for all of it
STARTS = 3


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
                figures.append(await memory.whole_bot(pair[0][0], sizes.few, sizes.some))
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
) -> AsyncIterator[Sides]:
    async with (
        processes.bot(folder, {**settings, "DATABASE": str(new)}, "new.log") as one,
        processes.bot(folder, {**settings, "DATABASE": str(grown)}, "grown.log") as two,
    ):
        pair = in_turn.bots(Setup(remote, one, one, new), Setup(remote, two, two, grown))
        await in_turn.warm_up(pair)
        yield pair


async def _start(folder: Path, settings: Mapping[str, str], new: Path, grown: Path) -> list[Figure]:
    _progress("start")
    took: tuple[list[float], list[float]] = [], []
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


async def _acknowledgement(pair: Sides, sizes: Sizes) -> list[Figure]:
    _progress("acknowledgement")
    waits = await in_turn.acknowledgements(pair, sizes)
    name = f"acknowledgement at {RATE:.0f} a second"
    return [_quantiles(name, waits, 0.5, 1.2), _quantiles(name, waits, 0.99, 1.2)]


async def _one_change(pair: Sides, sizes: Sizes) -> list[Figure]:
    _progress("one change")
    own = await in_turn.outcomes(pair, sizes, 20000)
    name = f"last click to outcome, {sizes.changes} changes"
    return [_quantiles(name, own, 0.5, 1.2), _quantiles(name, own, 0.99)]


def _quantiles(
    name: str, both: Sequence[Sequence[float]], share: float, max_ratio: float | None = None
) -> Figure:
    new, grown = (quantile(seconds, share) for seconds in both)
    return compare(f"{name}, p{share * 100:.0f}", new, grown, max_ratio)
