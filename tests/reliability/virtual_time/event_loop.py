"""An event loop in virtual time: real sockets and threads, and no waiting for timers.

As long as something can happen, it happens at one moment. When nothing can, the time jumps to the next
timer. A stall of thirty seconds, or an hour without Slack, then takes as long as what is done meanwhile.
"""

from __future__ import annotations

import asyncio
import selectors
import sys
import time
import weakref
from collections.abc import Coroutine, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar

import structlog

from tests.builders import NOW

T = TypeVar("T")

QUIET = 0.0004  # real seconds without a byte on the loopback, before the time may jump
PATIENCE = 60.0  # real seconds without an event at which a run is stuck


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """The loop; ``clock`` and ``unix`` tell its time to the bot and to the simulated services."""

    def __init__(self) -> None:
        self.elapsed = 0.0
        self._in_threads: weakref.WeakSet[asyncio.Future[Any]] = weakref.WeakSet()
        super().__init__(_Jumping(self))

    def time(self) -> float:
        """Return the seconds since the loop was made, in its own time."""
        return self.elapsed

    def unix(self) -> float:
        """Return the loop's time as UNIX seconds."""
        return NOW.timestamp() + self.elapsed

    def create_future(self) -> asyncio.Future[Any]:
        """Return a future; one that a thread will settle is remembered, so that it is waited for."""
        made = super().create_future()
        if sys._getframe(1).f_code is asyncio.wrap_future.__code__:
            self._in_threads.add(made)
        return made

    @property
    def busy(self) -> bool:
        """Whether a thread works for the loop: the store's, above all."""
        return any(not future.done() for future in self._in_threads)


class VirtualClock:
    """``bot.ports.Clock`` in the time of the running loop."""

    def __init__(self, loop: VirtualTimeLoop) -> None:
        self._loop = loop

    def now(self) -> datetime:
        return NOW + timedelta(seconds=self._loop.elapsed)


class _Jumping(selectors.BaseSelector):
    """A selector that does not wait for a timer, but moves the time to it."""

    def __init__(self, loop: VirtualTimeLoop) -> None:
        self._loop = loop
        self._real = selectors.DefaultSelector()

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        found = self._real.select(0)
        if found or timeout == 0:
            return found
        if timeout is None or self._loop.busy:
            found = self._real.select(PATIENCE)
            assert found, "nothing is due, and nothing happens"
            return found
        own = 1  # the loop's own socket, by which threads wake it
        if len(self._real.get_map()) > own:
            time.sleep(QUIET)  # epoll waits for whole milliseconds, which add up in an hour
            found = self._real.select(0)
        if not found:
            self._loop.elapsed += timeout or 0.0
        return found

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._real.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._real.unregister(fileobj)

    def modify(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._real.modify(fileobj, events, data)

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._real.get_map()

    def close(self) -> None:
        self._real.close()


def run_virtual(story: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end on a new loop in virtual time.

    What is logged is not written: tracebacks in colour would take most of the time.
    """
    with structlog.testing.capture_logs(), asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(story)


def loop() -> VirtualTimeLoop:
    """Return the running loop."""
    running = asyncio.get_running_loop()
    assert isinstance(running, VirtualTimeLoop)
    return running
