"""The simulated Slack and continuity API as one process, told what to do line by line.

A line on standard input is a JSON object with ``do`` and arguments; the answer is one line of JSON on
standard output. It ends with its standard input.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from bench.meter import Meter, MeteredContinuity, MeteredSlack
from bench.people import CHANNELS, OPERATOR, People, furnish
from sandbox.slack import Delivery, payloads
from sandbox.slack.delivery import wire_format

LARGEST_LINE = 2**26  # bytes: some thousand signed requests


class Services:
    """What the bench can ask of the services; every public method is a word of ``do``."""

    def __init__(
        self, slack: MeteredSlack, continuity: MeteredContinuity, people: People, meter: Meter
    ) -> None:
        self._slack = slack
        self._continuity = continuity
        self._people = people
        self._meter = meter

    async def where(self) -> dict[str, str]:
        """Tell the settings that the bot needs."""
        return {
            "SLACK_BOT_TOKEN": self._slack.bot_token,
            "SLACK_SIGNING_SECRET": self._slack.signing_secret,
            "SLACK_API_URL": self._slack.api_url,
            "CONTINUITY_URL": self._continuity.url,
            "CONTINUITY_USERNAME": self._continuity.username,
            "CONTINUITY_PASSWORD": self._continuity.password,
            "SLACK_PACE": "1000",
        }

    async def app(self, url: str) -> None:
        """Take the address to which clicks and commands go."""
        self._slack.request_url = url

    async def sign(self, texts: list[str]) -> list[dict[str, Any]]:
        """Make commands as Slack would post them now, each with a trigger and response URL of its own."""
        return [self._signed(text) for text in texts]

    def _signed(self, text: str) -> dict[str, Any]:
        slack = self._slack
        payload = payloads.slash(
            slack,
            OPERATOR,
            CHANNELS[0],
            command="/continuity",
            text=text,
            team_id=None,
            api_app_id=None,
        )
        payload["trigger_id"] = slack.modals.new_trigger(OPERATOR)
        payload["response_url"] = slack.responses.new(OPERATOR, CHANNELS[0])
        body, content_type = wire_format(Delivery("command", payload))
        return {
            "body": body.decode(),
            "headers": {"Content-Type": content_type, **slack.signed_headers(body)},
            "key": payload["response_url"].rpartition("/")[2],
        }

    async def answers(self, keys: list[str], seconds: float) -> list[float]:
        """Wait until each of these commands was answered; return when (monotonic seconds)."""
        came = self._slack.answered
        await self._slack.wait_for(lambda _: all(key in came for key in keys), seconds)
        self._meter.clear()
        return [came.pop(key) for key in keys]

    async def one_change(self, customer: str) -> dict[str, float]:
        """Propose and approve a change; tell how long the outcome took."""
        return await self._people.one_change(customer)

    async def apply(self, customers: list[str]) -> None:
        """Bring a change for each from the proposal to its outcome, some at the same time."""
        await self._people.apply(customers)

    async def add_customer(self, number: str, users: int) -> None:
        """Add a customer with user0001@example.com and so on."""
        self._continuity.add_customer(number, users=users)

    async def api_takes(self, seconds: float) -> None:
        """Let every answer of the API take so long, as over a network."""
        self._continuity.latency = seconds

    async def lines_of_files(self) -> list[int]:
        """Count the lines of every file that was brought to the channel."""
        return [file.content.count(b"\n") for file in self._slack.files_in(CHANNELS[0])]

    async def hang_with(self, customers: list[str], seconds: float) -> None:
        """Bring a change for each under way; their writes, and the whole API, hang for so long."""
        await self._people.hang_with(customers)
        asyncio.get_running_loop().call_later(seconds, self._continuity.gate.set)

    async def complaints(self, customers: list[str]) -> list[str]:
        """Return what Slack refused or missed, and which of the customers are not in failover."""
        refused = [f"Slack refused {one.method}: {one.error}" for one in self._slack.refused]
        refused += [
            f"{one.user} saw {one.text}" for one in self._slack.ephemerals if one.via == "slack"
        ]
        return refused + [f"{one} is not in failover" for one in self._people.not_on(customers)]


async def main() -> None:
    """Serve until standard input ends."""
    loop = asyncio.get_running_loop()
    lines = asyncio.StreamReader(limit=LARGEST_LINE)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    meter = Meter()
    async with MeteredSlack(meter) as slack, MeteredContinuity(meter) as continuity:
        furnish(slack, continuity)
        services = Services(slack, continuity, People(slack, continuity, meter), meter)
        while line := await lines.readline():
            request = json.loads(line)
            work: Callable[..., Awaitable[Any]] = getattr(services, request.pop("do"))
            answer = {"told": await work(**request)}
            sys.stdout.write(json.dumps(answer) + "\n")
            sys.stdout.flush()
        continuity.gate.set()


if __name__ == "__main__":
    asyncio.run(main())
