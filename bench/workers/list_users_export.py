"""Export the users of a customer through the bot's own components, beside a raw download.

``python -m bench.workers.list_users_export DATABASE CUSTOMER ROUNDS`` reads the settings from the
environment and prints one line of JSON: the seconds of each round and the peak memory of the
process.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
import time
from pathlib import Path

import aiohttp
import httpx
import structlog
from pydantic import SecretStr

from bench.fakes import FakeDirectory
from bench.participants import CHANNELS, OPERATOR
from bench.processes import peak_megabytes
from bot.continuity.client import ContinuityClient
from bot.domain.actor import Actor
from bot.domain.commands import ListUsersCommand
from bot.domain.scope import EVERY_USER
from bot.service.context import Context
from bot.service.queries.list_users import record_list, request_list
from bot.slack.api.client import client_for
from bot.slack.features.base.context import FeatureContext
from bot.slack.features.list_users_export import Export
from bot.slack.payloads import CommandPayload
from bot.store.sqlite.store import SqliteStore
from bot.store.times import SystemClock


async def main(database: Path, customer: str, rounds: int) -> None:
    """Take turns: a raw download, then the list through the bot."""
    url, password = os.environ["CONTINUITY_URL"], os.environ["CONTINUITY_PASSWORD"]
    account = os.environ["CONTINUITY_USERNAME"]
    raw, ours = list[float](), list[float]()
    async with (
        await SqliteStore.open_async(database) as store,
        ContinuityClient(url, account, SecretStr(password)) as api,
        aiohttp.ClientSession() as session,
        httpx.AsyncClient(auth=(account, password), trust_env=False, timeout=60) as http,
    ):
        slack = client_for(os.environ["SLACK_BOT_TOKEN"], os.environ["SLACK_API_URL"], session)
        deps = FeatureContext(Context(store, api, FakeDirectory(), SystemClock()), slack, "")
        for _ in range(rounds):
            raw.append(await _download(http, f"{url.rstrip('/')}/{customer}"))
            ours.append(await _export(deps, customer))
    print(json.dumps({"raw": raw, "ours": ours, "megabytes": peak_megabytes(os.getpid())}))


async def _download(http: httpx.AsyncClient, url: str) -> float:
    began = time.monotonic()
    async with http.stream("GET", url) as answer:
        answer.raise_for_status()
        async for _ in answer.aiter_bytes():
            pass
    return time.monotonic() - began


async def _export(deps: FeatureContext, customer: str) -> float:
    """Do what the command does, from the authorisation to the last line of the message."""
    channel = CHANNELS[0]
    payload = CommandPayload(key="bench", user=OPERATOR, team="", app="", channel=channel)
    began = time.monotonic()
    order = await request_list(
        deps.ctx, Actor(OPERATOR, channel), ListUsersCommand(customer, EVERY_USER, here=True)
    )
    await record_list(deps.ctx, order)
    await Export(deps, payload, order).run()
    return time.monotonic() - began


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    path, customer, rounds = sys.argv[1:]
    asyncio.run(main(Path(path), customer, int(rounds)))
