"""`python -m bot`: the command line."""

from __future__ import annotations

from bot.program import PROGRAM
from bot.terminal.cli import main

main(prog_name=PROGRAM)
