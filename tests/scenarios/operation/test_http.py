"""Requests that are not Slack's, or not readable: 401 or 400, never 500."""

from __future__ import annotations

import json
import time
from urllib.parse import urlencode

import httpx
import pytest
from structlog.testing import capture_logs

from tests.fixtures.raw_database import held
from tests.scenarios.conftest import CUSTOMER, HTTP_ONLY, INCIDENT, OPERATOR, Scenario

GARBAGE = [
    b"",
    b"\xff\xfe",
    b"payload=",
    b"payload=%7B",
    b"payload=[]",
    b"payload=null",
    b"command=%2Fcontinuity",
    b"{",
    b"[]",
    b"null",
]


@HTTP_ONLY
@pytest.mark.parametrize("form", ["application/x-www-form-urlencoded", "application/json"])
async def test_unsigned_forged_and_old_requests_are_401_and_signed_garbage_is_400(
    scenario: Scenario, form: str
) -> None:
    url = scenario.events
    async with httpx.AsyncClient(trust_env=False) as http:
        for body in GARBAGE:
            unsigned = await http.post(url, content=body, headers={"Content-Type": form})
            assert unsigned.status_code == 401
            signed = {**scenario.slack.signed_headers(body), "Content-Type": form}
            assert (await http.post(url, content=body, headers=signed)).status_code == 400
            forged = {**signed, "X-Slack-Signature": "v0=" + "0" * 64}
            assert (await http.post(url, content=body, headers=forged)).status_code == 401
            old = {
                **scenario.slack.signed_headers(body, int(time.time()) - 600),
                "Content-Type": form,
            }
            assert (await http.post(url, content=body, headers=old)).status_code == 401


@HTTP_ONLY
async def test_signed_json_of_another_shape_is_not_a_500(scenario: Scenario) -> None:
    url = scenario.events
    shapes = [
        {"type": "block_actions"},
        {"type": "block_actions", "actions": []},
        {"type": "block_actions", "actions": [{}], "user": {}},
        {"type": "view_submission", "view": {}},
        {"type": "nothing known"},
    ]
    async with httpx.AsyncClient(trust_env=False) as http:
        for shape in shapes:
            body = urlencode({"payload": json.dumps(shape)}).encode()
            headers = {
                **scenario.slack.signed_headers(body),
                "Content-Type": "application/x-www-form-urlencoded",
            }
            assert (await http.post(url, content=body, headers=headers)).status_code < 500


@HTTP_ONLY
async def test_an_event_with_half_a_surrogate_pair_is_acknowledged_and_not_saved(
    scenario: Scenario,
) -> None:
    """JSON may hold it, and UTF-8 may not."""
    url = scenario.events
    mention = {"type": "app_mention", "user": OPERATOR, "channel": INCIDENT, "ts": "1.1"}
    event = {
        "type": "event_callback",
        "event_id": "Ev1",
        "team_id": scenario.slack.team_id,
        "api_app_id": scenario.slack.app_id,
        "event": {**mention, "text": "<@U0BOT> status \ud800"},
    }
    body = json.dumps(event).encode()
    with capture_logs() as told:
        async with httpx.AsyncClient(trust_env=False) as http:
            answer = await http.post(url, content=body, headers=scenario.slack.signed_headers(body))
    assert answer.status_code == 200
    assert "slack.not_readable" in [line["event"] for line in told]
    assert "Traceback" not in str(told)


@HTTP_ONLY
async def test_slack_may_check_the_address_and_its_certificate(scenario: Scenario) -> None:
    url = scenario.events
    asked = json.dumps({"type": "url_verification", "token": "t", "challenge": "c7"}).encode()
    async with httpx.AsyncClient(trust_env=False) as http:
        told = await http.post(url, content=asked, headers=scenario.slack.signed_headers(asked))
        assert (told.status_code, told.json()) == (200, {"challenge": "c7"})
        check = b"token=t&ssl_check=1"
        told = await http.post(url, content=check, headers=scenario.slack.signed_headers(check))
        assert told.status_code == 200


async def test_health_is_told_in_both_modes(scenario: Scenario) -> None:
    base = f"http://127.0.0.1:{scenario.port}"
    async with httpx.AsyncClient(base_url=base, trust_env=False) as http:
        for path in ("/healthz", "/readyz", "/metrics"):
            assert (await http.get(path)).status_code == 200


async def test_no_secret_reaches_the_database(scenario: Scenario) -> None:
    await scenario.type(f"failover on {CUSTOMER}")
    await scenario.card("change_approve")
    content = held(scenario.settings.database)
    for secret in ("sandbox-password", scenario.slack.bot_token, scenario.slack.signing_secret):
        assert secret not in content
