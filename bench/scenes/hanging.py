"""How long acknowledgements take while the API hangs, with many changes under way."""

from __future__ import annotations

from bench.command_load import Setup, run_at_rate
from bench.database import wait_until_settled
from bench.processes import Broken
from bench.scenes.sizes import RATE, Sizes
from bench.table import Figure, milliseconds, quantile


async def hanging(setup: Setup, sizes: Sizes) -> list[Figure]:
    """Return the quantiles of acknowledgements and answers. Raises Broken for a wrong outcome."""
    seconds, changes = sizes.hanging_seconds, sizes.hanging_changes
    customers = [str(30000 + number) for number in range(changes)]
    await setup.remote.call("hang_with", customers=customers, seconds=seconds)
    result = await run_at_rate(setup, setup.ours, int(RATE * seconds), RATE)
    await wait_until_settled(setup.database)
    if errors := await setup.remote.call("errors", customers=customers):
        raise Broken("; ".join(errors[:5]))
    name = f"API hangs {seconds:.0f} s with {changes} changes"
    slowest = max(result.ack_seconds)
    return [
        Figure(f"{name}, ack p50", "", milliseconds(quantile(result.ack_seconds, 0.5))),
        Figure(f"{name}, slowest ack", "", milliseconds(slowest), "", "<= 1 s", slowest <= 1.0),
        Figure("  slowest answer meanwhile", "", f"{max(result.answer_seconds):,.1f} s"),
    ]
