"""One round: questions sent to one side, and what became of them."""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.load import Lines, Reply, closed_loop, open_loop
from bench.people import CUSTOMER
from bench.processes import Broken, Remote, Side, cpu_seconds

# Four requests to the API and an answer; a list from the database; a look at the rows; text alone.
QUESTIONS = (f"status {CUSTOMER}", "pending", f"whoami {CUSTOMER}", "help")
PATIENCE = 120.0  # seconds until all commands of a round are answered
Loop = Callable[[Lines, Sequence[bytes]], Awaitable[list[Reply]]]


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything that a scene needs."""

    remote: Remote
    bare: Side
    ours: Side
    database: Path

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


def questions(number: int) -> list[str]:
    """Return so many commands, as people type them: the four questions in turn."""
    return list(itertools.islice(itertools.cycle(QUESTIONS), number))


@dataclass(frozen=True, slots=True)
class Round:
    """What one round came to: acknowledgements, when the answers came, and CPU seconds."""

    replies: list[Reply]
    answers: list[float]
    cpu: float | None

    @property
    def waits(self) -> list[float]:
        """Seconds to each acknowledgement."""
        return [reply.seconds for reply in self.replies]

    @property
    def lateness(self) -> list[float]:
        """Seconds to each answer."""
        return [came - one.due for came, one in zip(self.answers, self.replies, strict=True)]

    @property
    def acknowledged(self) -> float:
        """Commands acknowledged a second."""
        return self._rate(max(reply.came for reply in self.replies))

    @property
    def answered(self) -> float:
        """Commands acknowledged and answered a second."""
        return self._rate(max(self.answers))

    def _rate(self, end: float) -> float:
        return len(self.replies) / (end - min(reply.due for reply in self.replies))


async def at_rate(stage: Stage, who: Side, number: int, rate: float) -> Round:
    """Send so many questions, ``rate`` a second by the clock."""
    return await _round(stage, who, number, lambda lines, asked: open_loop(lines, asked, rate))


async def in_flight(stage: Stage, who: Side, number: int, at_once: int) -> Round:
    """Send so many questions, always ``at_once`` of them under way."""
    return await _round(stage, who, number, lambda lines, asked: closed_loop(lines, asked, at_once))


async def _round(stage: Stage, who: Side, number: int, send: Loop) -> Round:
    requests, keys = await stage.signed(questions(number), who.port)
    before = cpu_seconds(who.pid)
    lines = Lines(who.port)
    replies = await send(lines, requests)
    answers = await stage.answered(keys) if who is stage.ours else []
    after = cpu_seconds(who.pid)
    used = after - before if after is not None and before is not None else None
    return Round(_checked(replies), answers, used)


def _checked(replies: list[Reply]) -> list[Reply]:
    """Raise Broken unless all are acknowledged; words instead of silence say that it was not saved."""
    wrong = [reply for reply in replies if reply.status != 200 or reply.words]
    if wrong:
        one = wrong[0]
        raise Broken(f"{len(wrong)} commands not acknowledged: {one.status} {one.words!r}.")
    return replies
