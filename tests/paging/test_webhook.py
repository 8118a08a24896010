"""The webhook: its body, its signature, and the key of each event."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from bot.domain.page import PageState
from bot.errors import PagerRefused
from bot.paging.webhook import Webhook, signature
from sandbox.pagers.sandbox import SECRET
from tests.builders import NOW
from tests.paging.conftest import Pagers, a_page


async def test_the_body_tells_what_a_script_needs(pagers: Pagers) -> None:
    await pagers.make("webhook").send(a_page())
    [(_, body)] = pagers.sandbox.requests
    assert body == {
        "version": 1,
        "event": "triggered",
        "key": "C-7K3MX/0123456789ab",
        "change": "C-7K3MX",
        "customer": "44444",
        "customer_name": "Müller GmbH",
        "summary": a_page().summary,
        "severity": "critical",
        "link": a_page().link,
        "proposed_at": NOW.isoformat(),
    }


def test_the_signature_is_over_the_timestamp_and_the_bytes_of_the_body() -> None:
    body = "{“ä”}".encode()
    expected = hmac.new(b"secret", b"1700000000." + body, hashlib.sha256).hexdigest()
    assert signature("secret", "1700000000", body) == f"v1={expected}"


async def test_each_state_has_a_key_of_its_own_that_a_repeat_keeps(pagers: Pagers) -> None:
    for state in (PageState.TRIGGERED, PageState.TRIGGERED, PageState.RESOLVED):
        await pagers.make("webhook").send(a_page(state))
    assert pagers.sandbox.seen == {f"{a_page().key}/triggered", f"{a_page().key}/resolved"}
    [incident] = pagers.sandbox.incidents.all()
    assert incident.times == {"triggered": 1, "resolved": 1}


@pytest.mark.parametrize(
    ("secret", "shift"), [("another-secret-of-16", 0.0), (SECRET, 301.0), (SECRET, -301.0)]
)
async def test_another_secret_or_an_old_timestamp_is_refused(
    pagers: Pagers, secret: str, shift: float
) -> None:
    now = pagers.sandbox._now
    url = pagers.sandbox.webhook_url
    pager = Webhook(pagers.client, url, secret, lambda: None, lambda: now() + shift)
    with pytest.raises(PagerRefused, match="Look at PAGER_WEBHOOK_URL and PAGER_WEBHOOK_SECRET"):
        await pager.send(a_page())
