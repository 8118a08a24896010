"""The bot as the demo starts it: its time is that of the demo."""

from __future__ import annotations

import asyncio
import os
import signal
from datetime import UTC, datetime, timedelta

from bot.terminal.demo.bot_main import MovableClock, MovableLoop, _follow

HALF_AN_HOUR = 1800.0


async def moved(*lines: str) -> tuple[float, timedelta]:
    """How long half an hour lasts on the loop after these lines, and how far its clock is ahead."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, MovableLoop)
    clock, moves = MovableClock(loop), asyncio.StreamReader()
    waiting = asyncio.create_task(asyncio.sleep(HALF_AN_HOUR))
    following = asyncio.create_task(_follow(loop, moves, os.getppid()))
    await asyncio.sleep(0)
    began = datetime.now(UTC)
    for line in lines:
        moves.feed_data(line.encode())
    await waiting
    ahead = clock.now() - datetime.now(UTC)
    following.cancel()
    return (datetime.now(UTC) - began).total_seconds(), ahead


def test_what_waits_happens_at_once_when_the_time_is_moved() -> None:
    with asyncio.Runner(loop_factory=MovableLoop) as runner:
        lasted, ahead = runner.run(moved("900\n", "18", "01\n"))
    assert lasted < HALF_AN_HOUR / 10
    assert timedelta(seconds=1800) < ahead < timedelta(seconds=1802)


async def test_a_bot_whose_demo_was_killed_ends_itself() -> None:
    """The process that started it is another one than the present parent: it is gone."""
    loop, moves, ended = MovableLoop(), asyncio.StreamReader(), asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    moves.feed_eof()
    try:
        await _follow(loop, moves, parent=os.getppid() + 1)
        async with asyncio.timeout(30):
            await ended.wait()
    finally:
        loop.close()
        asyncio.get_running_loop().remove_signal_handler(signal.SIGTERM)


async def test_a_closed_input_alone_ends_nothing() -> None:
    loop, moves = MovableLoop(), asyncio.StreamReader()
    moves.feed_data(b"60\n")
    moves.feed_eof()
    following = asyncio.create_task(_follow(loop, moves, os.getppid()))
    try:
        while loop.offset != 60:  # noqa: ASYNC110  # nobody tells of it
            await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert not following.done()
    finally:
        following.cancel()
        loop.close()
