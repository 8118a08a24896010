"""The edge's parts by themselves: a simulated workspace, a real client, a store whose time stands."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.api.client import client_for
from bot.slack.api.http_session import open_session
from bot.store.sqlite.store import SqliteStore
from sandbox.slack import SlackSandbox
from tests.builders import ADMIN, APPROVER, CHANNEL, REQUESTER
from tests.store.clock import FixedClock


@pytest.fixture
async def slack() -> AsyncIterator[SlackSandbox]:
    """A workspace with the three people and the incident channel; its rate limits are off."""
    async with SlackSandbox(enforce_rate_limits=False) as workspace:
        for person in (REQUESTER, APPROVER, ADMIN):
            workspace.add_person(person, person.lower())
        workspace.add_channel(CHANNEL, "incident", members=[REQUESTER, APPROVER, ADMIN])
        yield workspace


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with open_session() as opened:
        yield opened


@pytest.fixture
def client(slack: SlackSandbox, session: aiohttp.ClientSession) -> AsyncWebClient:
    """The client as the composition root makes it."""
    return web_client(slack.api_url, session, slack.bot_token)


def web_client(
    url: str, session: aiohttp.ClientSession, token: str = "xoxb-sandbox"
) -> AsyncWebClient:
    return client_for(token, url, session)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
async def store(tmp_path: Path, clock: FixedClock) -> AsyncIterator[SqliteStore]:
    opened = await SqliteStore.open_async(tmp_path / "bot.db", clock=clock)
    yield opened
    await opened.close()
