"""Run steps at the terminal; a signal never ends one half-way without a message."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import threading
from collections.abc import Coroutine, Iterator
from types import FrameType
from typing import Any, Self, TypeVar

T = TypeVar("T")

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StepRunner:
    """Runs steps. A signal between two of them, such as during a prompt, is KeyboardInterrupt.

    A signal during a step is noted: the step ends, and KeyboardInterrupt is raised instead of the
    next one. A second signal cancels the step; further ones are ignored. Within ``interruptible``
    the first signal cancels too, and after ``last`` all are ignored.
    """

    def __init__(self) -> None:
        self._runner = asyncio.Runner()
        self._noted = 0
        self._running = self._interruptible = self._last = False
        self._task: asyncio.Task[Any] | None = None  # of the running step
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        """Install signal handlers; an ignored SIGHUP (nohup) stays ignored."""
        self._runner.__enter__()
        if threading.current_thread() is threading.main_thread():
            for number in SIGNALS:
                if signal.getsignal(number) is not signal.SIG_IGN:
                    self._before[number] = signal.signal(number, self._on_signal)
        return self

    def __exit__(self, *ended: Any) -> None:
        """Close the loop and restore the signal handlers."""
        self._runner.__exit__(*ended)
        for number, before in self._before.items():
            signal.signal(number, before)

    def run(self, step: Coroutine[Any, Any, T]) -> T:
        """Run a step to its end. Raises KeyboardInterrupt instead if a signal has come."""
        if self._noted:
            step.close()
        self.check()
        return self.finish(step)

    def finish(self, step: Coroutine[Any, Any, T]) -> T:
        """Run a step although a signal has come. Raises KeyboardInterrupt if one cancels it."""

        async def tracked() -> T:
            self._task = asyncio.current_task()
            return await step

        self._running = True
        try:
            return self._runner.run(tracked())
        except asyncio.CancelledError:
            raise KeyboardInterrupt from None
        finally:
            self._running, self._task = False, None

    def check(self) -> None:
        """Raise KeyboardInterrupt if a signal has come; call it before a prompt."""
        if self._noted:
            self._noted = 0
            raise KeyboardInterrupt

    @contextlib.contextmanager
    def interruptible(self) -> Iterator[None]:
        """Within a step: any signal cancels it, also one that came before."""
        self._interruptible = True
        if self._noted:
            self._cancel()
        try:
            yield
        finally:
            self._interruptible = False

    def last(self) -> None:
        """From now on ignore signals, so that the state can be printed."""
        self._last = True

    def _on_signal(self, number: int, _: FrameType | None) -> None:
        if number == signal.SIGHUP:
            _discard_output()
        if self._last:
            return
        if not self._running:
            raise KeyboardInterrupt
        self._noted += 1
        if self._noted > 2:
            return
        if self._interruptible or self._noted == 2:
            self._runner.get_loop().call_soon_threadsafe(self._cancel)
        else:
            os.write(2, b"Stopping after this step; again, and it is stopped at once.\n")

    def _cancel(self) -> None:
        if self._task is not None and (self._interruptible or not self._last):
            self._task.cancel()


def _discard_output() -> None:
    """Redirect output to /dev/null: the terminal is gone, and writing would fail."""
    for stream in (1, 2):
        if os.isatty(stream):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream)
            os.close(nowhere)
