"""Faults that a test injects: errors, lost answers, an outage, a slow network."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Fault:
    """How the next calls of a method fail.

    ``error`` is Slack's code in a 200; ``status`` an HTTP status with a page instead of JSON;
    ``retry_after`` makes it a 429; ``drop`` closes the connection without an answer; ``broken`` is
    half of an answer. ``scopes`` are `needed` and `provided`, which Slack tells with
    `missing_scope`. ``seconds`` pass first. ``applied`` lets the call take effect, so that only the
    answer is lost.
    """

    method: str
    error: str = ""
    status: int | None = None
    retry_after: int | None = None
    drop: bool = False
    broken: bool = False
    seconds: float = 0.0
    applied: bool = False
    times: int = 1
    after: int = 0
    scopes: tuple[str, str] | None = None


class Faults:
    """The injected faults, in the order in which they were added."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Make calls of ``fault.method`` (`*`: of every method) fail from now on."""
        self._waiting.append(fault)

    def remove(self, fault: Fault) -> None:
        """Remove a fault; one that has happened often enough is gone already."""
        self._waiting = [one for one in self._waiting if one is not fault]

    def clear(self) -> None:
        """Remove the faults that have not happened."""
        self._waiting.clear()

    def next_for(self, method: str) -> Fault | None:
        """Return the fault for this call, or None. Counts down ``after``, then ``times``."""
        for fault in self._waiting:
            if fault.method not in {method, "*"}:
                continue
            if fault.after > 0:
                fault.after -= 1
                continue
            fault.times -= 1
            if fault.times <= 0:
                self._waiting.remove(fault)
            return fault
        return None
