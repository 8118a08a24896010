"""Send signed requests, each over a connection of its own, and take the time of each answer.

The requests are bytes made beforehand, sent by a plain asyncio protocol: the generator's own time
is small, and the same for both sides.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass

MAX_ANSWER_SECONDS = 20.0  # Slack waits for 3
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
Answer = tuple[int, bytes, float]


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer; ``due`` is when its request should have been sent. Times are monotonic seconds."""

    status: int
    body: bytes
    due: float
    received_at: float

    @property
    def seconds(self) -> float:
        """Seconds from the scheduled moment, not from the moment of sending, to the answer."""
        return self.received_at - self.due


class Connection(asyncio.Protocol):
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
        """Complete the answer when its whole body is there."""
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        length = _LENGTH.search(self._buffer, 0, end + 2) if end >= 0 else None
        body = int(length.group(1)) if length else 0
        if end >= 0 and len(self._buffer) >= end + 4 + body and self._answer is not None:
            answer, self._answer = self._answer, None
            received_at = asyncio.get_running_loop().time()
            result = int(self._buffer[9:12]), bytes(self._buffer[end + 4 :]), received_at
            self._buffer.clear()
            if not answer.done():
                answer.set_result(result)

    def connection_lost(self, error: Exception | None) -> None:
        """Fail the request that waits."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error or ConnectionError("closed without an answer"))

    def request(self, request: bytes) -> asyncio.Future[Answer]:
        """Write the request; the future is status, body and moment of the answer."""
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return self._answer

    def close(self) -> None:
        """Close the connection."""
        self._transport.close()


class Target:
    """A local port; each request has a connection of its own, as the bot's port requires (ADR
    8)."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def send(self, request: bytes, due: float) -> Reply:
        """Send one request. Raises OSError or TimeoutError where no answer comes."""
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(Connection, "127.0.0.1", self._port)
        try:
            async with asyncio.timeout(MAX_ANSWER_SECONDS):
                status, body, received_at = await connection.request(request)
        finally:
            connection.close()
        return Reply(status, body, due, received_at)


async def open_loop(target: Target, requests: Sequence[bytes], rate: float) -> list[Reply]:
    """Send ``rate`` requests a second by the clock, whether or not the earlier ones were
    answered."""
    loop = asyncio.get_running_loop()
    start = loop.time() + 0.05
    tasks: list[asyncio.Task[Reply]] = []
    for number, request in enumerate(requests):
        due = start + number / rate
        await asyncio.sleep(max(0.0, due - loop.time()))
        tasks.append(asyncio.create_task(target.send(request, due)))
    return await asyncio.gather(*tasks)


async def closed_loop(target: Target, requests: Sequence[bytes], in_flight: int) -> list[Reply]:
    """Keep ``in_flight`` requests in flight: the next is sent as soon as one is answered."""
    loop = asyncio.get_running_loop()
    waiting = iter(requests)
    replies: list[Reply] = []

    async def worker() -> None:
        for request in waiting:
            replies.append(await target.send(request, loop.time()))  # noqa: PERF401  # one at a time

    async with asyncio.TaskGroup() as group:
        for _ in range(in_flight):
            group.create_task(worker())
    return replies
