"""Half a request, a byte now and then, too much, rubbish: none keeps others from the port for long."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress

import httpx
import pytest

from bot.slack.inbound.http_connections import ConnectionLimits
from bot.slack.inbound.http_server import MAX_BODY_BYTES, HttpServer
from sandbox.slack import SlackSandbox

POST = b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 900000\r\n"
HEAD = b"GET /healthz HTTP/1.1\r\nHost: x\r\n"
Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@asynccontextmanager
async def served(limits: ConnectionLimits) -> AsyncIterator[HttpServer]:
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(HttpServer("secret", lambda: True, limits=limits))
        try:
            yield server
        finally:
            async with asyncio.timeout(30):
                await stack.aclose()


async def opened(server: HttpServer, first: bytes) -> Connection:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(first)
    return reader, writer


async def rest(reader: asyncio.StreamReader) -> bytes:
    """What comes until the connection ends, whichever way."""
    heard = b""
    try:
        while more := await reader.read(65536):
            heard += more
    except ConnectionError:
        pass
    return heard


async def flooded(writer: asyncio.StreamWriter, chunk: bytes) -> None:
    """Send until it is ended."""
    while True:
        writer.write(chunk)
        await writer.drain()
        await asyncio.sleep(0)


async def closed(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()


async def health(server: HttpServer) -> int:
    async with httpx.AsyncClient(trust_env=False, timeout=30) as http:
        return (await http.get(f"http://127.0.0.1:{server.port}/healthz")).status_code


@pytest.mark.parametrize("first", [b"", b"G", HEAD, POST, POST + b"\r\n", POST + b"\r\nabc"])
async def test_half_a_request_is_ended_in_time(first: bytes) -> None:
    async with served(ConnectionLimits(lifetime=0.2)) as server:
        reader, writer = await opened(server, first)
        async with asyncio.timeout(30):
            assert b" 200 " not in await rest(reader)
        await closed(writer)


@pytest.mark.parametrize("first", [HEAD + b"X: ", POST + b"\r\n"])
async def test_a_byte_now_and_then_does_not_lengthen_it(first: bytes) -> None:
    async with served(ConnectionLimits(lifetime=0.3)) as server:
        reader, writer = await opened(server, first)
        ended = asyncio.create_task(rest(reader))
        started = time.monotonic()
        while not ended.done() and time.monotonic() - started < 30:
            writer.write(b"x")
            await asyncio.wait([ended], timeout=0.02)
        assert ended.done()
        await closed(writer)


async def test_an_answer_that_nobody_reads_is_ended_in_time() -> None:
    async with served(ConnectionLimits(lifetime=0.3)) as server:
        _, writer = await opened(server, b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n" * 500)
        assert await health(server) == 200
        async with asyncio.timeout(30):
            with pytest.raises(ConnectionError):
                await flooded(writer, b"x" * 65536)


async def test_the_oldest_that_waits_makes_way() -> None:
    async with served(ConnectionLimits(max_open=4, lifetime=60)) as server:
        waiting = [await opened(server, HEAD) for _ in range(4)]
        assert await health(server) == 200
        first, *others = (asyncio.create_task(rest(reader)) for reader, _ in waiting)
        async with asyncio.timeout(30):
            await first
        assert not [task for task in others if task.done()]
        for _, writer in waiting:
            await closed(writer)
        await asyncio.gather(*others)


async def test_a_crowd_of_slacks_own_requests_is_answered_one_and_all() -> None:
    signed = SlackSandbox(signing_secret="secret").signed_headers(b"x")
    lines = "".join(f"{name}: {value}\r\n" for name, value in signed.items())
    sent = f"POST /slack/events HTTP/1.1\r\nHost: x\r\n{lines}Content-Length: 1\r\n\r\nx".encode()
    async with served(ConnectionLimits(max_open=8)) as server:
        crowd = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(100)]
        for each in crowd:
            each.sendall(sent)
        for each in crowd:
            reader, writer = await asyncio.open_connection(sock=each)
            async with asyncio.timeout(30):
                assert b" 503 " in await rest(reader)  # it is Slack, and the bot has not started
            await closed(writer)


async def test_what_waits_holds_a_bounded_number_of_bytes() -> None:
    async with served(ConnectionLimits(max_total_bytes=1_000_000, lifetime=60)) as server:
        ends = []
        for _ in range(4):
            reader, writer = await opened(server, POST + b"\r\n" + b"x" * 400_000)
            ends.append((asyncio.create_task(rest(reader)), writer))
        async with asyncio.timeout(30):
            await ends[0][0]
        assert await health(server) == 200
        for ended, writer in ends:
            await closed(writer)
            await ended


async def test_a_body_that_is_too_large_is_refused() -> None:
    async with (
        served(ConnectionLimits()) as server,
        httpx.AsyncClient(trust_env=False) as http,
    ):
        url = f"http://127.0.0.1:{server.port}/slack/events"
        assert (await http.post(url, content=b"x" * MAX_BODY_BYTES)).status_code == 401
        assert (await http.post(url, content=b"x" * (MAX_BODY_BYTES + 1))).status_code == 413


async def test_one_that_sends_without_end_is_ended() -> None:
    async with served(ConnectionLimits(lifetime=60)) as server:
        chunk = b"FFFF\r\n" + b"x" * 0xFFFF + b"\r\n"
        head = POST.replace(b"Content-Length: 900000", b"Transfer-Encoding: chunked")
        _, writer = await opened(server, head + b"\r\n")
        async with asyncio.timeout(10):
            with pytest.raises(ConnectionError):
                await flooded(writer, chunk)
        assert await health(server) == 200


async def test_rubbish_leaves_a_line_in_the_log_and_no_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    rubbish = [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 9,
        b"NONSENSE\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nX: " + b"x" * 20_000 + b"\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\n" + b"X: x\r\n" * 500 + b"\r\n",
        b"GET /healthz HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        b"POST /slack/events HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
        b"POST /slack/events HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc",
        b"GET /healthz HTTP/1.1\r\n\r\n" + b"\x00" * 100,
    ]
    async with served(ConnectionLimits(lifetime=0.3)) as server:
        for _ in range(20):
            for each in rubbish:
                reader, writer = await opened(server, each)
                writer.write_eof()
                await rest(reader)
                await closed(writer)
        assert await health(server) == 200
    assert [record.getMessage() for record in caplog.records] == []


async def test_a_connection_carries_one_request() -> None:
    async with served(ConnectionLimits()) as server:
        reader, writer = await opened(server, (HEAD + b"\r\n") * 3)
        async with asyncio.timeout(30):
            heard = await rest(reader)
        assert heard.count(b"HTTP/1.1 200") == 1
        assert b"Connection: close" in heard
        await closed(writer)


async def test_those_who_wait_are_accepted_side_by_side() -> None:
    asked = 0

    def ready() -> bool:
        nonlocal asked
        asked += 1
        return True

    async with HttpServer("secret", ready) as server:
        crowd = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(20)]
        for each in crowd:
            each.sendall(b"GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n")
        turns = 0
        async with asyncio.timeout(30):
            while asked < len(crowd):
                turns += 1
                await asyncio.sleep(0)
        for each in crowd:
            each.close()
    # One after the other they take three turns each.
    assert turns < 30
