"""Send signed requests, each over a connection of its own, and take the time of each answer.

Plain asyncio streams of bytes that were made beforehand: what the generator needs for itself is the
same for everybody who is measured, and little.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass

LONGEST = 20.0  # seconds for one answer; Slack gives three
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
Answer = tuple[int, bytes, float]


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: its status and words, and when it was due to be asked for and came (monotonic
    seconds)."""

    status: int
    words: bytes
    due: float
    came: float

    @property
    def seconds(self) -> float:
        """How long the person waited: from the scheduled moment, not from when we got round to it."""
        return self.came - self.due


class Line(asyncio.Protocol):
    """One connection, one request at a time."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._transport: asyncio.Transport
        self._answer: asyncio.Future[Answer] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Note the moment in which an answer is complete."""
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        length = _LENGTH.search(self._buffer, 0, end + 2) if end >= 0 else None
        body = int(length.group(1)) if length else 0
        if end >= 0 and len(self._buffer) >= end + 4 + body and self._answer is not None:
            answer, self._answer = self._answer, None
            came = asyncio.get_running_loop().time()
            told = int(self._buffer[9:12]), bytes(self._buffer[end + 4 :]), came
            self._buffer.clear()
            if not answer.done():
                answer.set_result(told)

    def connection_lost(self, error: Exception | None) -> None:
        """Tell whoever waits."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error or ConnectionError("closed without an answer"))

    def ask(self, request: bytes) -> asyncio.Future[Answer]:
        """Write the request; the future is status, words and moment of the answer."""
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return self._answer

    def close(self) -> None:
        """Close the connection."""
        self._transport.close()


class Lines:
    """Connections to one address: the bot's port carries one request over each (ADR 8)."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def send(self, request: bytes, due: float) -> Reply:
        """Send one request. Raises OSError or TimeoutError where no answer comes."""
        loop = asyncio.get_running_loop()
        _, line = await loop.create_connection(Line, "127.0.0.1", self._port)
        try:
            async with asyncio.timeout(LONGEST):
                status, words, came = await line.ask(request)
        finally:
            line.close()
        return Reply(status, words, due, came)


async def open_loop(lines: Lines, requests: Sequence[bytes], rate: float) -> list[Reply]:
    """Send ``rate`` requests a second by the clock, whether or not the ones before were answered."""
    loop = asyncio.get_running_loop()
    start = loop.time() + 0.05
    under_way: list[asyncio.Task[Reply]] = []
    for number, request in enumerate(requests):
        due = start + number / rate
        await asyncio.sleep(max(0.0, due - loop.time()))
        under_way.append(asyncio.create_task(lines.send(request, due)))
    return await asyncio.gather(*under_way)


async def closed_loop(lines: Lines, requests: Sequence[bytes], in_flight: int) -> list[Reply]:
    """Keep ``in_flight`` requests under way: the next is sent as soon as one is answered."""
    loop = asyncio.get_running_loop()
    waiting = iter(requests)
    replies: list[Reply] = []

    async def one_after_the_other() -> None:
        for request in waiting:
            replies.append(await lines.send(request, loop.time()))  # noqa: PERF401  # paced

    async with asyncio.TaskGroup() as group:
        for _ in range(in_flight):
            group.create_task(one_after_the_other())
    return replies
