"""A captured request that is sent again, under every name: read as what it was, and without effect."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from tests.fixtures import direct_store
from tests.scenarios.conftest import (
    ADMIN,
    APPROVER,
    CUSTOMER,
    HTTP_ONLY,
    INCIDENT,
    OPERATOR,
    STRANGER,
    Scenario,
)
from tests.scenarios.processes import Deployment, deployment
from tests.scenarios.security.test_bad_input import records

FORM = "application/x-www-form-urlencoded"
NAMES: list[dict[str, str]] = [
    {"Content-Type": "application/json"},
    {"Content-Type": FORM},
    {"Content-Type": f"{FORM}; charset=utf-16"},
    {"Content-Type": "multipart/form-data; boundary=x"},
    {"Content-Type": "text/plain"},
    {"Content-Type": "application/json", "Content-Encoding": "gzip"},
    {"Content-Type": "application/json", "X-Slack-Bolt-Lazy-Only": "1"},
    {},
]
HOME = {"team_id": "T0HOME", "api_app_id": "A0CONTINUITY"}


def command(user: str, text: str, trigger: str) -> bytes:
    typed = {"command": "/continuity", "user_id": user, "channel_id": INCIDENT, "text": text}
    return urlencode({**HOME, **typed, "trigger_id": trigger}).encode()


def approval(value: str) -> bytes:
    click: dict[str, Any] = {
        "type": "block_actions",
        "user": {"id": APPROVER, "team_id": "T0HOME"},
        "team": {"id": "T0HOME"},
        "api_app_id": "A0CONTINUITY",
        "container": {"channel_id": INCIDENT},
        "actions": [{"type": "button", "action_id": "change_approve", "value": value,
                     "action_ts": "9.9", "block_id": "b"}],
        "trigger_id": "9.9",
    }  # fmt: skip
    return urlencode({"payload": json.dumps(click)}).encode()


def mention(text: str, event: str) -> bytes:
    """A signed event, as Slack sends it for what somebody said in a channel."""
    said = {"type": "app_mention", "user": STRANGER, "channel": INCIDENT, "text": text}
    shape = {"token": "t", "type": "event_callback", "event_id": event, **HOME, "event": said}
    return json.dumps(shape).encode()


async def sent(url: str, body: bytes, headers: dict[str, str]) -> list[int]:
    """Send the same signed bytes under every name."""
    async with httpx.AsyncClient(trust_env=False) as http:
        return [
            (await http.post(url, content=body, headers=headers | name)).status_code
            for name in NAMES
        ]


@HTTP_ONLY
async def test_an_event_sent_again_as_a_form_grants_no_role_and_approves_nothing(
    scenario: Scenario,
) -> None:
    url = scenario.events
    await scenario.type(f"failover on {CUSTOMER}")
    card = await scenario.card("change_approve")
    value = str(scenario.slack.buttons(card)["change_approve"]["value"])
    grant = command(ADMIN, f"role grant {STRANGER} operator {CUSTOMER}", "8.8").decode()
    for number, hidden in enumerate((grant, approval(value).decode())):
        body = mention(f"<@B> help &{hidden}&x=", f"Ev{number}")
        assert hidden.encode() in body
        statuses = await sent(url, body, scenario.slack.signed_headers(body))
        assert statuses == [200] * len(NAMES)
    await scenario.type("help failover")
    await scenario.told("/continuity failover on")
    assert scenario.writes() == []
    kinds = [record.kind for record in await records(scenario)]
    assert "change.approved" not in kinds
    rows = await direct_store.read(
        scenario.settings.database, lambda tx: tx.grants(customer=CUSTOMER)
    )
    assert STRANGER not in [row.subject.id for row in rows]


@pytest.fixture
async def on(tmp_path: Path) -> AsyncIterator[Deployment]:
    async with deployment(tmp_path, socket_mode=False) as on:
        on.continuity.add_customer(CUSTOMER, users=3)
        yield on


async def test_the_same_signature_has_one_effect_also_after_a_restart(on: Deployment) -> None:
    asked = command(OPERATOR, f"failover on {CUSTOMER}", "7.7")
    signed = on.slack.signed_headers(asked)
    async with on.bot() as bot:
        await bot.answers("/readyz", 200)
        assert await sent(f"{bot.url}/slack/events", asked, signed) == [200] * len(NAMES)
        card = await on.card(CUSTOMER, "change_approve")
        click = approval(str(on.slack.buttons(card)["change_approve"]["value"]))
        pressed = on.slack.signed_headers(click)
        assert await sent(f"{bot.url}/slack/events", click, pressed) == [200] * len(NAMES)
        await on.outcome(CUSTOMER, "3 of 3")
        await bot.stop()
    before = [(entry.record.kind, entry.record.actor) for entry in await on.whole_trail()]
    async with on.bot() as bot:
        await bot.answers("/readyz", 200)
        for body, headers in ((asked, signed), (click, pressed)):
            assert await sent(f"{bot.url}/slack/events", body, headers) == [200] * len(NAMES)
        await on.type("help failover")
        await on.told("/continuity failover on")
        await bot.stop()
    assert len(await on.changes(CUSTOMER)) == 1
    assert len(on.writes(CUSTOMER)) == 1
    assert [(e.record.kind, e.record.actor) for e in await on.whole_trail()] == before
    assert await on.saved_for_later() == []
