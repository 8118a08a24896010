"""The length of a run, and the figures that each proof leaves at its end.

`make test` runs the quick form. `make soak` sets SOAK=1: the same proofs with more rounds. A proof takes
its counts from ``sizes`` and says in one line what came of them:

    async def test_nothing_is_lost(sizes: Sizes, figures: Figures) -> None:
        kills = sizes(60, 1000)
        ...
        figures.add("1 kills", f"{kills} kills, 0 lost")
"""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

Sizes = Callable[[int, int], int]
LINES = pytest.StashKey[dict[str, str]]()


class Figures:
    """What the proofs measured: one line each, shown at the end of the run."""

    def __init__(self, lines: dict[str, str]) -> None:
        self._lines = lines

    def add(self, name: str, text: str) -> None:
        """Keep this line; the same name again replaces it."""
        self._lines[name] = text


@pytest.fixture(scope="session")
def soak() -> bool:
    """Whether this is the long form."""
    return os.environ.get("SOAK", "") not in ("", "0")


@pytest.fixture(scope="session")
def sizes(soak: bool) -> Sizes:
    """Choose between the quick count and the long one."""
    return lambda quick, long: long if soak else quick


@pytest.fixture(scope="session")
def figures(pytestconfig: pytest.Config) -> Figures:
    """Where a proof leaves its figures."""
    return Figures(pytestconfig.stash.setdefault(LINES, {}))


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Show the figures, also where everything passed."""
    lines = config.stash.get(LINES, {})
    if lines:
        terminalreporter.section("figures")
        for name in sorted(lines):
            terminalreporter.write_line(f"{name}: {lines[name]}")
