"""Proof 6: whatever people, Slack, the API and crashes do, no change is executed that was not allowed."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import (
    run_state_machine_as_test,
)

from bot.domain.change import State
from tests.reliability.bureau import (
    empty_database,
)
from tests.reliability.conftest import Figures, Sizes
from tests.reliability.life import Life

STEPS_A_LIFE = 50


@pytest.fixture
def folder() -> Iterator[Path]:
    """Memory where there is some: the many small commits are not the question here."""
    memory = Path("/dev/shm")  # noqa: S108  # a folder of our own in it
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as made:
        empty_database(Path(made) / "empty.db")
        yield Path(made)


def test_no_life_holds_an_effect_that_was_not_allowed(
    folder: Path, sizes: Sizes, figures: Figures
) -> None:
    steps = sizes(2_500, 25_000)
    Life.folder, Life.tally = folder, Counter()
    how = settings(
        max_examples=8,
        stateful_step_count=STEPS_A_LIFE,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    with structlog.testing.capture_logs():
        while Life.tally["steps"] < steps:
            # Few lives at a time: Hypothesis makes most of the later ones out of the earlier ones.
            Life.seed = Life.tally["steps"]
            run_state_machine_as_test(seed(Life.seed)(Life), settings=how)
    tally = Life.tally
    figures.add(
        "6 lives against a model",
        f"{tally['steps']:,} steps, {tally['effects']:,} writes reached the API, "
        f"0 of them unauthorised; {tally['crashes']} crashes, {tally['refused']:,} refusals",
    )
    figures.add("6 ends", ", ".join(f"{tally[state.value]} {state.value}" for state in State))
    assert tally["effects"] > steps / 20, "a life in which nothing is executed proves nothing"
