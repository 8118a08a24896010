"""Import users through the bot's own components, beside a raw loop of the same requests.

``python -m bench.workers.import_users DATABASE CUSTOMER USERS ROUNDS`` reads the settings
from the environment and prints one line of JSON: the seconds of each round, those of the step that
writes the rows, and the peak memory of the process.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
import time
from dataclasses import replace
from pathlib import Path

import httpx
import structlog
from pydantic import SecretStr

from bench.fakes import FakeDirectory, executing_change
from bench.processes import Broken, peak_megabytes
from bot.continuity.client import ContinuityClient
from bot.domain.change import Change
from bot.domain.change_commands import ImportUsersCommand
from bot.domain.change_state import Event
from bot.ports import Transaction
from bot.service.change_types.import_users import ImportUsersChange
from bot.service.change_types.import_users_batches import USERS_PER_REQUEST
from bot.service.changes.user_files import read_user_file
from bot.service.context import Context
from bot.store.sqlite.store import SqliteStore
from bot.store.times import SystemClock


async def main(database: Path, customer: str, users: int, rounds: int) -> None:
    """Take turns: a raw loop, then an import through the bot."""
    url, password = os.environ["CONTINUITY_URL"], os.environ["CONTINUITY_PASSWORD"]
    account = os.environ["CONTINUITY_USERNAME"]
    raw, ours, writing = list[float](), list[float](), list[float]()
    async with (
        await SqliteStore.open_async(database) as store,
        ContinuityClient(url, account, SecretStr(password)) as api,
        httpx.AsyncClient(auth=(account, password), trust_env=False, timeout=60) as http,
    ):
        ctx = Context(store, api, FakeDirectory(), SystemClock())
        for number in range(rounds):
            raw.append(await _raw(http, f"{url.rstrip('/')}/{customer}", f"Raw {number}"))
            change, took = await _proposed(ctx, customer, users, number)
            writing.append(took)
            ours.append(await _executed(ctx, change, users))
    result = {
        "raw": raw,
        "ours": ours,
        "writing": writing,
        "megabytes": peak_megabytes(os.getpid()),
    }
    print(json.dumps(result))


async def _raw(http: httpx.AsyncClient, url: str, name: str) -> float:
    """Send what the bot sends: the list, the batches one after the other, the list once more."""
    began = time.monotonic()
    listed = (await http.get(url)).raise_for_status().json()["users"]
    for start in range(0, len(listed), USERS_PER_REQUEST):
        batch = [
            {**user, "displayName": name} for user in listed[start : start + USERS_PER_REQUEST]
        ]
        (await http.put(url, json={"users": batch})).raise_for_status()
    after = (await http.get(url)).raise_for_status().json()["users"]
    if any(user["displayName"] != name for user in after):
        raise Broken("The raw loop did not import.")
    return time.monotonic() - began


async def _proposed(ctx: Context, customer: str, users: int, number: int) -> tuple[Change, float]:
    """Read a file and write its rows; return the change, and the seconds of the step of the
    store."""
    lines = (f"user{one:04}@example.com;Ours {number}" for one in range(1, users + 1))
    data = "\n".join(["user;displayName", *lines]).encode()
    found = await read_user_file(
        ctx, data, "users.csv", ImportUsersCommand(customer), skip_wrong=False
    )
    request, extra_writes = found.request, found.extra_writes
    if request is None or extra_writes is None:
        raise Broken("The file is wrong.")
    change = executing_change(f"C-8888{number}", customer, request.action, request.scope)

    def step(tx: Transaction) -> float:
        began = time.monotonic()
        tx.add_change(change)
        extra_writes(tx, change)
        return time.monotonic() - began

    return change, await ctx.store.write(step)


async def _executed(ctx: Context, change: Change, users: int) -> float:
    """Compare, send and read back, as the executor does."""
    began = time.monotonic()
    seen = await ImportUsersChange(ctx, change).recount()
    if seen is None or seen.will_change != users:
        raise Broken(f"The comparison tells {seen}.")
    result = await ImportUsersChange(ctx, replace(change, preview=seen)).perform()
    took = time.monotonic() - began
    if result.event is not Event.SUCCEED:
        raise Broken(f"Import: {result.outcome.sentence}")
    await ctx.store.write(lambda tx: tx.delete_import_rows(change.id))
    return took


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    path, number, many, times = sys.argv[1:]
    asyncio.run(main(Path(path), number, int(many), int(times)))
