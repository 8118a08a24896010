"""Whoever watches the workspace is told: of deliveries, of refusals, and what caused a message."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from sandbox.slack import Cause, Delivery, Refused, SlackSandbox
from tests.sandbox.slack.http_app import HttpApp, http_app

NOW = 1_750_000_000.0


@pytest.fixture
async def slack() -> AsyncIterator[SlackSandbox]:
    async with SlackSandbox(clock=lambda: NOW) as sandbox:
        sandbox.add_person("U0OPERATOR", "operator")
        sandbox.add_channel("C0INCIDENT", "incident", members=["U0OPERATOR"])
        yield sandbox


@pytest.fixture
def client(slack: SlackSandbox) -> AsyncWebClient:
    return AsyncWebClient("xoxb-sandbox", base_url=slack.api_url)


@pytest.fixture
async def app(slack: SlackSandbox) -> AsyncIterator[HttpApp]:
    async with http_app(slack) as app:
        app.reply = {"text": "done"}
        yield app


async def test_a_delivery_is_told_when_it_begins_and_when_it_ended(
    slack: SlackSandbox, app: HttpApp
) -> None:
    told: list[Delivery] = []
    slack.on_delivery.append(lambda delivery: told.append(replace(delivery)))
    app.may_answer.clear()
    typing = asyncio.create_task(slack.command("U0OPERATOR", "C0INCIDENT", "status"))
    await slack.wait_for(lambda _: told)
    assert [(d.number, d.at, d.pending, d.status) for d in told] == [(1, NOW, True, 0)]
    app.may_answer.set()
    await typing
    assert [(d.number, d.pending, d.status) for d in told[1:]] == [(1, False, 200)]


async def test_a_delivery_that_is_sent_again_has_its_own_number(
    slack: SlackSandbox, app: HttpApp
) -> None:
    app.may_answer.set()
    first = await slack.command("U0OPERATOR", "C0INCIDENT", "status")
    again = await slack.redeliver(first)
    assert (first.number, again.number) == (1, 2)


async def test_a_delivery_that_nobody_takes_ends_too(slack: SlackSandbox) -> None:
    told: list[bool] = []
    slack.on_delivery.append(lambda delivery: told.append(delivery.pending))
    await slack.command("U0OPERATOR", "C0INCIDENT", "status")
    assert told == [True, False]


async def test_a_refused_call_is_told_with_what_the_app_sent_but_its_token(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    told: list[Refused] = []
    slack.on_refused.append(told.append)
    with pytest.raises(SlackApiError):
        await client.chat_postMessage(channel="C0INCIDENT", text="x", blocks=[{"type": "marquee"}])
    assert slack.refused == told
    assert (told[0].number, told[0].at, told[0].method) == (1, NOW, "chat.postMessage")
    assert told[0].messages == ["[ERROR] unsupported type: marquee [json-pointer:/blocks/0/type]"]
    assert told[0].arguments["blocks"] == [{"type": "marquee"}]
    assert "xoxb" not in str(told[0])


async def test_json_in_a_form_and_a_token_among_the_arguments(slack: SlackSandbox) -> None:
    form = {"token": "xoxb-sandbox", "channel": "C0INCIDENT", "blocks": '[{"type": "marquee"}]'}
    async with aiohttp.ClientSession() as http:
        await (await http.post(f"{slack.api_url}chat.postMessage", data=form)).read()
    assert slack.refused[0].arguments == {
        "channel": "C0INCIDENT",
        "blocks": [{"type": "marquee"}],
    }


async def test_what_made_each_revision_of_a_message(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    posted = await client.chat_postMessage(channel="C0INCIDENT", text="x")
    message = slack.messages[0]
    assert message.cause is not None
    assert (message.cause.method, message.cause.at) == ("chat.postMessage", NOW)
    assert message.cause.arguments_bytes == len('{"channel": "C0INCIDENT", "text": "x"}')
    await client.chat_update(channel="C0INCIDENT", ts=posted["ts"], text="yy")
    assert [revision.cause.method for revision in message.history if revision.cause] == [
        "chat.postMessage",
        "chat.update",
    ]


async def test_what_a_person_writes_has_no_cause(slack: SlackSandbox) -> None:
    message = slack.post("C0INCIDENT", "U0OPERATOR", "hello")
    slack.update(message, "Hello", None)
    assert [revision.cause for revision in message.history] == [None, None]


async def test_a_refused_call_causes_nothing_later(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    with pytest.raises(SlackApiError):
        await client.chat_postMessage(channel="C0NOWHERE", text="x")
    assert slack.post("C0INCIDENT", "U0OPERATOR", "hello").cause is None


async def test_an_answer_by_acknowledgement_and_by_response_url_tells_so(
    slack: SlackSandbox, app: HttpApp
) -> None:
    app.may_answer.set()
    delivery = await slack.command("U0OPERATOR", "C0INCIDENT", "status")
    await AsyncWebhookClient(delivery.response_url).send(text="later")
    assert [seen.cause for seen in slack.ephemerals] == [
        Cause("ack", NOW, len('{"text": "done"}')),
        Cause("response_url", NOW, len('{"text": "later"}')),
    ]


async def test_a_refused_acknowledgement_and_response_are_told(
    slack: SlackSandbox, app: HttpApp
) -> None:
    app.reply = {"blocks": [{"type": "marquee"}]}
    delivery = await slack.command("U0OPERATOR", "C0INCIDENT", "status")
    await AsyncWebhookClient(delivery.response_url).send(text="")
    assert [(one.method, one.error, one.arguments) for one in slack.refused] == [
        ("ack", "invalid_blocks", app.reply),
        ("response_url", "no_text", {"text": ""}),
    ]


async def test_a_person_has_a_title_and_a_channel_a_topic(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    slack.add_person("U0ADA", "ada", real_name="Ada L.", title="Operator for Acme GmbH")
    slack.add_channel("C0OUTAGE", "mail-outage", topic="Mail is down")
    user = (await client.users_info(user="U0ADA"))["user"]
    assert (user["name"], user["real_name"], user["profile"]["real_name"]) == (
        "ada",
        "Ada L.",
        "Ada L.",
    )
    assert user["profile"]["title"] == "Operator for Acme GmbH"
    channel = (await client.conversations_info(channel="C0OUTAGE"))["channel"]
    assert channel["topic"]["value"] == "Mail is down"


async def test_a_replaced_ephemeral_message_tells_what_replaced_it(slack: SlackSandbox) -> None:
    button = {
        "type": "button",
        "action_id": "go",
        "value": "1",
        "text": {"type": "plain_text", "text": "Go"},
    }
    blocks = [{"type": "actions", "elements": [button]}]
    shown = slack.post_ephemeral("C0INCIDENT", "U0OPERATOR", "may I", blocks, via="ack")
    delivery = await slack.click("U0OPERATOR", "C0INCIDENT", shown.ts, "go")
    await AsyncWebhookClient(delivery.response_url).send(text="yes", replace_original=True)
    assert (shown.text, shown.cause.method if shown.cause else "") == ("yes", "response_url")
