"""A process that exports the users of a customer through the bot's own parts, beside a raw download.

``python -m bench.exporting DATABASE CUSTOMER ROUNDS`` takes the settings from the environment and prints one
line of JSON: the seconds of each round, and the most memory that the process ever held.
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

from bench.people import CHANNELS, OPERATOR
from bench.processes import peak_megabytes
from bench.stand_ins import Directory
from bot.continuity.client import ContinuityClient
from bot.domain.commands import Actor, ListUsersCommand
from bot.domain.scope import EVERY_USER
from bot.service.context import Context
from bot.service.queries.list_users import record_list, request_list
from bot.slack.api.client import client_for
from bot.slack.features.context import FeatureContext
from bot.slack.features.list_users_export import Export
from bot.slack.payloads import CommandPayload
from bot.store.sqlite.store import SqliteStore
from bot.store.times import SystemClock


async def main(database: Path, customer: str, rounds: int) -> None:
    """Take turns: a raw download, then the list through the bot."""
    url, word = os.environ["CONTINUITY_URL"], os.environ["CONTINUITY_PASSWORD"]
    account = os.environ["CONTINUITY_USERNAME"]
    store = await SqliteStore.open_async(database)
    api = ContinuityClient(url, account, SecretStr(word))
    raw, ours = list[float](), list[float]()
    async with (
        aiohttp.ClientSession() as session,
        httpx.AsyncClient(auth=(account, word), trust_env=False, timeout=60) as http,
    ):
        slack = client_for(os.environ["SLACK_BOT_TOKEN"], os.environ["SLACK_API_URL"], session)
        deps = FeatureContext(Context(store, api, Directory(), SystemClock()), slack, "")
        for _ in range(rounds):
            raw.append(await _download(http, f"{url.rstrip('/')}/{customer}"))
            ours.append(await _export(deps, customer))
    await api.aclose()
    await store.close()
    print(json.dumps({"raw": raw, "ours": ours, "megabytes": peak_megabytes(os.getpid())}))


async def _download(http: httpx.AsyncClient, url: str) -> float:
    began = time.monotonic()
    async with http.stream("GET", url) as answer:
        answer.raise_for_status()
        async for _ in answer.aiter_bytes():
            pass
    return time.monotonic() - began


async def _export(deps: FeatureContext, customer: str) -> float:
    """Do what the command does, from the look at the rights to the last line of the message."""
    channel = CHANNELS[0]
    payload = CommandPayload(key="bench", user=OPERATOR, team="", app="", channel=channel)
    began = time.monotonic()
    order = await request_list(
        deps.ctx, Actor(OPERATOR, channel), ListUsersCommand(customer, EVERY_USER)
    )
    await record_list(deps.ctx, order)
    await Export(deps, payload, order).run()
    return time.monotonic() - began


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    path, customer, rounds = sys.argv[1:]
    asyncio.run(main(Path(path), customer, int(rounds)))
