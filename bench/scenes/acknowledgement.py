"""How long a person waits for the acknowledgement at 20 commands a second."""

from __future__ import annotations

from bench.command_load import Setup
from bench.scenes import in_turn
from bench.scenes.sizes import RATE, Sizes
from bench.table import Figure, compare, quantile


async def acknowledgement(setup: Setup, sizes: Sizes) -> list[Figure]:
    """Return the quantiles of the time to the acknowledgement."""
    bare, ours = await in_turn.acknowledgements([(setup, setup.bare), (setup, setup.ours)], sizes)
    name = f"acknowledgement at {RATE:.0f} a second"
    return [
        compare(f"{name}, p50", quantile(bare, 0.5), quantile(ours, 0.5), 1.25),
        compare(f"{name}, p99", quantile(bare, 0.99), quantile(ours, 0.99), 1.25),
        compare(f"{name}, slowest", max(bare), max(ours)),
    ]
