"""`app.py run` on a host whose clock is ahead by `CLOCK_AHEAD` seconds."""

from __future__ import annotations

import os
import sys
from datetime import datetime, timedelta

from bot.settings import Settings
from bot.store.times import SystemClock
from bot.terminal import cli
from bot.terminal import run as terminal_run
from bot.terminal.run import serve


class WrongClock:
    """The system's clock, set wrong."""

    def __init__(self, ahead: timedelta) -> None:
        self._ahead = ahead
        self._right = SystemClock()

    def now(self) -> datetime:
        return self._right.now() + self._ahead


async def run(settings: Settings) -> None:
    """Be the bot."""
    await serve(settings, WrongClock(timedelta(seconds=float(os.environ["CLOCK_AHEAD"]))))


if __name__ == "__main__":
    vars(terminal_run)["serve"] = run
    sys.argv[1:] = ["run"]
    cli.main()
