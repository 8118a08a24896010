"""A line between a client and a server that carries so many bits a second, as networks do."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from urllib.parse import urlsplit, urlunsplit

PIECE = 16 * 1024  # bytes
LATE = 0.05  # seconds


@contextlib.asynccontextmanager
async def slow(url: str, bits_a_second: float) -> AsyncIterator[str]:
    """Yield the URL by which the server at ``url`` is reached over such a line."""
    place = urlsplit(url)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(place.hostname, place.port)
        with contextlib.suppress(OSError):
            await asyncio.gather(_carry(reader, back), _carry(there, writer, bits_a_second / 8))
        back.close()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield urlunsplit(place._replace(netloc=f"127.0.0.1:{port}"))


async def _carry(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, rate: float | None = None
) -> None:
    free_at = time.monotonic()
    while piece := await reader.read(PIECE):
        if rate is not None:
            now = time.monotonic()
            # What a late timer has cost is caught up with; a line that was idle is not.
            free_at = max(free_at, now - LATE) + len(piece) / rate
            await asyncio.sleep(max(0.0, free_at - now))
        writer.write(piece)
        await writer.drain()
    writer.close()
