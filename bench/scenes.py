"""The four measurements; each returns its lines of the table."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.books import settled
from bench.load import Lines, Reply, closed_loop, open_loop
from bench.people import CUSTOMER
from bench.processes import Broken, Remote
from bench.table import Figure, milliseconds, quantile

RATE = 20.0  # commands a second
IN_FLIGHT = 20
QUESTION = f"status {CUSTOMER}"  # four requests to the API, one answer in Slack
QUESTIONS = (QUESTION, "pending", f"whoami {CUSTOMER}", "help")
PATIENCE = 120.0  # seconds until all commands of a round are answered


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured."""

    rounds: int = 4  # of each, taking turns
    seconds: float = 6.0  # of a round at 20 a second
    commands: int = 1000  # of a round with 20 in flight
    changes: int = 100  # one after the other
    hanging: int = 200  # changes under way while the API hangs
    hang: float = 30.0  # seconds


QUICK = Sizes(rounds=1, seconds=3.0, commands=300, changes=10, hanging=40, hang=4.0)


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything that a scene needs."""

    remote: Remote
    bare: int  # port
    ours: int  # port
    database: Path
    sizes: Sizes

    async def signed(self, texts: Sequence[str], port: int) -> tuple[list[bytes], list[str]]:
        """Return commands ready to be sent, and the keys of their response URLs."""
        made = await self.remote.ask("sign", texts=list(texts))
        return [_wire(one, port) for one in made], [one["key"] for one in made]

    async def answered(self, keys: Sequence[str]) -> list[float]:
        """Wait until the bot has answered all of these; return when (monotonic seconds)."""
        told: list[float] = await self.remote.ask("answers", keys=list(keys), seconds=PATIENCE)
        return told


def _wire(signed: dict[str, Any], port: int) -> bytes:
    body: bytes = signed["body"].encode()
    head = {"Host": f"127.0.0.1:{port}", "Content-Length": str(len(body)), **signed["headers"]}
    fields = "".join(f"{name}: {value}\r\n" for name, value in head.items())
    return f"POST /slack/events HTTP/1.1\r\n{fields}\r\n".encode() + body


def _checked(replies: list[Reply]) -> list[Reply]:
    wrong = [reply.status for reply in replies if reply.status != 200]
    if wrong:
        raise Broken(f"{len(wrong)} commands were not acknowledged with 200, but {wrong[:5]}.")
    return replies


async def _steadily(stage: Stage, port: int, texts: Sequence[str]) -> list[Reply]:
    requests, keys = await stage.signed(texts, port)
    lines = Lines(port)
    try:
        replies = _checked(await open_loop(lines, requests, RATE))
    finally:
        lines.close()
    if port == stage.ours:
        await stage.answered(keys)
    return replies


async def warm_up(stage: Stage) -> None:
    """Let both run every line once before anything counts."""
    for port in (stage.bare, stage.ours):
        await _steadily(stage, port, [QUESTION] * 20)
    await stage.remote.ask("one_change", customer="19999")


async def acknowledgement(stage: Stage) -> list[Figure]:
    """How long a person waits for the acknowledgement at 20 commands a second."""
    waits: dict[int, list[float]] = {stage.bare: [], stage.ours: []}
    texts = [QUESTION] * int(RATE * stage.sizes.seconds)
    for _ in range(stage.sizes.rounds):
        for port, seconds in waits.items():
            seconds += [reply.seconds for reply in await _steadily(stage, port, texts)]
    figures = []
    for name, share in (("p50", 0.5), ("p99", 0.99), ("slowest", 1.0)):
        bare, ours = (quantile(waits[port], share) for port in (stage.bare, stage.ours))
        aimed = share < 1
        figures.append(
            Figure(
                f"acknowledgement at {RATE:.0f}/s, {name}",
                milliseconds(bare),
                milliseconds(ours),
                f"{ours / bare:.2f}",
                "<= 1.25" if aimed else "",
                ours <= 1.25 * bare if aimed else None,
            )
        )
    return figures


async def throughput(stage: Stage) -> list[Figure]:
    """How many commands a second, 20 in flight: acknowledged, and answered too."""
    rates: dict[int, list[float]] = {stage.bare: [], stage.ours: []}
    waits: dict[int, list[float]] = {stage.bare: [], stage.ours: []}
    answered: list[float] = []
    for _, port in itertools.product(range(stage.sizes.rounds), rates):
        requests, keys = await stage.signed([QUESTION] * stage.sizes.commands, port)
        lines = Lines(port)
        replies = _checked(await closed_loop(lines, requests, IN_FLIGHT))
        lines.close()
        start = min(reply.due for reply in replies)
        rates[port].append(len(replies) / (max(reply.came for reply in replies) - start))
        waits[port] += [reply.seconds for reply in replies]
        if port == stage.ours:
            answered.append(len(replies) / (max(await stage.answered(keys)) - start))
    bare, ours = (quantile(rates[port], 0.5) for port in (stage.bare, stage.ours))
    slowest = max(waits[stage.ours])
    last = quantile(answered, 0.5)
    name = f"commands/s with {IN_FLIGHT} in flight"
    return [
        Figure(
            f"{name}, acknowledged (median round)",
            f"{bare:,.0f}/s",
            f"{ours:,.0f}/s",
            f"{ours / bare:.2f}",
            ">= 0.40",
            ours >= 0.4 * bare,
        ),
        Figure(f"{name}, acknowledged and answered", "", f"{last:,.0f}/s", f"{last / bare:.2f}"),
        Figure(
            f"{name}, slowest acknowledgement",
            milliseconds(max(waits[stage.bare])),
            milliseconds(slowest),
            "",
            "< 250 ms",
            slowest < 0.25,
        ),
    ]


async def one_change(stage: Stage) -> list[Figure]:
    """From the last click to the posted outcome, less the services' own time."""
    own, whole = [], []
    for number in range(stage.sizes.changes):
        lap = await stage.remote.ask("one_change", customer=f"{20000 + number}")
        whole.append(lap["seconds"])
        own.append(lap["seconds"] - lap["services"])
    slow = quantile(own, 0.99)
    name = f"last click to posted outcome ({len(own)} changes)"
    return [
        Figure(f"{name}, p50", "", milliseconds(quantile(own, 0.5))),
        Figure(f"{name}, p99", "", milliseconds(slow), "", "< 100 ms", slow < 0.1),
        Figure("  the same with the services' time, p99", "", milliseconds(quantile(whole, 0.99))),
    ]


