"""Steps that wait for the one thread of a store that writes, to share a commit."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any, TypeVar

from bot.ports import Transaction

T = TypeVar("T")
Step = Callable[[Transaction], Any]
# What a step returned, or what it raised once it was undone.
Result = tuple[T, None] | tuple[None, BaseException]

TOGETHER = 64  # steps that wait at most for each other in one commit


class StepQueue:
    """Added to on the event loop, carried out on the thread that writes."""

    def __init__(self) -> None:
        self._steps: deque[tuple[Step, Future[Any]]] = deque()

    def add(self, step: Callable[[Transaction], T]) -> Future[T]:
        """Return the future of a step, for which ``carry_out`` has to be called afterwards."""
        result: Future[T] = Future()
        self._steps.append((step, result))
        return result

    def carry_out(self, run: Callable[[Sequence[Step]], Sequence[Result[Any]]]) -> None:
        """Run the steps that wait, if another call has not taken them: ``run`` commits them together.

        What ``run`` raises is raised to all whose steps were in it.
        """
        batch = [self._steps.popleft() for _ in range(min(len(self._steps), TOGETHER))]
        if not batch:
            return
        try:
            results = run([step for step, _ in batch])
        except BaseException as error:
            for _, result in batch:
                result.set_exception(error)
            return
        for (_, result), (value, failure) in zip(batch, results, strict=True):
            if failure is None:
                result.set_result(value)
            else:
                result.set_exception(failure)
