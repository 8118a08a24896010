"""What a person is told by work that is cancelled: its process stops, or lost its lease."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from contextlib import suppress

from bot.errors import SlackError

MAX_SECONDS = 5.0  # the rest of the process waits for it


async def tell_before_end(message: Awaitable[object]) -> None:
    """Await a message to Slack, for a moment; whether it arrives changes nothing."""
    with suppress(SlackError, TimeoutError):
        async with asyncio.timeout(MAX_SECONDS):
            await message
