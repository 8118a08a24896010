"""The clock of the simulated services is set forward by hand."""

from __future__ import annotations

import pytest

from sandbox.clock import SandboxClock


def test_a_skip_moves_the_clock_and_tells_its_listeners() -> None:
    clock = SandboxClock(lambda: 100.0)
    heard: list[float] = []
    clock.on_skip.append(heard.append)
    clock.skip(1800)
    clock.skip(0.5)
    assert (clock(), clock.offset, heard) == (1900.5, 1800.5, [1800.0, 1800.5])


@pytest.mark.parametrize("seconds", [0, -1, float("nan")])
def test_the_clock_goes_forward_only(seconds: float) -> None:
    clock = SandboxClock(lambda: 100.0)
    with pytest.raises(ValueError, match="forward only"):
        clock.skip(seconds)
    assert clock() == 100.0
