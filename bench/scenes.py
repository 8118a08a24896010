"""The four measurements; each returns its lines of the table."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from statistics import median

from bench.books import settled
from bench.processes import Broken
from bench.rounds import Round, Stage, at_rate, in_flight
from bench.table import Figure, milliseconds, quantile

RATE = 20.0  # commands a second
IN_FLIGHT = 20


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured."""

    calm_rounds: int = 6  # at 20 a second, bare Bolt and the bot taking turns
    seconds: float = 4.0  # each
    busy_rounds: int = 8  # with 20 in flight, taking turns
    commands: int = 240  # each
    changes: int = 100  # one after the other
    hanging: int = 200  # changes under way while the API hangs
    hang: float = 30.0  # seconds


QUICK = Sizes(
    calm_rounds=2, seconds=2.0, busy_rounds=2, commands=120, changes=10, hanging=40, hang=3.0
)


async def warm_up(stage: Stage) -> None:
    """Let both run every line once before anything counts."""
    for who in (stage.bare, stage.ours):
        await at_rate(stage, who, 8, RATE)
    await stage.remote.ask("one_change", customer="19999")


async def acknowledgement(stage: Stage, sizes: Sizes) -> list[Figure]:
    """How long a person waits for the acknowledgement at 20 commands a second."""
    bare, ours = list[float](), list[float]()
    for _ in range(sizes.calm_rounds):
        number = int(RATE * sizes.seconds)
        bare += (await at_rate(stage, stage.bare, number, RATE)).waits
        ours += (await at_rate(stage, stage.ours, number, RATE)).waits
    name = f"acknowledgement at {RATE:.0f} a second"
    return [
        _beside(f"{name}, p50", quantile(bare, 0.5), quantile(ours, 0.5), most=1.25),
        _beside(f"{name}, p99", quantile(bare, 0.99), quantile(ours, 0.99), most=1.25),
        _beside(f"{name}, slowest", max(bare), max(ours)),
    ]


def _beside(name: str, bare: float, ours: float, most: float | None = None) -> Figure:
    """Return seconds of both, with an aim for their ratio where there is one."""
    return Figure(
        name,
        milliseconds(bare),
        milliseconds(ours),
        f"{ours / bare:.2f}",
        f"<= {most}" if most else "",
        ours <= most * bare if most else None,
    )


async def throughput(stage: Stage, sizes: Sizes) -> list[Figure]:
    """How many commands a second with 20 in flight: acknowledged, and answered too.

    The ratio is the median over pairs of rounds next to each other: a noisy minute hits both.
    """
    bare, ours = list[Round](), list[Round]()
    for _ in range(sizes.busy_rounds):
        bare.append(await in_flight(stage, stage.bare, sizes.commands, IN_FLIGHT))
        ours.append(await in_flight(stage, stage.ours, sizes.commands, IN_FLIGHT))
    ratio = median(
        one.acknowledged / floor.acknowledged for one, floor in zip(ours, bare, strict=True)
    )
    slowest = [max(max(one.waits) for one in side) for side in (bare, ours)]
    name = f"commands a second, {IN_FLIGHT} in flight"
    return [
        Figure(
            f"{name}, acknowledged",
            f"{median(one.acknowledged for one in bare):,.0f}",
            f"{median(one.acknowledged for one in ours):,.0f}",
            f"{ratio:.2f}",
            ">= 0.40",
            ratio >= 0.4,
        ),
        Figure(f"{name}, and answered", "", f"{median(one.answered for one in ours):,.0f}"),
        Figure(
            "  slowest acknowledgement",
            milliseconds(slowest[0]),
            milliseconds(slowest[1]),
            "",
            "< 250 ms",
            slowest[1] < 0.25,
        ),
        Figure("  CPU time of a command", _cpu(bare), _cpu(ours)),
    ]


def _cpu(rounds: list[Round]) -> str:
    used = [one.cpu for one in rounds if one.cpu is not None]
    commands = sum(len(one.replies) for one in rounds)
    return milliseconds(sum(used) / commands) if len(used) == len(rounds) else "not known"


async def one_change(stage: Stage, sizes: Sizes) -> list[Figure]:
    """From the last click to the posted outcome, less the services' own time."""
    own, whole = list[float](), list[float]()
    for number in range(sizes.changes):
        lap = await stage.remote.ask("one_change", customer=f"{20000 + number}")
        whole.append(lap["seconds"])
        own.append(lap["seconds"] - lap["services"])
    slow = quantile(own, 0.99)
    return [
        Figure(
            f"last click to outcome, {len(own)} changes, p50", "", milliseconds(quantile(own, 0.5))
        ),
        Figure(
            f"last click to outcome, {len(own)} changes, p99",
            "",
            milliseconds(slow),
            "",
            "< 100 ms",
            slow < 0.1,
        ),
        Figure("  p99 with the time of API and Slack", "", milliseconds(quantile(whole, 0.99))),
    ]


async def hanging(stage: Stage, sizes: Sizes) -> list[Figure]:
    """Acknowledgements while the API hangs, with many changes under way."""
    customers = [str(30000 + number) for number in range(sizes.hanging)]
    await stage.remote.ask("hang_with", customers=customers, seconds=sizes.hang)
    meanwhile = await at_rate(stage, stage.ours, int(RATE * sizes.hang), RATE)
    await settled(stage.database)
    complaints = await stage.remote.ask("complaints", customers=customers)
    if complaints:
        raise Broken("; ".join(complaints[:5]))
    waits, late = meanwhile.waits, meanwhile.lateness
    name = f"API hangs {sizes.hang:.0f} s with {sizes.hanging} changes"
    return [
        Figure(f"{name}, ack p50", "", milliseconds(quantile(waits, 0.5))),
        Figure(
            f"{name}, slowest ack",
            "",
            milliseconds(max(waits)),
            "",
            "<= 1 s",
            max(waits) <= 1.0,
        ),
        Figure("  slowest answer meanwhile", "", f"{max(late):,.1f} s"),
    ]


async def breathe(seconds: float = 1.0) -> None:
    """Let what was started before come to rest."""
    await asyncio.sleep(seconds)
