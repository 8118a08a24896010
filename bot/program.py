"""How the command line was called, for sentences that say what to type."""

from __future__ import annotations

import sys
from pathlib import PurePath

FROM_SOURCE = "python app.py"


def name_of(started: str) -> str:
    """Return how to call the command line again; ``started`` is `sys.argv[0]`."""
    path = PurePath(started)
    if path.stem == "continuity":
        return "continuity"
    return "python -m bot" if path.parts[-2:] == ("bot", "__main__.py") else FROM_SOURCE


PROGRAM = name_of(sys.argv[0])
