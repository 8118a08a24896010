"""1,000 requests that are never sent whole, at a process that may open few files: the bot stays at work."""

from __future__ import annotations

import asyncio
import resource
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.scenarios.conftest import CUSTOMER
from tests.scenarios.processes import Deployment, deployment

FILES = 128  # that the process may open
HALVES = [
    b"",
    b"P",
    b"GET /healthz HTTP/1.1\r\nHost: x\r\n",
    b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\npayload=",
    b"POST /slack/events HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
]


@contextmanager
def few_files() -> Iterator[None]:
    """What is started meanwhile may open few files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (FILES, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture(params=["socket", "http"])
async def on(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Deployment]:
    async with deployment(tmp_path, socket_mode=request.param == "socket") as on:
        on.continuity.add_customer(CUSTOMER, users=3)
        yield on


async def half_sent(port: int, number: int) -> asyncio.StreamWriter | None:
    with suppress(ConnectionError):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(HALVES[number % len(HALVES)])
        return writer
    return None


async def test_health_and_commands_get_through_1000_half_sent_requests(on: Deployment) -> None:
    async with AsyncExitStack() as stack:
        with few_files():
            bot = await stack.enter_async_context(on.bot())
        await bot.answers("/readyz", 200)
        port = urlsplit(bot.url).port or 0
        opened: list[asyncio.StreamWriter | None] = []
        for start in range(0, 1000, 100):
            numbers = range(start, start + 100)
            opened += await asyncio.gather(*(half_sent(port, number) for number in numbers))
            assert await bot.probe("/healthz") == 200
        await on.type(f"failover on {CUSTOMER}")
        await on.press("change_approve", CUSTOMER)
        await on.outcome(CUSTOMER, "3 of 3")
        assert await bot.probe("/metrics") == 200
        for writer in opened:
            if writer is not None:
                writer.close()
        await bot.stop()
        assert "http.connections_ended" in bot.log
        assert "Traceback" not in bot.log
        assert len(bot.log) < 50_000
