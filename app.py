"""Start the command line from the source: the same as `continuity` where the package is installed."""

from __future__ import annotations

from bot.program import PROGRAM
from bot.terminal.cli import main

__all__ = ["main"]

if __name__ == "__main__":
    main(prog_name=PROGRAM)
