"""How long a flag takes for many named users, beside a raw httpx loop of the same requests."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from urllib.parse import quote

import httpx
from pydantic import SecretStr

from bench.fakes import FakeDirectory, executing_change
from bench.processes import Broken, Remote
from bench.table import Figure, compare
from bot.continuity.client import ContinuityClient
from bot.domain.actions import SetFlag
from bot.domain.change_state import Event
from bot.domain.limits import MAX_TYPED_USERS
from bot.domain.scope import Flag, Users
from bot.service.change_types import flag_users
from bot.service.context import Context
from bot.service.parallel import MAX_PARALLEL_REQUESTS
from bot.store.sqlite.store import SqliteStore
from bot.store.times import SystemClock

CUSTOMER = "45000"


async def named_users(
    remote: Remote, database: Path, settings: Mapping[str, str], changes: int
) -> Figure:
    """Take turns: one change of MAX_TYPED_USERS users, then the raw loop over the same users.

    The ratio is the median of the pairs. Raises Broken if a change does not succeed.
    """
    total = changes * MAX_TYPED_USERS
    await remote.call("add_customer", number=CUSTOMER, users=total)
    account = settings["CONTINUITY_USERNAME"], settings["CONTINUITY_PASSWORD"]
    url = settings["CONTINUITY_URL"]
    raw, ours = list[float](), list[float]()
    async with (
        await SqliteStore.open_async(database) as store,
        ContinuityClient(url, account[0], SecretStr(account[1])) as api,
        httpx.AsyncClient(auth=account, trust_env=False) as http,
    ):
        ctx = Context(store, api, FakeDirectory(), SystemClock())
        for number in range(changes):
            users = _users(number)
            ours.append(await _through_the_bot(ctx, number, users))
            raw.append(await _raw(http, url.rstrip("/"), users))
    ratio = median(one / bare for one, bare in zip(ours, raw, strict=True))
    name = f"{total:,} named users, 8 at once ({changes} changes of {MAX_TYPED_USERS}; left: bare httpx)"
    return compare(name, sum(raw), sum(ours), 1.2, ratio=ratio, text=lambda one: f"{one:.1f} s")


def _users(number: int) -> Users:
    first = number * MAX_TYPED_USERS + 1
    return Users(
        tuple(f"user{one:04}@example.com" for one in range(first, first + MAX_TYPED_USERS))
    )


async def _through_the_bot(ctx: Context, number: int, users: Users) -> float:
    action = SetFlag(Flag.FAILOVER, on=True)
    change = executing_change(f"C-9999{number}", CUSTOMER, action, users)
    await ctx.store.write(lambda tx: tx.add_change(change))
    began = time.monotonic()
    result = await flag_users.perform(ctx, change, users)
    took = time.monotonic() - began
    if result.event is not Event.SUCCEED:
        raise Broken(f"Named users: {result.outcome.sentence}")
    return took


async def _raw(http: httpx.AsyncClient, url: str, users: Users) -> float:
    """Send what the bot sends: PUT for each user, then GET for each, always 8 in flight."""
    semaphore = asyncio.Semaphore(MAX_PARALLEL_REQUESTS)
    paths = [f"{url}/{CUSTOMER}/{quote(one, safe='')}" for one in users.addresses]

    async def send(method: str, path: str) -> None:
        async with semaphore:
            (await http.request(method, path)).raise_for_status()

    began = time.monotonic()
    await asyncio.gather(*(send("PUT", f"{path}/failover") for path in paths))
    await asyncio.gather(*(send("GET", path) for path in paths))
    return time.monotonic() - began
