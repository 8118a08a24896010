"""Accept connections to the HTTP port, within limits of number, time and bytes.

Whoever reaches the port can open connections and send half a request, or a byte a second. aiohttp
limits the time between two requests and nothing else; asyncio's server answers "too many open files"
with 128 tracebacks a second (Python 3.11).

A connection is unverified until a request on it is known to be signed by Slack. An unverified one is
closed after ``lifetime`` seconds, or as the oldest one where a limit is reached. A verified one is kept
until its response is sent. See docs/adr/0008-the-port-accepts-its-own-connections.md.
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

from bot.service.parallel import cancel_tasks

MIB = 1024 * 1024
# Connections whose protocol is being made: so many are accepted before other work goes on.
MAX_OPENING = 32
# Until the next accept, where the system has no more descriptors.
ACCEPT_RETRY_SECONDS = 0.05
# Between two log lines, however many connections are closed.
LOG_INTERVAL_SECONDS = 60.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """Open connections; of unverified ones: seconds, bytes of one, bytes of all together."""

    max_open: int = 512
    lifetime: float = 10.0  # Slack waits for three
    max_bytes: int = 2 * MIB
    max_total_bytes: int = 32 * MIB

    @property
    def open_connections(self) -> int:
        """``max_open``, but at most half of the files that the process may open."""
        files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        return self.max_open if files == resource.RLIM_INFINITY else min(self.max_open, files // 2)


class HttpConnections:
    """Accepts connections and hands them to protocols of ``server``, within the limits."""

    def __init__(self, server: Callable[[], asyncio.Protocol], limits: ConnectionLimits) -> None:
        self._server = server
        self._limits = limits
        self._open: dict[asyncio.BaseTransport, _Connection] = {}
        self._unverified: dict[_Connection, None] = {}  # oldest first
        self._opening: dict[_Connection, asyncio.Task[None]] = {}
        self._bytes = 0  # of unverified ones
        self._freed = asyncio.Event()
        self._accepting: list[asyncio.Task[None]] = []
        self._closed = 0
        self._logged_at = float("-inf")

    async def listen(self, host: str, port: int) -> int:
        """Listen and return the port. Raises OSError where it is taken."""
        listeners = await _listeners(host, port)
        self._accepting = [asyncio.create_task(self._accept(each)) for each in listeners]
        return int(listeners[0].getsockname()[1])

    def verified(self, transport: asyncio.BaseTransport | None) -> None:
        """Mark a connection as verified: a request on it is signed by Slack."""
        connection = self._open.get(transport) if transport is not None else None
        if connection is not None:
            self._forget(connection)

    async def close(self) -> None:
        """Accept no more, and close unverified connections."""
        await cancel_tasks([*self._accepting, *self._opening.values()])
        for connection in [*self._unverified]:
            connection.transport.abort()

    async def _accept(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        with listener:
            while True:
                try:
                    accepted, _ = await loop.sock_accept(listener)
                    await self._serve(accepted)
                except OSError as error:  # of the system, or the other side closed it
                    self._close_oldest(error.strerror or type(error).__name__)
                    await asyncio.sleep(ACCEPT_RETRY_SECONDS)

    async def _serve(self, accepted: socket.socket) -> None:
        """Begin to open it and return: asyncio takes several turns of the event loop for each, and
        those who wait to be accepted wait for all before them."""
        try:
            await self._wait_for_slot()
        except BaseException:
            accepted.close()
            raise
        connection = _Connection(self)
        self._opening[connection] = asyncio.create_task(self._connect(connection, accepted))

    async def _connect(self, connection: _Connection, accepted: socket.socket) -> None:
        try:
            loop = asyncio.get_running_loop()
            await loop.connect_accepted_socket(lambda: connection, accepted)
        except OSError:  # the other side closed it
            accepted.close()
        except BaseException:
            accepted.close()
            raise
        finally:
            self._opening.pop(connection, None)
            self._freed.set()

    async def _wait_for_slot(self) -> None:
        """Wait until a connection may be opened: long only while verified ones fill the limit."""
        while self._is_full() or len(self._opening) >= self._at_once():
            if self._is_full():
                self._close_oldest("too many connections")
            self._freed.clear()
            await self._freed.wait()

    def _is_full(self) -> bool:
        return len(self._open) + len(self._opening) >= self._limits.open_connections

    def _at_once(self) -> int:
        """How many may be opened at the same time: fewer near the limit, where the oldest makes way,
        so that it has had the time to show its signature."""
        room = self._limits.open_connections - len(self._open)
        return max(1, min(MAX_OPENING, room // 2))

    def _close_oldest(self, why: str) -> None:
        if self._unverified:
            self.end(next(iter(self._unverified)), why)

    # --- called by a connection -------------------------------------------------------------------

    def made(self, connection: _Connection) -> tuple[asyncio.Protocol, asyncio.TimerHandle]:
        """Note that it is open; return the protocol that serves it and the timer that closes it."""
        self._opening.pop(connection, None)
        self._open[connection.transport] = connection
        self._unverified[connection] = None
        loop = asyncio.get_running_loop()
        return self._server(), loop.call_later(
            self._limits.lifetime, self.end, connection, "too slow"
        )

    def sent(self, connection: _Connection, size: int) -> None:
        """Count the bytes that it sent."""
        connection.size += size
        if connection not in self._unverified:
            return
        self._bytes += size
        if connection.size > self._limits.max_bytes:
            self.end(connection, "too many bytes")
        while self._bytes > self._limits.max_total_bytes:
            self._close_oldest("too many bytes")

    def lost(self, connection: _Connection) -> None:
        """Note that it is closed."""
        self._forget(connection)
        del self._open[connection.transport]
        self._freed.set()

    def end(self, connection: _Connection, why: str) -> None:
        """Close it at once, with a log line at most once a minute."""
        self._forget(connection)
        connection.transport.abort()
        self._closed += 1
        if time.monotonic() - self._logged_at >= LOG_INTERVAL_SECONDS:
            log.warning("http.connections_ended", why=why, number=self._closed)
            self._logged_at, self._closed = time.monotonic(), 0

    def _forget(self, connection: _Connection) -> None:
        if connection in self._unverified:
            del self._unverified[connection]
            self._bytes -= connection.size


class _Connection(asyncio.Protocol):
    """One connection: counts its bytes and passes them to the protocol that serves it."""

    def __init__(self, owner: HttpConnections) -> None:
        self._owner = owner
        self.size = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self._served, self._timer = self._owner.made(self)
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
        self._timer.cancel()
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
