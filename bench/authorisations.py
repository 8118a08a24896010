"""How long "may this person do this here?" takes by the rows: yes, and no with who can grant it."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

from bench.people import CHANNELS, CUSTOMER, OPERATOR
from bench.stand_ins import Directory, api
from bench.table import Figure, milliseconds, quantile
from bot.domain.commands import Actor
from bot.domain.roles import Right
from bot.errors import NotAllowed
from bot.service.access.authorise import authorise
from bot.service.context import Context
from bot.store.sqlite.store import SqliteStore
from bot.store.times import SystemClock

ASKED = ((OPERATOR, "yes"), ("U0STRANGER", "no, recorded"))


async def authorisations(new: Path, grown: Path, number: int) -> list[Figure]:
    """Ask each database in turn, so many times; Slack's answers are at hand."""
    stores = [await SqliteStore.open_async(database) for database in (new, grown)]
    contexts = [Context(store, api(), Directory(), SystemClock()) for store in stores]
    figures = []
    for person, answer in ASKED:
        times: tuple[list[float], list[float]] = [], []
        for _ in range(number):
            for ctx, found in zip(contexts, times, strict=True):
                found.append(await _seconds(ctx, Actor(person, CHANNELS[0])))
        one, two = (quantile(found, 0.5) for found in times)
        figures.append(
            Figure(
                f"authorisation, {answer}, p50",
                milliseconds(one),
                milliseconds(two),
                f"{two / one:.2f}",
                "<= 1.2",
                two <= 1.2 * one,
            )
        )
    for store in stores:
        await store.close()
    return figures


async def _seconds(ctx: Context, actor: Actor) -> float:
    began = time.perf_counter()
    with contextlib.suppress(NotAllowed):
        await authorise(ctx, actor, Right.PROPOSE, CUSTOMER)
    return time.perf_counter() - began
