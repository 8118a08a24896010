"""A plain webhook: a JSON body, signed, which a small script brings to any other pager.

docs/operations.md shows the body and how the signature is checked.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import dataclass

import httpx

from bot.paging.http_client import post
from bot.ports import Page
from bot.settings import WEBHOOK

VERSION = "v1"
TIMESTAMP, SIGNATURE = "X-Continuity-Timestamp", "X-Continuity-Signature"
IDEMPOTENCY_KEY = "Idempotency-Key"
CURE = "Look at PAGER_WEBHOOK_URL and PAGER_WEBHOOK_SECRET."


@dataclass(frozen=True, slots=True)
class Webhook:
    """The port ``Pager``. ``before_send``: see ``http_client.post``; ``now`` returns UNIX seconds."""

    client: httpx.AsyncClient
    url: str
    secret: str
    before_send: Callable[[], None]
    now: Callable[[], float] = time.time
    name: str = WEBHOOK

    async def send(self, page: Page) -> None:
        body = json.dumps(_content(page), ensure_ascii=False).encode()
        timestamp = f"{self.now():.0f}"
        headers = {
            TIMESTAMP: timestamp,
            SIGNATURE: signature(self.secret, timestamp, body),
            IDEMPOTENCY_KEY: f"{page.key}/{page.state}",
        }
        await post(self.client, self.url, body, headers, cure=CURE, before=self.before_send)


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """Return `v1=` and the HMAC-SHA256 of `timestamp.body` in hex."""
    signed = hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256)
    return f"{VERSION}={signed.hexdigest()}"


def _content(page: Page) -> dict[str, object]:
    return {
        "version": 1,
        "event": page.state.value,
        "key": page.key,
        "change": page.change_id,
        "customer": page.customer,
        "customer_name": page.customer_name,
        "summary": page.summary,
        "severity": page.severity,
        "link": page.link,
        "proposed_at": page.proposed_at.isoformat(),
    }
