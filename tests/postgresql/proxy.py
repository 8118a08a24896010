"""A TCP proxy before PostgreSQL, for what a network does: cut, refuse, be silent, lose an answer.

It runs in a thread of its own, so that a test may use it with or without an event loop.
"""

from __future__ import annotations

import asyncio
import re
import struct
import threading
from collections.abc import Coroutine
from contextlib import suppress
from enum import Enum, auto
from types import TracebackType
from typing import Any, Self

HOST = "127.0.0.1"
CHUNK = 65536
COMMIT = re.compile(rb"\bCOMMIT\b", re.IGNORECASE)
COMMITTED = b"COMMIT\0"  # the tag of the answer
STARTUP = 3 << 16  # version 3 of the protocol; smaller minor versions are above it
BETWEEN_TRIES = 0.05  # seconds
PATIENCE = 60.0  # seconds for an order to the proxy, or for what it waits for


class At(Enum):
    """Where a connection is cut around the next COMMIT."""

    BEFORE = auto()  # the server never sees it
    BEHIND = auto()  # it has committed, and the client does not hear of it
    LATE = auto()  # the client is cut off; the server sees it only after `deliver`


class Proxy:
    """Forwards connections to a port of this machine; `port` is its own."""

    def __init__(self, to: int) -> None:
        self.port = 0
        self._to = to
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy")
        self._links: set[Link] = set()
        self._server: asyncio.Server | None = None
        self._is_open = asyncio.Event()
        self._deliver = asyncio.Event()
        self._armed: At | None = None
        self._was_cut = threading.Event()

    def __enter__(self) -> Self:
        self._thread.start()
        self._order(self._listen())
        self._order(self._open())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._deliver_now()
        self.restore()
        self.refuse()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def connections(self) -> int:
        """How many connections go through it now."""
        return len(self._links)

    def cut(self) -> None:
        """Cut every connection; new ones are taken."""
        self._order(self._cut())

    def refuse(self) -> None:
        """Cut every connection and take no new one, until `restore`."""
        self._order(self._refuse())

    def black_hole(self) -> None:
        """Take connections and forward nothing in either direction, until `restore`."""
        self._order(self._silence())

    def restore(self) -> None:
        """Forward again; what a black hole held goes on its way."""
        self._order(self._listen())
        self._order(self._open())

    def lead_to(self, port: int) -> None:
        """Cut every connection and lead new ones to another server, as a failover does."""
        self._to = port
        self.cut()

    def cut_at_commit(self, at: At) -> None:
        """Cut the connection that sends the next COMMIT; the others stay."""
        self._was_cut.clear()
        self._order(self._arm(at))

    def wait_for_cut(self) -> None:
        """Wait until that has happened. Raises AssertionError."""
        assert self._was_cut.wait(PATIENCE), "nothing was committed"

    def deliver(self) -> None:
        """Let the server have the COMMIT that was kept back by `At.LATE`."""
        self._deliver_now()

    def _order(self, order: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(order, self._loop).result(PATIENCE)

    def _deliver_now(self) -> None:
        self._loop.call_soon_threadsafe(self._deliver.set)

    async def _listen(self) -> None:
        while self._server is None:
            try:
                self._server = await asyncio.start_server(self._take, HOST, self.port)
            except OSError:
                # Somebody's connection has that port for now.
                await asyncio.sleep(BETWEEN_TRIES)
                continue
            self.port = self._server.sockets[0].getsockname()[1]

    async def _open(self) -> None:
        self._is_open.set()

    async def _silence(self) -> None:
        self._is_open.clear()

    async def _arm(self, at: At) -> None:
        self._deliver.clear()
        self._armed = at

    async def _refuse(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        await self._cut()

    async def _cut(self) -> None:
        links, self._links = self._links, set()
        for link in links:
            link.end()
        await asyncio.gather(*(link.ended.wait() for link in links))

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link = Link(writer)
        self._links.add(link)
        try:
            await self._is_open.wait()
            there, back = await asyncio.open_connection(HOST, self._to)
            link.writers.append(back)
            link.tasks = [
                asyncio.create_task(self._requests(link, reader, back)),
                asyncio.create_task(self._answers(link, there, writer)),
            ]
            await asyncio.wait(link.tasks, return_when=asyncio.FIRST_COMPLETED)
        except OSError:
            pass  # nobody listens there: the client sees its connection end
        finally:
            self._links.discard(link)
            await link.close()

    async def _requests(
        self, link: Link, reader: asyncio.StreamReader, to: asyncio.StreamWriter
    ) -> None:
        """Forward what the client says, a message at a time: a statement is seen as a whole."""
        has_started = False
        with suppress(OSError, asyncio.IncompleteReadError):
            while True:
                kind = await reader.readexactly(1) if has_started else b""
                length = await reader.readexactly(4)
                body = await reader.readexactly(struct.unpack("!I", length)[0] - 4)
                await self._is_open.wait()
                if not has_started:
                    # Before it: a question for encryption, which has no kind either.
                    has_started = STARTUP <= struct.unpack("!I", body[:4])[0] < STARTUP + 65536
                elif link.commits(kind, body) and self._armed:
                    at, self._armed = self._armed, None
                    await self._cut_at_commit(link, at)
                    if at is At.BEFORE:
                        return
                to.write(kind + length + body)
                await to.drain()
        if link.swallow:
            # The end of its connection would take from the server what it has not read.
            await link.tasks[1]

    async def _cut_at_commit(self, link: Link, at: At) -> None:
        """Do what is to be done before the server gets a COMMIT."""
        link.swallow = at is not At.BEFORE
        if at is At.BEHIND:
            return
        self._was_cut.set()
        if at is At.LATE:
            link.writers[0].transport.abort()
            await self._deliver.wait()

    async def _answers(
        self, link: Link, reader: asyncio.StreamReader, to: asyncio.StreamWriter
    ) -> None:
        swallowed = b""
        with suppress(OSError):
            while data := await reader.read(CHUNK):
                await self._is_open.wait()
                if not link.swallow:
                    to.write(data)
                    await to.drain()
                    continue
                swallowed += data
                if COMMITTED in swallowed:
                    self._was_cut.set()
                    return


class PlainProxy(Proxy):
    """The same before a server of any protocol, without orders about a COMMIT."""

    async def _requests(
        self, link: Link, reader: asyncio.StreamReader, to: asyncio.StreamWriter
    ) -> None:
        with suppress(OSError):
            while data := await reader.read(CHUNK):
                await self._is_open.wait()
                to.write(data)
                await to.drain()


class Link:
    """One connection through the proxy."""

    def __init__(self, client: asyncio.StreamWriter) -> None:
        self.writers = [client]
        self.tasks: list[asyncio.Task[None]] = []
        self.ended = asyncio.Event()
        self.swallow = False
        self._prepared: set[bytes] = set()

    def commits(self, kind: bytes, body: bytes) -> bool:
        """Whether this message of the client asks for a COMMIT: as its text, or as what was prepared from it."""
        if kind == b"Q":
            return COMMIT.search(body) is not None
        if kind == b"P":
            name, text = body.split(b"\0")[:2]
            (self._prepared.add if COMMIT.search(text) else self._prepared.discard)(name)
        # Of a Bind: the portal, then the prepared statement.
        return kind == b"B" and body.split(b"\0")[1] in self._prepared

    def end(self) -> None:
        """Cut it in both directions, at once: what is on its way is lost."""
        for writer in self.writers:
            writer.transport.abort()
        for task in self.tasks:
            task.cancel()

    async def close(self) -> None:
        self.end()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        self.ended.set()
