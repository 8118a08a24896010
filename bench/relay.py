"""A relay between a client and a server with a limited bandwidth, as networks have."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from urllib.parse import urlsplit, urlunsplit

CHUNK_BYTES = 16 * 1024
MAX_BACKLOG_SECONDS = 0.05  # of a late timer, which are caught up; idle time is not


@contextlib.asynccontextmanager
async def limited_relay(url: str, bits_per_second: float) -> AsyncIterator[str]:
    """Yield the URL by which the server at ``url`` is reached; only its answers are slowed down."""
    target = urlsplit(url)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        upstream, to_server = await asyncio.open_connection(target.hostname, target.port)
        with contextlib.suppress(OSError):
            await asyncio.gather(
                _copy(reader, to_server), _copy(upstream, writer, bits_per_second / 8)
            )
        to_server.close()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield urlunsplit(target._replace(netloc=f"127.0.0.1:{port}"))


async def _copy(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, rate: float | None = None
) -> None:
    free_at = time.monotonic()
    while chunk := await reader.read(CHUNK_BYTES):
        if rate is not None:
            now = time.monotonic()
            free_at = max(free_at, now - MAX_BACKLOG_SECONDS) + len(chunk) / rate
            await asyncio.sleep(max(0.0, free_at - now))
        writer.write(chunk)
        await writer.drain()
    writer.close()
