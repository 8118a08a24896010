"""How many commands a second are acknowledged, and answered, with 20 in flight."""

from __future__ import annotations

from statistics import median

from bench.command_load import LoadResult, Setup
from bench.scenes import in_turn
from bench.scenes.sizes import IN_FLIGHT, Sizes
from bench.table import Figure, milliseconds


async def throughput(setup: Setup, sizes: Sizes) -> list[Figure]:
    """Return the rates, the slowest acknowledgement and the CPU time of a command.

    The ratio is the median over neighbouring rounds: other load on the machine affects both.
    """
    bare, ours = await in_turn.concurrent_rounds([(setup, setup.bare), (setup, setup.ours)], sizes)
    ratio = median(
        one.acknowledged_rate / floor.acknowledged_rate
        for one, floor in zip(ours, bare, strict=True)
    )
    slowest = [max(max(one.ack_seconds) for one in side) for side in (bare, ours)]
    name = f"commands a second, {IN_FLIGHT} in flight"
    return [
        Figure(
            f"{name}, acknowledged",
            f"{median(one.acknowledged_rate for one in bare):,.0f}",
            f"{median(one.acknowledged_rate for one in ours):,.0f}",
            f"{ratio:.2f}",
            ">= 0.40",
            ratio >= 0.4,
        ),
        Figure(f"{name}, and answered", "", f"{median(one.answered_rate for one in ours):,.0f}"),
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


def _cpu(rounds: list[LoadResult]) -> str:
    used = [one.cpu_seconds for one in rounds if one.cpu_seconds is not None]
    commands = sum(len(one.replies) for one in rounds)
    return milliseconds(sum(used) / commands) if len(used) == len(rounds) else "not known"
