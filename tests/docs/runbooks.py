"""The text of docs/operations.md, and the commands in it."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
OPERATIONS = ROOT / "docs/operations.md"
FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)


def blocks() -> list[str]:
    """Return the fenced blocks."""
    return [text for _, text in FENCE.findall(OPERATIONS.read_text(encoding="utf-8"))]


def lines_of(*programs: str) -> list[str]:
    """Return each line, of a block or between backquotes, that runs one of the programs."""
    spans = re.findall(r"`([^`\n]+)`", FENCE.sub("", OPERATIONS.read_text(encoding="utf-8")))
    lines = [line.strip() for text in blocks() for line in text.splitlines()]
    runs = re.compile(rf'\b(?:{"|".join(programs)}) ["-]')
    return list(dict.fromkeys(one for one in spans + lines if runs.search(one)))
