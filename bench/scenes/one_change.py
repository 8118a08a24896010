"""How long a change takes from the last click to the posted outcome, without the services' own
time."""

from __future__ import annotations

from bench.command_load import Setup
from bench.scenes.sizes import Sizes
from bench.table import Figure, milliseconds, quantile


async def one_change(setup: Setup, sizes: Sizes) -> list[Figure]:
    """Carry out changes one after the other and return the quantiles of their time."""
    own, total = list[float](), list[float]()
    for number in range(sizes.changes):
        times = await setup.remote.call("one_change", customer=f"{20000 + number}")
        total.append(times["seconds"])
        own.append(times["seconds"] - times["services"])
    slow = quantile(own, 0.99)
    name = f"last click to outcome, {len(own)} changes"
    return [
        Figure(f"{name}, p50", "", milliseconds(quantile(own, 0.5))),
        Figure(f"{name}, p99", "", milliseconds(slow), "", "< 100 ms", slow < 0.1),
        Figure("  p99 with the time of API and Slack", "", milliseconds(quantile(total, 0.99))),
    ]
