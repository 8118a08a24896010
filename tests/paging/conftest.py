"""Both adapters against the simulated pagers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from bot.domain.page import PageState
from bot.paging.http_client import open_client
from bot.paging.pagerduty import PagerDuty
from bot.paging.webhook import Webhook
from bot.ports import Page, Pager
from sandbox.pagers import PagerSandbox
from sandbox.pagers.sandbox import ROUTING_KEY, SECRET
from tests.builders import NOW


def a_page(state: PageState = PageState.TRIGGERED, **over: Any) -> Page:
    fields: dict[str, Any] = {
        "key": "C-7K3MX/0123456789ab",
        "change_id": "C-7K3MX",
        "customer": "44444",
        "customer_name": "Müller GmbH",
        "summary": "Approval needed: FAILOVER ON · Müller GmbH (44444) · ALL 20 users",
        "severity": "critical",
        "link": "https://example.slack.com/archives/C1/p1",
        "proposed_at": NOW,
    }
    return Page(**(fields | {"state": state} | over))


@dataclass
class Pagers:
    sandbox: PagerSandbox
    client: httpx.AsyncClient

    def make(self, name: str, before: Callable[[], None] = lambda: None) -> Pager:
        if name == "pagerduty":
            return PagerDuty(self.client, self.sandbox.url, ROUTING_KEY, before)
        return Webhook(self.client, self.sandbox.webhook_url, SECRET, before)


@pytest.fixture
async def pagers() -> AsyncIterator[Pagers]:
    async with PagerSandbox() as sandbox, open_client() as client:
        yield Pagers(sandbox, client)


@pytest.fixture(params=["pagerduty", "webhook"])
def pager(pagers: Pagers, request: pytest.FixtureRequest) -> Pager:
    return pagers.make(request.param)
