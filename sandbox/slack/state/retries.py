"""Events that the app did not take are delivered again
(docs.slack.dev/apis/events-api, "Retries")."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

from sandbox.slack.model import Delivery

DELAYS = (0.0, 60.0, 300.0)
"""Seconds before each retry: at once, after a minute, after five minutes."""


class Retries:
    """Waits and calls ``send``; ``clock`` returns UNIX seconds, and `clock_moved` says that it has
    jumped."""

    def __init__(
        self, clock: Callable[[], float], send: Callable[[Delivery], Awaitable[Delivery]]
    ) -> None:
        self._clock = clock
        self._send = send
        self._moved = asyncio.Event()
        self._waiting: set[asyncio.Task[None]] = set()

    @property
    def waiting(self) -> int:
        """How many events will be delivered again, or are at present."""
        return len(self._waiting)

    def add(self, delivery: Delivery) -> None:
        """Deliver a failed event again in its time, if it has a retry left."""
        if delivery.attempt < len(DELAYS):
            due = self._clock() + DELAYS[delivery.attempt]
            task = asyncio.create_task(self._again(delivery, due))
            self._waiting.add(task)
            task.add_done_callback(self._waiting.discard)

    def clock_moved(self) -> None:
        """Deliver what is due now."""
        self._moved.set()
        self._moved = asyncio.Event()

    async def stop(self) -> None:
        """Deliver nothing again."""
        for task in self._waiting:
            task.cancel()
        await asyncio.gather(*self._waiting, return_exceptions=True)

    async def _again(self, delivery: Delivery, due: float) -> None:
        while (left := due - self._clock()) > 0:
            try:
                async with asyncio.timeout(left):
                    await self._moved.wait()
            except TimeoutError:
                pass
        await self._send(repeated(delivery, _reason(delivery)))


def repeated(delivery: Delivery, reason: str) -> Delivery:
    """Return the same payload for another attempt."""
    return replace(
        delivery,
        status=0,
        body=None,
        ack_seconds=0.0,
        timed_out=False,
        problem="",
        attempt=delivery.attempt + 1,
        retry_reason=reason,
    )


def _reason(delivery: Delivery) -> str:
    """Return Slack's reason for a retry, in HTTP mode."""
    if delivery.problem == "operation_timeout":
        return "http_timeout"
    return "http_error" if delivery.status else "connection_failed"
