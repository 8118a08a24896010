"""The connections of the HTTP port: so many, for so long, and where there are too many the oldest goes.

Whoever reaches the port can open connections and send half a request, or a byte a second. aiohttp
limits the time between two requests and nothing else; asyncio's own server answers "too many open files"
with 128 tracebacks a second (Python 3.11). So connections are accepted here.

What is not known to be Slack's yet waits: it is ended after ``life`` seconds, or sooner where another one
needs its place. A request that Slack signed is kept until its answer is given.
"""

from __future__ import annotations

import asyncio
import os
import resource
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import structlog

MIB = 1024 * 1024
RETRY = 0.05  # seconds until it is tried again to accept, where the system has no more descriptors
TOLD_EVERY = 60.0  # seconds between two log lines, however many connections are ended

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """Of connections at once, seconds of a life, and bytes sent by one and by all that wait."""

    most: int = 512
    life: float = 10.0  # Slack waits for three
    largest: int = 2 * MIB
    together: int = 32 * MIB

    @property
    def places(self) -> int:
        """Never more than half of the files that the process may open: the rest is for its work."""
        files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        return self.most if files == resource.RLIM_INFINITY else min(self.most, files // 2)


class HttpConnections:
    """Accepts connections and hands them to protocols of ``server``, within the limits."""

    def __init__(self, server: Callable[[], asyncio.Protocol], limits: ConnectionLimits) -> None:
        self._server = server
        self._limits = limits
        self._open: dict[asyncio.BaseTransport, _Connection] = {}
        self._waiting: dict[_Connection, None] = {}  # oldest first
        self._bytes = 0  # of those that wait
        self._freed = asyncio.Event()
        self._accepting: list[asyncio.Task[None]] = []
        self._ended = 0
        self._told_at = float("-inf")

    async def listen(self, host: str, port: int) -> int:
        """Listen and return the port. Raises OSError where it is taken."""
        listeners = await _listeners(host, port)
        self._accepting = [asyncio.create_task(self._accept(each)) for each in listeners]
        return int(listeners[0].getsockname()[1])

    def keep(self, transport: asyncio.BaseTransport | None) -> None:
        """What came over it is Slack's: it no longer makes way for others."""
        connection = self._open.get(transport) if transport is not None else None
        if connection is not None:
            self._forget(connection)

    async def close(self) -> None:
        """Accept no more, and end what waits."""
        for task in self._accepting:
            task.cancel()
        await asyncio.gather(*self._accepting, return_exceptions=True)
        for connection in [*self._waiting]:
            connection.transport.abort()

    async def _accept(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        with listener:
            while True:
                try:
                    accepted, _ = await loop.sock_accept(listener)
                    await self._serve(accepted)
                except OSError as error:  # of the system, or it was gone again
                    self._end_oldest(error.strerror or type(error).__name__)
                    await asyncio.sleep(RETRY)

    async def _serve(self, accepted: socket.socket) -> None:
        try:
            await self._make_room()
            loop = asyncio.get_running_loop()
            await loop.connect_accepted_socket(lambda: _Connection(self), accepted)
        except BaseException:
            accepted.close()
            raise

    async def _make_room(self) -> None:
        """Wait for a place; it takes long only while Slack's own requests hold all of them."""
        while len(self._open) >= self._limits.places:
            self._end_oldest("too many connections")
            self._freed.clear()
            await self._freed.wait()

    def _end_oldest(self, why: str) -> None:
        if self._waiting:
            self.end(next(iter(self._waiting)), why)

    # --- told by a connection ---------------------------------------------------------------------

    def made(self, connection: _Connection) -> tuple[asyncio.Protocol, asyncio.TimerHandle]:
        """It is open. Return the protocol that serves it and what ends it in time."""
        self._open[connection.transport] = connection
        self._waiting[connection] = None
        loop = asyncio.get_running_loop()
        return self._server(), loop.call_later(self._limits.life, self.end, connection, "too slow")

    def sent(self, connection: _Connection, size: int) -> None:
        """It sent so many bytes more."""
        connection.size += size
        if connection not in self._waiting:
            return
        self._bytes += size
        if connection.size > self._limits.largest:
            self.end(connection, "too many bytes")
        while self._bytes > self._limits.together:
            self._end_oldest("too many bytes")

    def lost(self, connection: _Connection) -> None:
        """It is closed."""
        self._forget(connection)
        del self._open[connection.transport]
        self._freed.set()

    def end(self, connection: _Connection, why: str) -> None:
        """End it at once, and say so in the log now and then."""
        self._forget(connection)
        connection.transport.abort()
        self._ended += 1
        if time.monotonic() - self._told_at >= TOLD_EVERY:
            log.warning("http.connections_ended", why=why, number=self._ended)
            self._told_at, self._ended = time.monotonic(), 0

    def _forget(self, connection: _Connection) -> None:
        if connection in self._waiting:
            del self._waiting[connection]
            self._bytes -= connection.size


class _Connection(asyncio.Protocol):
    """One connection, on its way to the protocol that serves it."""

    def __init__(self, owner: HttpConnections) -> None:
        self._owner = owner
        self.size = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self._served, self._end = self._owner.made(self)
        self._served.connection_made(transport)

    def data_received(self, data: bytes) -> None:
        self._owner.sent(self, len(data))
        self._served.data_received(data)

    def eof_received(self) -> bool | None:
        return self._served.eof_received()

    def pause_writing(self) -> None:
        self._served.pause_writing()

    def resume_writing(self) -> None:
        self._served.resume_writing()

    def connection_lost(self, error: Exception | None) -> None:
        self._end.cancel()
        self._owner.lost(self)
        self._served.connection_lost(error)


async def _listeners(host: str, port: int) -> list[socket.socket]:
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(
        host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )
    listeners: list[socket.socket] = []
    try:
        for family, address in dict.fromkeys((each[0], each[4]) for each in found):
            listener = socket.create_server(address, family=family)
            listener.settimeout(0)
            listeners.append(listener)
    except OSError as error:
        for listener in listeners:
            listener.close()
        raise OSError(error.errno, os.strerror(error.errno or 0).lower()) from None
    return listeners
