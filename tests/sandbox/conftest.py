"""A clock that a test moves, and a client of the simulated API without the bot."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from sandbox.continuity import ContinuitySandbox

AUTH = ("continuity", "sandbox-password")


class Clock:
    def __init__(self) -> None:
        self.now = 1_750_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def http(api: ContinuitySandbox) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the test's own ``api``."""
    async with httpx.AsyncClient(
        base_url=api.url, auth=AUTH, trust_env=False, timeout=30
    ) as client:
        yield client
