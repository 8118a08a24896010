"""Runs `app.py run` again and again, each time in a process of its own that has its modules loaded.

Nine tenths of a start are Python's imports, in which nothing of ours can be half-done: forking
behind them leaves the time to the moments that matter. Each line on standard input starts the next
bot; its process id, and later its exit status, are the answers. What it prints goes to standard error.
With the argument `rollback` they take SQLite for an old one and use the rollback journal.
"""

from __future__ import annotations

import os
import sys
from typing import NoReturn

import bot.terminal.run  # noqa: F401  # the command imports it, and that is to be behind us
from bot.store.sqlite import sqlite_library
from bot.terminal.cli import main


def serve() -> None:
    """Run bots, one after the other, until standard input ends."""
    if sys.argv[1:] == ["rollback"]:
        sqlite_library.WAL_FROM = (99, 0, 0)
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            _become_bot()
        _answer(child)
        _, status = os.waitpid(child, 0)
        _answer(os.waitstatus_to_exitcode(status))


def _become_bot() -> NoReturn:
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    sys.argv = ["app.py", "run"]
    main()
    os._exit(0)  # not reached: click ends the process


def _answer(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    serve()
