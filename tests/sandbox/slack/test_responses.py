"""Response URLs: five uses in thirty minutes, and what is posted through them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_sdk.webhook.async_client import AsyncWebhookClient

from sandbox.slack import SlackSandbox
from tests.sandbox.conftest import Clock


@pytest.fixture
async def slack(clock: Clock) -> AsyncIterator[SlackSandbox]:
    async with SlackSandbox(clock=clock) as sandbox:
        sandbox.add_channel("C0INCIDENT", "incident", members=["U0OPERATOR"])
        yield sandbox


async def command_url(slack: SlackSandbox) -> str:
    """Nobody takes the command here; its response URL works all the same."""
    url = (await slack.command("U0OPERATOR", "C0INCIDENT", "status")).response_url
    slack.ephemerals.clear()
    return url


async def test_five_answers_are_taken_and_the_sixth_is_not(slack: SlackSandbox) -> None:
    hook = AsyncWebhookClient(await command_url(slack))
    answers = [await hook.send(text=f"answer {n}") for n in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [404]
    assert (answers[0].body, "used_url" in answers[5].body) == ("ok", True)
    assert [(s.text, s.via, s.user) for s in slack.ephemerals] == [
        (f"answer {n}", "response_url", "U0OPERATOR") for n in range(5)
    ]


async def test_after_thirty_minutes_it_is_over(slack: SlackSandbox, clock: Clock) -> None:
    hook = AsyncWebhookClient(await command_url(slack))
    clock.now += 30 * 60
    assert (await hook.send(text="in time")).status_code == 200
    clock.now += 1
    late = await hook.send(text="too late")
    assert (late.status_code, "expired_url" in late.body) == (404, True)


async def test_an_answer_for_all_is_a_message(slack: SlackSandbox) -> None:
    hook = AsyncWebhookClient(await command_url(slack))
    await hook.send(text="for all", response_type="in_channel")
    assert [(m.text, m.user) for m in slack.channel_messages("C0INCIDENT")] == [
        ("for all", "U0BOT")
    ]
    assert slack.ephemerals == []


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"text": ""}, 400, "no_text"),
        ({"text": "x", "blocks": [{"type": "carousel"}]}, 400, "invalid_blocks"),
        ({"text": "x" * 40_001}, 400, "msg_too_long"),
    ],
)
async def test_what_no_message_may_be_is_refused_and_not_counted(
    slack: SlackSandbox, body: dict[str, Any], status: int, code: str
) -> None:
    hook = AsyncWebhookClient(await command_url(slack))
    answers = [await hook.send_dict(body) for _ in range(6)]
    assert {answer.status_code for answer in answers} == {status}
    assert code in answers[0].body
    assert {refused.error for refused in slack.refused} == {code}
    assert slack.ephemerals == []


async def test_an_unknown_address_or_no_json_is_refused(slack: SlackSandbox) -> None:
    assert slack.responses.use("R0NONE", {"text": "x"}) == (404, "invalid_url")
    url = slack.responses.new("U0OPERATOR", "C0INCIDENT")
    async with aiohttp.ClientSession() as session:
        for broken in ("{", "[]"):
            async with session.post(url, data=broken) as response:
                assert response.status == 400
                assert await response.json() == {"ok": False, "error": "invalid_payload"}


@pytest.mark.parametrize("ephemeral", [True, False])
async def test_a_click_can_replace_and_delete_what_was_clicked(
    slack: SlackSandbox, ephemeral: bool
) -> None:
    button = {
        "type": "button",
        "action_id": "go",
        "text": {"type": "plain_text", "text": "Go"},
    }
    blocks = [{"type": "actions", "elements": [button]}]
    item: Any = (
        slack.post_ephemeral("C0INCIDENT", "U0OPERATOR", "old", blocks, via="ack")
        if ephemeral
        else slack.post("C0INCIDENT", "U0BOT", "old", blocks)
    )
    delivery = await slack.click("U0OPERATOR", "C0INCIDENT", item.ts, "go")
    assert delivery.payload["container"]["is_ephemeral"] is ephemeral
    hook = AsyncWebhookClient(delivery.response_url)
    await hook.send(text="new", replace_original=True)
    assert (item.text, item.blocks) == ("new", [])
    await hook.send(delete_original=True)
    assert item.deleted
    assert slack.channel_messages("C0INCIDENT") == []
    assert slack.buttons(item) == {}
