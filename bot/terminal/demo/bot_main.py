"""The bot as the demo starts it: the normal bot, with a clock that the demo can move.

On standard input comes first the number of seconds that the demo's time is ahead, then one such line for
each move. Wall clock and event loop move together, so that what waits for that time happens at once.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from datetime import UTC, datetime, timedelta

from bot.errors import BotError
from bot.settings import load
from bot.terminal.run import serve

LOOK_SECONDS = 0.5  # between two looks for a demo that was killed


class MovableLoop(asyncio.SelectorEventLoop):
    """An event loop that is ``offset`` seconds ahead of the machine's clock."""

    offset = 0.0

    def time(self) -> float:
        return super().time() + self.offset


class MovableClock:
    """The wall clock of the same time: ``bot.ports.Clock``."""

    def __init__(self, loop: MovableLoop) -> None:
        self._loop = loop

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self._loop.offset)


async def main() -> None:
    """Run the bot until a signal. Raises BotError or OSError if it cannot start."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, MovableLoop)  # noqa: S101 - it is the loop of `runner` below
    moves = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(moves), sys.stdin)
    parent = os.getppid()
    await _move(loop, moves)
    following = asyncio.create_task(_follow(loop, moves, parent))
    try:
        await serve(load(), MovableClock(loop))
    finally:
        following.cancel()


async def _follow(loop: MovableLoop, moves: asyncio.StreamReader, parent: int) -> None:
    """Take over each move; end the bot when the demo was killed, since nobody else would."""
    while await _move(loop, moves):
        pass
    while os.getppid() == parent:  # noqa: ASYNC110 - nothing tells a process of its parent's end
        await asyncio.sleep(LOOK_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)


async def _move(loop: MovableLoop, moves: asyncio.StreamReader) -> bool:
    """Take over the next move; False where no more can come."""
    line = await moves.readline()
    if line:
        loop.offset = float(line)
    return bool(line)


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=MovableLoop) as runner:
        try:
            runner.run(main())
        except (BotError, OSError) as error:
            sys.exit(str(error))