async def hanging(stage: Stage) -> list[Figure]:
    """Acknowledgements while the API hangs, with many changes under way."""
    sizes = stage.sizes
    customers = [str(30000 + number) for number in range(sizes.hanging)]
    await stage.remote.ask("hang_with", customers=customers)
    texts = list(itertools.islice(itertools.cycle(QUESTIONS), int(RATE * sizes.hang)))
    requests, keys = await stage.signed(texts, stage.ours)
    lines = Lines(stage.ours)
    replies = _checked(await open_loop(lines, requests, RATE))
    lines.close()
    await stage.remote.ask("come_back")
    answers = await stage.answered(keys)
    late = [came - reply.due for came, reply in zip(answers, replies, strict=True)]
    await settled(stage.database)
    complaints = await stage.remote.ask("complaints", customers=customers)
    if complaints:
        raise Broken("; ".join(complaints[:5]))
    name = f"API hangs {sizes.hang:.0f} s, {sizes.hanging} changes under way"
    slowest = max(reply.seconds for reply in replies)
    p50 = quantile([reply.seconds for reply in replies], 0.5)
    return [
        Figure(f"{name}: ack p50", "", milliseconds(p50)),
        Figure(
            f"{name}: slowest ack", "", milliseconds(slowest), "", "<= 1,000 ms", slowest <= 1.0
        ),
        Figure("  the answers behind them, slowest", "", f"{max(late):,.1f} s"),
    ]


async def breathe() -> None:
    """Let what the scene before started come to rest."""
    await asyncio.sleep(1.0)
