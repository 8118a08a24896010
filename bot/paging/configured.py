"""The pagers that the settings name."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from bot.paging.http_client import open_client
from bot.paging.pagerduty import PagerDuty
from bot.paging.webhook import Webhook
from bot.ports import Pager
from bot.settings import PAGERDUTY, WEBHOOK, Settings


@asynccontextmanager
async def open_pagers(
    settings: Settings, before_send: Callable[[], None]
) -> AsyncIterator[tuple[Pager, ...]]:
    """Yield the configured pagers, and close their connections at the end."""
    if not settings.pagers:
        yield ()
        return
    async with open_client() as client:
        key = settings.pagerduty_routing_key.get_secret_value()
        secret = settings.pager_webhook_secret.get_secret_value()
        known: dict[str, Pager] = {
            PAGERDUTY: PagerDuty(client, settings.pagerduty_url, key, before_send),
            WEBHOOK: Webhook(client, settings.pager_webhook_url, secret, before_send),
        }
        yield tuple(known[name] for name in settings.pagers)
