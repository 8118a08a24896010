"""Runs `app.py run` again and again, each time in a process of its own that has its modules loaded.

Nine tenths of a start are Python's imports, in which nothing of ours can be half-done: forking
behind them leaves the time to the moments that matter. Each line on standard input is a log file for
the next bot; its process id, and later its exit status, are the answers.
"""

from __future__ import annotations

import os
import sys
from typing import NoReturn

from app import main


def serve() -> None:
    """Run bots, one after the other, until standard input ends."""
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _become_bot(line.strip())
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def _become_bot(log: str) -> NoReturn:
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    written = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(written, 1)
    os.dup2(written, 2)
    sys.argv = ["app.py", "run"]
    main()
    os._exit(0)  # not reached: click ends the process


if __name__ == "__main__":
    serve()
