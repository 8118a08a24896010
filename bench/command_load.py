"""Send commands to one side at a rate or concurrently, and return the times of acknowledgements."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from bench.load import Reply, Target, closed_loop, open_loop
from bench.participants import CUSTOMER
from bench.processes import Broken, Remote, Side, cpu_seconds
from bot.database_address import Database

# Four requests to the API and an answer; a list from the database; a look at the rows; text alone.
QUESTIONS = (f"status {CUSTOMER}", "pending", f"whoami {CUSTOMER}", "help")
MAX_ANSWER_SECONDS = 120.0  # until all commands of a round are answered
Send = Callable[[Target, Sequence[bytes]], Awaitable[list[Reply]]]


@dataclass(frozen=True, slots=True)
class Setup:
    """The processes and the database that a scene works with."""

    remote: Remote
    bare: Side
    ours: Side
    database: Database

    async def signed(self, texts: Sequence[str], port: int) -> tuple[list[bytes], list[str]]:
        """Return commands ready to be sent, and the keys of their response URLs."""
        signed = await self.remote.call("sign", texts=list(texts))
        return [_http(one, port) for one in signed], [one["key"] for one in signed]

    async def answered(self, keys: Sequence[str]) -> list[float]:
        """Wait until the bot has answered all of these; return when (monotonic seconds)."""
        moments: list[float] = await self.remote.call(
            "answers", keys=list(keys), seconds=MAX_ANSWER_SECONDS
        )
        return moments


def _http(signed: dict[str, Any], port: int) -> bytes:
    body: bytes = signed["body"].encode()
    head = {"Host": f"127.0.0.1:{port}", "Content-Length": str(len(body)), **signed["headers"]}
    fields = "".join(f"{name}: {value}\r\n" for name, value in head.items())
    return f"POST /slack/events HTTP/1.1\r\n{fields}\r\n".encode() + body


def questions(number: int) -> list[str]:
    """Return so many commands, the four questions in turn."""
    return list(itertools.islice(itertools.cycle(QUESTIONS), number))


@dataclass(frozen=True, slots=True)
class LoadResult:
    """Acknowledgements, the moments of the answers (monotonic seconds), and CPU seconds, if
    known."""

    replies: list[Reply]
    answered_at: list[float]
    cpu_seconds: float | None

    @property
    def ack_seconds(self) -> list[float]:
        """Seconds to each acknowledgement."""
        return [reply.seconds for reply in self.replies]

    @property
    def answer_seconds(self) -> list[float]:
        """Seconds to each answer."""
        return [at - one.due for at, one in zip(self.answered_at, self.replies, strict=True)]

    @property
    def acknowledged_rate(self) -> float:
        """Commands acknowledged per second."""
        return self._rate(max(reply.received_at for reply in self.replies))

    @property
    def answered_rate(self) -> float:
        """Commands acknowledged and answered per second."""
        return self._rate(max(self.answered_at))

    def _rate(self, end: float) -> float:
        return len(self.replies) / (end - min(reply.due for reply in self.replies))


async def run_at_rate(setup: Setup, side: Side, number: int, rate: float) -> LoadResult:
    """Send so many questions, ``rate`` a second by the clock. Raises Broken."""
    return await _run(setup, side, number, lambda to, asked: open_loop(to, asked, rate))


async def run_concurrently(setup: Setup, side: Side, number: int, in_flight: int) -> LoadResult:
    """Send so many questions, always ``in_flight`` of them at the same time. Raises Broken."""
    return await _run(setup, side, number, lambda to, asked: closed_loop(to, asked, in_flight))


async def run_spread(
    setup: Setup, sides: Sequence[Side], number: int, in_flight: int
) -> LoadResult:
    """Send so many questions to several bots in equal parts, ``in_flight`` at the same time in all.

    Raises Broken.
    """
    share = number // len(sides)
    signed = [await setup.signed(questions(share), side.port) for side in sides]
    replies = await asyncio.gather(
        *(
            closed_loop(Target(side.port), requests, in_flight // len(sides))
            for side, (requests, _) in zip(sides, signed, strict=True)
        )
    )
    answered_at = await setup.answered([key for _, keys in signed for key in keys])
    return LoadResult(_checked([one for part in replies for one in part]), answered_at, None)


async def _run(setup: Setup, side: Side, number: int, send: Send) -> LoadResult:
    requests, keys = await setup.signed(questions(number), side.port)
    before = cpu_seconds(side.pid)
    replies = await send(Target(side.port), requests)
    answered_at = await setup.answered(keys) if side is setup.ours else []
    after = cpu_seconds(side.pid)
    used = after - before if after is not None and before is not None else None
    return LoadResult(_checked(replies), answered_at, used)


def _checked(replies: list[Reply]) -> list[Reply]:
    """Raise Broken unless all are acknowledged; a body says that the command was not saved."""
    wrong = [reply for reply in replies if reply.status != 200 or reply.body]
    if wrong:
        one = wrong[0]
        raise Broken(f"{len(wrong)} commands not acknowledged: {one.status} {one.body!r}.")
    return replies
