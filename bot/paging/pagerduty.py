"""PagerDuty, by its Events API v2.

https://developer.pagerduty.com/docs/events-api-v2/trigger-events/ names the fields and their limits.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import httpx

from bot.domain.page import PageState
from bot.paging.http_client import post
from bot.ports import Page
from bot.settings import PAGERDUTY

PATH = "v2/enqueue"
MAX_SUMMARY_CHARS, MAX_KEY_CHARS = 1024, 255
CLIENT, SOURCE = "Retarus Email Continuity", "continuity-chatops"
LINK_TEXT = "Open the card in Slack"
CURE = "Look at PAGERDUTY_ROUTING_KEY."
ACTIONS = {
    PageState.TRIGGERED: "trigger",
    PageState.ACKNOWLEDGED: "acknowledge",
    PageState.RESOLVED: "resolve",
}


@dataclass(frozen=True, slots=True)
class PagerDuty:
    """The port ``Pager``. ``before_send``: see ``http_client.post``."""

    client: httpx.AsyncClient
    base_url: str
    routing_key: str
    before_send: Callable[[], None]
    name: str = PAGERDUTY

    async def send(self, page: Page) -> None:
        body = json.dumps(self._event(page)).encode()
        url = f"{self.base_url.rstrip('/')}/{PATH}"
        await post(self.client, url, body, {}, cure=CURE, before=self.before_send)

    def _event(self, page: Page) -> Mapping[str, object]:
        event: dict[str, object] = {
            "routing_key": self.routing_key,
            "event_action": ACTIONS[page.state],
            "dedup_key": page.key[:MAX_KEY_CHARS],
        }
        if page.state is not PageState.TRIGGERED:
            return event
        event |= {
            "client": CLIENT,
            "payload": {
                "summary": page.summary[:MAX_SUMMARY_CHARS],
                "source": SOURCE,
                "severity": page.severity,
                "timestamp": page.proposed_at.isoformat(),
                "component": page.customer_name or page.customer,
                "group": page.customer,
                "class": "approval",
                "custom_details": {"change": page.change_id, "customer": page.customer},
            },
        }
        if page.link:
            event["links"] = [{"href": page.link, "text": LINK_TEXT}]
        return event
