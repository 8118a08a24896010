"""The simulated Slack and continuity API as one process with a line-based JSON protocol.

A line on standard input is a JSON object with ``method`` and its arguments; the result is one line
of JSON on standard output. The process ends with its standard input.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from bench.measured_services import BusyTime, MeasuredContinuity, MeasuredSlack
from bench.participants import CHANNELS, OPERATOR, Participants, add_participants
from sandbox.slack import Delivery, payloads
from sandbox.slack.delivery import wire_format

MAX_LINE_BYTES = 2**26  # some thousand signed requests


class Services:
    """What the bench can call; every public method is a ``method`` of the protocol."""

    def __init__(
        self,
        slack: MeasuredSlack,
        continuity: MeasuredContinuity,
        participants: Participants,
        busy_time: BusyTime,
    ) -> None:
        self._slack = slack
        self._continuity = continuity
        self._participants = participants
        self._busy_time = busy_time

    async def settings(self) -> dict[str, str]:
        """Return the settings that the bot needs."""
        return {
            "SLACK_BOT_TOKEN": self._slack.bot_token,
            "SLACK_SIGNING_SECRET": self._slack.signing_secret,
            "SLACK_API_URL": self._slack.api_url,
            "CONTINUITY_URL": self._continuity.url,
            "CONTINUITY_USERNAME": self._continuity.username,
            "CONTINUITY_PASSWORD": self._continuity.password,
            "SLACK_PACE": "1000",
        }

    async def deliver_to(self, url: str) -> None:
        """Set the URL to which clicks and commands are delivered."""
        self._slack.request_url = url

    async def sign(self, texts: list[str]) -> list[dict[str, Any]]:
        """Return commands as Slack would post them now, each with its own trigger and response
        URL."""
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
        """Wait until each of these commands is answered; return when (monotonic seconds)."""
        answered = self._slack.answered
        await self._slack.wait_for(lambda _: all(key in answered for key in keys), seconds)
        self._busy_time.clear()
        return [answered.pop(key) for key in keys]

    async def one_change(self, customer: str) -> dict[str, float]:
        """Propose and approve a change; return how long the outcome took."""
        return await self._participants.one_change(customer)

    async def apply(self, customers: list[str]) -> None:
        """Apply a change for each customer, some at the same time."""
        await self._participants.apply(customers)

    async def add_customer(self, number: str, users: int) -> None:
        """Add a customer with user0001@example.com and so on."""
        self._continuity.add_customer(number, users=users)

    async def set_api_latency(self, seconds: float) -> None:
        """Delay every answer of the API by so many seconds, as a network would."""
        self._continuity.latency = seconds

    async def count_file_lines(self) -> list[int]:
        """Return the number of lines of every file uploaded to the channel."""
        return [file.content.count(b"\n") for file in self._slack.files_in(CHANNELS[0])]

    async def hang_with(self, customers: list[str], seconds: float) -> None:
        """Start a change for each customer; their writes, and the whole API, hang for so long."""
        await self._participants.hang_with(customers)
        asyncio.get_running_loop().call_later(seconds, self._continuity.gate.set)

    async def errors(self, customers: list[str]) -> list[str]:
        """Return what Slack refused or missed, and which customers are not in failover."""
        refused = [f"Slack refused {one.method}: {one.error}" for one in self._slack.refused]
        refused += [
            f"{one.user} saw {one.text}" for one in self._slack.ephemerals if one.via == "slack"
        ]
        return refused + [
            f"{one} is not in failover" for one in self._participants.not_in_failover(customers)
        ]


async def main() -> None:
    """Serve until standard input ends."""
    loop = asyncio.get_running_loop()
    lines = asyncio.StreamReader(limit=MAX_LINE_BYTES)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    busy_time = BusyTime()
    async with MeasuredSlack(busy_time) as slack, MeasuredContinuity(busy_time) as continuity:
        add_participants(slack, continuity)
        participants = Participants(slack, continuity, busy_time)
        services = Services(slack, continuity, participants, busy_time)
        while line := await lines.readline():
            request = json.loads(line)
            method: Callable[..., Awaitable[Any]] = getattr(services, request.pop("method"))
            sys.stdout.write(json.dumps({"result": await method(**request)}) + "\n")
            sys.stdout.flush()
        continuity.gate.set()


if __name__ == "__main__":
    asyncio.run(main())
