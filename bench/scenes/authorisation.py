"""How long authorisation takes on a new and on a grown database: allowed, and refused and
recorded."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

from bench.fakes import FakeDirectory, fake_api
from bench.participants import CHANNELS, CUSTOMER, OPERATOR
from bench.table import Figure, compare, quantile
from bot.domain.actor import Actor
from bot.domain.roles import Right
from bot.errors import NotAllowed
from bot.service.access.authorise import authorise
from bot.service.context import Context
from bot.store.sqlite.store import SqliteStore
from bot.store.times import SystemClock

PEOPLE = ((OPERATOR, "yes"), ("U0STRANGER", "no, recorded"))


async def authorisation(new: Path, grown: Path, number: int) -> list[Figure]:
    """Authorise ``number`` times on each database in turn; Slack's answers come at once."""
    figures = []
    async with (
        await SqliteStore.open_async(new) as new_store,
        await SqliteStore.open_async(grown) as grown_store,
    ):
        contexts = [
            Context(store, fake_api(), FakeDirectory(), SystemClock())
            for store in (new_store, grown_store)
        ]
        for person, answer in PEOPLE:
            times: tuple[list[float], list[float]] = [], []
            for _ in range(number):
                for ctx, seconds in zip(contexts, times, strict=True):
                    seconds.append(await _seconds(ctx, Actor(person, CHANNELS[0])))
            one, two = (quantile(seconds, 0.5) for seconds in times)
            figures.append(compare(f"authorisation, {answer}, p50", one, two, 1.2))
    return figures


async def _seconds(ctx: Context, actor: Actor) -> float:
    began = time.perf_counter()
    with contextlib.suppress(NotAllowed):
        await authorise(ctx, actor, Right.PROPOSE, CUSTOMER)
    return time.perf_counter() - began
