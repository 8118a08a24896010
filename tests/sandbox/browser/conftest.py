"""A workspace with two people and the page's server in front of it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from sandbox.browser import BrowserServer
from sandbox.clock import SandboxClock
from sandbox.continuity import ContinuitySandbox
from sandbox.slack import SlackSandbox
from tests.sandbox.browser.window import Window


@pytest.fixture
def clock() -> SandboxClock:
    return SandboxClock(lambda: 1_800_000_000.0)


@pytest.fixture
async def slack(clock: SandboxClock) -> AsyncIterator[SlackSandbox]:
    async with SlackSandbox(clock=clock) as sandbox:
        sandbox.add_person("U1", "olga", real_name="Olga Ops", title="Operator for Acme GmbH")
        sandbox.add_person("U2", "ada", tz="America/New_York")
        sandbox.add_channel("C1", "mail-outage", members=["U1", "U2"], topic="Mail is down")
        sandbox.add_channel("C2", "board", members=["U2"], is_private=True)
        sandbox.add_usergroup("S1", "on-call", ["U2"])
        yield sandbox


@pytest.fixture
async def continuity(clock: SandboxClock) -> AsyncIterator[ContinuitySandbox]:
    async with ContinuitySandbox(clock=clock) as sandbox:
        sandbox.add_customer("44444", 10)
        yield sandbox


@pytest.fixture
async def server(
    slack: SlackSandbox, continuity: ContinuitySandbox, clock: SandboxClock
) -> AsyncIterator[BrowserServer]:
    server = BrowserServer(slack, continuity, clock)
    server.phones.add("U2")
    async with server:
        yield server


@pytest.fixture
async def window(server: BrowserServer) -> AsyncIterator[Window]:
    async with Window(server.url) as window:
        yield window
