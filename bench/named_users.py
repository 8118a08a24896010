"""Named users, a few at a time, beside a bare httpx loop that sends the same requests."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import httpx
from pydantic import SecretStr

from bench.people import CHANNELS, OPERATOR
from bench.processes import Broken
from bench.stand_ins import Directory
from bot.continuity.client import ContinuityClient
from bot.domain.actions import SetFlag
from bot.domain.change import Change, Event, State
from bot.domain.limits import MAX_TYPED_USERS
from bot.domain.scope import Flag, Users
from bot.service.change_types import flag_users
from bot.service.context import Context
from bot.service.parallel import MAX_PARALLEL_REQUESTS
from bot.store.sqlite.store import SqliteStore
from bot.store.times import SystemClock

CUSTOMER = "45000"


async def pairs(
    database: Path, settings: Mapping[str, str], changes: int
) -> tuple[list[float], list[float]]:
    """Take turns: one change of 500 users, then the bare loop over the same users.

    Return the seconds of each, bare ones first. The customer is there with ``changes`` times 500 users.
    """
    store = await SqliteStore.open_async(database)
    account = settings["CONTINUITY_USERNAME"], settings["CONTINUITY_PASSWORD"]
    api = ContinuityClient(settings["CONTINUITY_URL"], account[0], SecretStr(account[1]))
    ctx = Context(store, api, Directory(), SystemClock())
    bare, ours = list[float](), list[float]()
    try:
        async with httpx.AsyncClient(auth=account, trust_env=False) as http:
            for number in range(changes):
                users = _users(number)
                ours.append(await _through_the_bot(ctx, number, users))
                bare.append(await _bare(http, settings["CONTINUITY_URL"].rstrip("/"), users))
    finally:
        await api.aclose()
        await store.close()
    return bare, ours


def _users(number: int) -> Users:
    first = number * MAX_TYPED_USERS + 1
    return Users(
        tuple(f"user{one:04}@example.com" for one in range(first, first + MAX_TYPED_USERS))
    )


async def _through_the_bot(ctx: Context, number: int, users: Users) -> float:
    change = _executing(number, users)
    await ctx.store.write(lambda tx: tx.add_change(change))
    began = time.monotonic()
    result = await flag_users.perform(ctx, change, users)
    took = time.monotonic() - began
    if result.event is not Event.SUCCEED:
        raise Broken(f"Named users: {result.outcome.sentence}")
    return took


async def _bare(http: httpx.AsyncClient, url: str, users: Users) -> float:
    """Send what the bot sends: PUT for each user, then GET for each, always 8 under way."""
    gate = asyncio.Semaphore(MAX_PARALLEL_REQUESTS)
    paths = [f"{url}/{CUSTOMER}/{quote(one, safe='')}" for one in users.addresses]

    async def send(method: str, path: str) -> None:
        async with gate:
            (await http.request(method, path)).raise_for_status()

    began = time.monotonic()
    await asyncio.gather(*(send("PUT", f"{path}/failover") for path in paths))
    await asyncio.gather(*(send("GET", path) for path in paths))
    return time.monotonic() - began


def _executing(number: int, users: Users) -> Change:
    now = datetime.now(UTC)
    return Change(
        id=f"C-9999{number}",
        customer=CUSTOMER,
        action=SetFlag(Flag.FAILOVER, on=True),
        scope=users,
        reason="",
        requester=OPERATOR,
        requester_usergroups=(),
        channel=CHANNELS[0],
        state=State.EXECUTING,
        created_at=now,
        deadline=now + timedelta(minutes=30),
        approvals_needed=0,
        policy="",
        attempts=1,
    )
