"""The same work on several sides in turn, so that other load on the machine affects all of them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from bench.command_load import LoadResult, Setup, run_at_rate, run_concurrently
from bench.processes import Side
from bench.scenes.sizes import IN_FLIGHT, RATE, Sizes

PAUSE_SECONDS = 0.05  # after a change, so that its timeline is no part of the next one

Sides = Sequence[tuple[Setup, Side]]


def bots(*setups: Setup) -> Sides:
    """Return the bot of each setup as a side."""
    return [(setup, setup.ours) for setup in setups]


async def warm_up(sides: Sides) -> None:
    """Let each answer every question once, and more, before anything is measured."""
    for setup, side in sides:
        await run_at_rate(setup, side, 8, RATE)


async def acknowledgements(sides: Sides, sizes: Sizes) -> list[list[float]]:
    """Return, for each side, the seconds to each acknowledgement at RATE."""
    waits: list[list[float]] = [[] for _ in sides]
    for _ in range(sizes.rate_rounds):
        for (setup, side), seconds in zip(sides, waits, strict=True):
            load = await run_at_rate(setup, side, int(RATE * sizes.seconds), RATE)
            seconds.extend(load.ack_seconds)
    return waits


async def concurrent_rounds(sides: Sides, sizes: Sizes) -> list[list[LoadResult]]:
    """Return, for each side, the rounds with IN_FLIGHT commands."""
    rounds: list[list[LoadResult]] = [[] for _ in sides]
    for _ in range(sizes.concurrent_rounds):
        for (setup, side), found in zip(sides, rounds, strict=True):
            found.append(await run_concurrently(setup, side, sizes.commands, IN_FLIGHT))
    return rounds


async def outcomes(sides: Sides, sizes: Sizes, first: int) -> list[list[float]]:
    """Return, for each side, the seconds from the last click to the outcome of changes one after the
    other, without the time of the services. The customers count from ``first``, each in one change:
    all sides share one API."""
    own: list[list[float]] = [[] for _ in sides]
    for number in range(sizes.changes):
        for place, ((setup, side), seconds) in enumerate(zip(sides, own, strict=True)):
            await setup.remote.call("deliver_to", url=side.events)
            customer = str(first + len(sides) * number + place)
            times = await setup.remote.call("one_change", customer=customer)
            seconds.append(times["seconds"] - times["services"])
            await asyncio.sleep(PAUSE_SECONDS)
    return own
