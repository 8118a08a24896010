"""A command of the terminal goes by the database's time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar, cast

import pytest

from bot.ports import Transaction
from bot.service.replicas.database_clock import DatabaseClock
from tests.builders import NOW
from tests.store.clock import FixedClock

T = TypeVar("T")


@dataclass
class Ahead:
    """A database whose clock is ahead of the host's."""

    by: timedelta

    def database_now(self) -> object:
        return NOW + self.by

    async def read(self, query: Callable[[Transaction], T]) -> T:
        return query(cast("Transaction", self))


@pytest.mark.parametrize(
    ("ahead", "followed"),
    [
        (timedelta(minutes=5), timedelta(minutes=5)),
        (timedelta(minutes=-5), timedelta(minutes=-5)),
        (timedelta(milliseconds=50), timedelta()),
    ],
)
async def test_a_command_goes_by_the_databases_time(ahead: timedelta, followed: timedelta) -> None:
    clock = DatabaseClock(FixedClock(NOW))
    await clock.measure(Ahead(ahead))
    assert clock.now() == NOW + followed
