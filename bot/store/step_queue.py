"""Steps that wait for the one thread of a store that writes, to share a commit."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any, Self, TypeVar

from bot.errors import StoreUnusable
from bot.ports import Transaction
from bot.store.waiting import finished

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


class QueuedStore(ABC):
    """What both stores are to a caller that writes. ``name`` is that of the database in sentences."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._steps = StepQueue()
        self._closing: Future[None] | None = None
        self._abandoned: Future[Any] | None = None

    async def write(self, step: Callable[[Transaction], T]) -> T:
        """Run ``step`` in one write transaction, on the store's own thread. It must not block.

        Once accepted it runs to its end, even where the caller is cancelled meanwhile. What it raises
        rolls back this step alone; a commit that fails is raised to all whose steps were in it.
        """
        self._check_open()
        result = self._steps.add(step)
        self._commit_soon()
        try:
            return await finished(result)
        except asyncio.CancelledError:
            self._abandoned = result
            raise

    async def __aenter__(self) -> Self:
        """The store is open already; it is closed at the end of the block."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close it, as ``close`` does."""
        await self.close()

    @abstractmethod
    async def close(self) -> None:
        """Close the database."""

    @abstractmethod
    def _commit_soon(self) -> None:
        """Have the steps that wait carried out on the thread that writes."""

    def _check_open(self) -> None:
        if self._closing is not None:
            raise StoreUnusable(f"The database {self._name} is closed: the bot is stopping.")
