"""Proof 6: whatever people, Slack, the API and crashes do, no change is executed that was not allowed."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from bot.domain.change_state import State
from tests.reliability.conftest import Figures, Sizes
from tests.reliability.model.bot_machine import BotMachine
from tests.reliability.model.inline_bot import empty_database

CONCLUSIONS = ("look", "retry", "mark", "give up")
HOW = settings(
    max_examples=1,
    stateful_step_count=50,
    phases=[Phase.generate],  # the number of the life makes it, so there is none to shorten
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder in memory where the system has one: durability is not tested here."""
    memory = Path("/dev/shm")  # noqa: S108  # a folder of our own in it
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as made:
        empty_database(Path(made) / "empty.db")
        yield Path(made)


def live(number: int) -> None:
    """Run the state machine with this seed: the same steps each time."""
    BotMachine.seed = number
    run_state_machine_as_test(BotMachine, settings=HOW)


def test_no_life_holds_an_effect_that_was_not_allowed(
    folder: Path, sizes: Sizes, figures: Figures
) -> None:
    steps = sizes(1_000, 25_000)
    BotMachine.folder, BotMachine.tally = folder, Counter()
    with structlog.testing.capture_logs():
        while BotMachine.tally["steps"] < steps:
            live(BotMachine.tally["lives"])
    tally = BotMachine.tally
    figures.add(
        "6 lives against a model",
        f"{tally['steps']:,} steps, {tally['effects']:,} writes reached the API, "
        f"0 of them unauthorised; {tally['crashes']} crashes, {tally['refused']:,} refusals; "
        f"concluded by hand {', '.join(f'{how} {tally[how]}' for how in CONCLUSIONS)}",
    )
    figures.add("6 ends", ", ".join(f"{tally[state.value]} {state.value}" for state in State))
    assert tally["effects"] > steps / 20, "a life in which nothing is executed proves nothing"
    assert all(tally[how] for how in CONCLUSIONS)
