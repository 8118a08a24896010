"""Server-sent events: one stream for each window of the browser."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from aiohttp import web

MAX_WAITING_BYTES = 8 * 1024 * 1024
"""A window that leaves more unread is cut off: it connects again and gets a new snapshot."""
KEEP_ALIVE_SECONDS = 15.0
RETRY = b"retry: 500\n\n"
"""A browser connects again after so many milliseconds."""
KEEP_ALIVE = b": keep-alive\n\n"


def event(name: str, data: Any) -> bytes:
    """Return one event as it is sent."""
    return f"event: {name}\ndata: {json.dumps(data, separators=(',', ':'))}\n\n".encode()


class Windows:
    """The open windows. ``snapshot`` returns the data of the first event of each."""

    def __init__(self, snapshot: Callable[[], Any]) -> None:
        self.keep_alive_seconds = KEEP_ALIVE_SECONDS
        self._snapshot = snapshot
        self._open: set[_Window] = set()

    def __len__(self) -> int:
        return len(self._open)

    def publish(self, name: str, data: Callable[[], Any]) -> None:
        """Send an event to every window. Its data is made once, and only if there is a window."""
        if self._open:
            encoded = event(name, data())
            for window in list(self._open):
                window.add(encoded)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Send a snapshot and then every event, until the window is closed or cut off."""
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        # Nothing is awaited in between: no event is missed, and none comes before the snapshot.
        window = _Window(request)
        window.add(RETRY + event("snapshot", self._snapshot()), limited=False)
        self._open.add(window)
        try:
            with suppress(ConnectionError):
                while waiting := await window.next(self.keep_alive_seconds):
                    await response.write(waiting)
        finally:
            self._open.discard(window)
        return response

    def close(self) -> None:
        """End every stream."""
        for window in list(self._open):
            window.close()


class _Window:
    """What waits to be written to one window."""

    def __init__(self, request: web.Request) -> None:
        self._request = request
        self._waiting: list[bytes] = []
        self._bytes = 0
        self._wake = asyncio.Event()
        self._closed = False

    def add(self, encoded: bytes, *, limited: bool = True) -> None:
        self._waiting.append(encoded)
        if limited:
            self._bytes += len(encoded)
        self._wake.set()
        if self._bytes > MAX_WAITING_BYTES:
            self.close()
            if self._request.transport is not None:
                self._request.transport.abort()

    def close(self) -> None:
        self._closed = True
        self._waiting.clear()
        self._wake.set()

    async def next(self, keep_alive_seconds: float) -> bytes:
        """Return what is written next, or nothing at the end."""
        try:
            async with asyncio.timeout(keep_alive_seconds):
                await self._wake.wait()
        except TimeoutError:
            return KEEP_ALIVE
        waiting = b"" if self._closed else b"".join(self._waiting)
        self._wake.clear()
        self._waiting.clear()
        self._bytes = 0
        return waiting
