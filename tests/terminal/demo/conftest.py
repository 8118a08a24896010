"""The page, served in this process, with the bot as a process behind it."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator

import pytest

from bot.terminal.demo.command import serve
from tests.terminal.demo.page_client import MAX_SECONDS, PageClient, connected


@pytest.fixture
async def page() -> AsyncIterator[PageClient]:
    """A window of the page whose bot is ready. It ends as Ctrl-C ends it."""
    opened: asyncio.Queue[str] = asyncio.Queue()
    serving = asyncio.create_task(serve(0, opened.put_nowait))
    url = asyncio.create_task(opened.get())
    await asyncio.wait({serving, url}, return_when=asyncio.FIRST_COMPLETED)
    if serving.done():
        await serving
    try:
        async with connected(await url) as client:
            await client.bot("ready")
            yield client
    finally:
        os.kill(os.getpid(), signal.SIGINT)
        await asyncio.wait_for(serving, MAX_SECONDS)
