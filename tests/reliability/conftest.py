"""The length of a run, and the figures that each proof leaves at its end.

`make test` runs the quick form. `make soak` sets SOAK=1: the same proofs with more rounds. A proof takes
its counts from ``sizes`` and says in one line what came of them:

    async def test_nothing_is_lost(sizes: Sizes, figures: Figures) -> None:
        kills = sizes(60, 1000)
        ...
        figures.add("1 kills", f"{kills} kills, 0 lost")

SOAK_SECONDS ends the kills of a long form early, where the proof asks for it; with `pytest -s` its progress
is printed.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.fixtures.run_length import is_long

MEMORY = Path("/dev/shm")  # noqa: S108 - the folder in it is made for one test, and is private
Sizes = Callable[[int, int], int]


class Figures:
    """Records what a test measured: one line each, printed at the end of the run."""

    def __init__(self, record_property: Callable[[str, object], None]) -> None:
        self._record = record_property

    def add(self, name: str, text: str) -> None:
        """Record this line; the same name again replaces it."""
        self._record(f"figure {name}", text)

    def progress(self, text: str) -> None:
        """Print a line while the proof runs."""
        sys.stderr.write(f"{time.strftime('%H:%M:%S', time.gmtime())} {text}\n")


class Limit:
    """``is_over`` from so many seconds on after this was made; never with None."""

    def __init__(self, seconds: float | None) -> None:
        self._end = None if seconds is None else time.monotonic() + seconds

    @property
    def is_over(self) -> bool:
        """Whether the time is up."""
        return self._end is not None and time.monotonic() > self._end


@pytest.fixture(scope="session")
def soak() -> bool:
    """Whether this is the long form."""
    return is_long()


@pytest.fixture(scope="session")
def sizes(soak: bool) -> Sizes:
    """Choose between the quick count and the long one."""
    return lambda quick, long: long if soak else quick


@pytest.fixture
def limit(soak: bool) -> Limit:
    """Until when a long form goes on."""
    seconds = os.environ.get("SOAK_SECONDS", "")
    return Limit(float(seconds) if soak and seconds else None)


@pytest.fixture
def figures(record_property: Callable[[str, object], None]) -> Figures:
    """Where a test leaves its figures."""
    return Figures(record_property)


@pytest.fixture
def in_memory(tmp_path: Path) -> Iterator[Path]:
    """A folder whose files are in memory where the system has such a place.

    A killed process loses nothing that the kernel holds, so the disk adds its time and nothing else.
    """
    if not os.access(MEMORY, os.W_OK):
        yield tmp_path
        return
    with TemporaryDirectory(dir=MEMORY, prefix="continuity-") as folder:
        yield Path(folder)
