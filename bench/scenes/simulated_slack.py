"""How many messages a second the simulated Slack takes, beside bare aiohttp with its answers."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from dataclasses import dataclass
from statistics import median
from typing import Any

import aiohttp

from bench import processes
from bench.processes import Broken, Side, cpu_seconds
from bench.table import Figure, milliseconds

IN_FLIGHT = 10
AIM = 1_000  # messages a second, so that the other scenes measure the bot
TOKEN = "xoxb-sandbox"  # noqa: S105 - the sandbox's own, opens nothing
MAX_SECONDS = 300.0  # for all of it


@dataclass(frozen=True, slots=True)
class Sizes:
    """Each round posts so many messages into the same channel."""

    messages: int = 2_000
    rounds: int = 5


QUICK = Sizes(messages=200, rounds=2)


@dataclass(frozen=True, slots=True)
class Round:
    """Messages a second, and the CPU time of one in seconds; None where there is no /proc."""

    rate: float
    cpu: float | None


async def measure(sizes: Sizes) -> list[Figure]:
    """Post to both in turns. Raises Broken, OSError or TimeoutError."""
    print("simulated_slack …", file=sys.stderr, flush=True)
    simulated, bare = list[Round](), list[Round]()
    async with (
        asyncio.timeout(MAX_SECONDS),
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {TOKEN}"}) as session,
        processes.server("simulated_slack", {}) as slack,
    ):
        answer = await _post(session, slack)
        async with processes.server("bare_aiohttp", {"ANSWER": answer}) as floor:
            for _ in range(sizes.rounds):
                bare.append(await _round(session, floor, sizes.messages))
                simulated.append(await _round(session, slack, sizes.messages))
    return _figures(bare, simulated, sizes)


def _figures(bare: list[Round], simulated: list[Round], sizes: Sizes) -> list[Figure]:
    rate = median(one.rate for one in simulated)
    ratio = median(one.rate / floor.rate for one, floor in zip(simulated, bare, strict=True))
    last = f"{simulated[-1].rate:,.0f}"
    before = sizes.messages * (sizes.rounds - 1)
    return [
        Figure(
            f"messages a second, {IN_FLIGHT} in flight",
            f"{median(one.rate for one in bare):,.0f}",
            f"{rate:,.0f}",
            f"{ratio:.2f}",
            f">= {AIM:,}",
            rate >= AIM,
        ),
        Figure(f"  into a channel of {before:,}", f"{bare[-1].rate:,.0f}", last),
        Figure("  CPU time of a message", _cpu(bare), _cpu(simulated)),
    ]


def _cpu(rounds: list[Round]) -> str:
    used = [one.cpu for one in rounds if one.cpu is not None]
    return milliseconds(median(used)) if len(used) == len(rounds) else "not known"


async def _round(session: aiohttp.ClientSession, side: Side, messages: int) -> Round:
    async def some() -> None:
        for _ in range(messages // IN_FLIGHT):
            await _post(session, side)

    before, began = cpu_seconds(side.pid), time.monotonic()
    await asyncio.gather(*(some() for _ in range(IN_FLIGHT)))
    seconds, after = time.monotonic() - began, cpu_seconds(side.pid)
    cpu = None if before is None or after is None else (after - before) / messages
    return Round(messages / seconds, cpu)


async def _post(session: aiohttp.ClientSession, side: Side) -> str:
    """Post one card and return the answer. Raises Broken."""
    url = f"http://127.0.0.1:{side.port}/api/chat.postMessage"
    async with session.post(url, data=_CARD, headers=_JSON) as response:
        answer = await response.text()
    if response.status != 200 or not answer.startswith('{"ok": true'):
        raise Broken(f"A message was answered with {response.status}: {answer[:200]}")
    return answer


def _text(kind: str, text: str) -> dict[str, Any]:
    return {"type": kind, "text": text}


def _button(action: str, text: str) -> dict[str, Any]:
    return {"type": "button", "action_id": action, "value": "1", "text": _text("plain_text", text)}


_FIELDS = [_text("mrkdwn", f"*Field {number}*\n{'value ' * 5}") for number in range(6)]
_BLOCKS = [
    {"type": "header", "text": _text("plain_text", "Failover on for Acme GmbH")},
    {"type": "section", "text": _text("mrkdwn", "*Exchange is down* " * 10)},
    {"type": "section", "fields": _FIELDS},
    {"type": "context", "elements": [_text("mrkdwn", "Proposed by <@U0OPERATOR>")]},
    {"type": "actions", "elements": [_button("approve", "Approve"), _button("deny", "Deny")]},
]
_CARD = json.dumps(
    {"channel": "C0INCIDENT", "text": "Failover on for Acme GmbH", "blocks": _BLOCKS}
).encode()
"""As large as a card of the bot."""
_JSON = {"Content-Type": "application/json; charset=utf-8"}
