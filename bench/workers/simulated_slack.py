"""The simulated Slack with one channel, without rate limits.

``python -m bench.workers.simulated_slack`` prints its port and serves until standard input ends.
"""

from __future__ import annotations

import asyncio
import sys

from sandbox.slack import SlackSandbox


async def main() -> None:
    """Serve until standard input ends; the port is printed first."""
    async with SlackSandbox(enforce_rate_limits=False) as slack:
        slack.add_channel("C0INCIDENT", "incident")
        print(slack.server.port, flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
