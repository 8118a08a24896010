"""A store in which the process dies at a write, so that a test can start it again there."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from bot.ports import Store, Transaction
from tests.fakes import WatchedStore

T = TypeVar("T")


class Died(BaseException):
    """The process is gone."""


class MortalStore(WatchedStore):
    """Dies at a write, with or without having done it; afterwards nothing is answered any more."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.writes_left = -1
        self.commits = False
        self.dead = False

    async def write(self, step: Callable[[Transaction], T]) -> T:
        if self.dead:
            raise Died
        self.writes_left -= 1
        if self.writes_left != 0:
            return await super().write(step)
        self.dead = True
        if self.commits:
            await super().write(step)
        raise Died

    async def read(self, query: Callable[[Transaction], T]) -> T:
        if self.dead:
            raise Died
        return await super().read(query)
