"""Direct messages: what a bot may send to one person, and how tests read it."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack import SlackSandbox

BUTTON = {
    "type": "actions",
    "elements": [
        {"type": "button", "action_id": "look", "text": {"type": "plain_text", "text": "Look"}}
    ],
}


@pytest.fixture
async def slack() -> AsyncIterator[SlackSandbox]:
    async with SlackSandbox(clock=lambda: 1_000.0) as sandbox:
        sandbox.scopes = "chat:write"  # and nothing else: im:write is for conversations.open
        sandbox.add_person("U0OPERATOR", "operator")
        sandbox.add_person("U0GONE", "gone", deleted=True)
        sandbox.add_person("U0OTHERBOT", "otherbot", is_bot=True)
        yield sandbox


@pytest.fixture
async def client(slack: SlackSandbox) -> AsyncIterator[AsyncWebClient]:
    async with aiohttp.ClientSession() as session:
        yield AsyncWebClient(
            slack.bot_token, base_url=slack.api_url, session=session, retry_handlers=[]
        )


async def code_of(call: Any) -> str:
    with pytest.raises(SlackApiError) as caught:
        await call
    return str(caught.value.response["error"])


async def test_a_message_to_a_user_id_opens_a_channel_that_the_answer_names(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    first = await client.chat_postMessage(channel="U0OPERATOR", text="one")
    second = await client.chat_postMessage(channel=first["channel"], text="two")
    assert first["channel"] == second["channel"] != "U0OPERATOR"
    assert first["channel"].startswith("D")
    assert [message.text for message in slack.direct_messages("U0OPERATOR")] == ["one", "two"]
    assert slack.channels[first["channel"]].members == {"U0OPERATOR", slack.bot_user_id}


async def test_it_is_updated_and_answered_in_a_thread_by_the_channel_alone(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    sent = await client.chat_postMessage(channel="U0OPERATOR", text="waits")
    await client.chat_update(channel=sent["channel"], ts=sent["ts"], text="done")
    await client.chat_postMessage(channel=sent["channel"], thread_ts=sent["ts"], text="step")
    wrong = client.chat_update(channel="U0OPERATOR", ts=sent["ts"], text="lost")
    assert await code_of(wrong) == "channel_not_found"
    [message] = slack.direct_messages("U0OPERATOR")
    assert [revision.text for revision in message.history] == ["waits", "done"]
    assert [reply.text for reply in slack.thread(sent["channel"], sent["ts"])] == ["step"]


async def test_a_button_in_it_is_pressed_in_its_channel(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    sent = await client.chat_postMessage(channel="U0OPERATOR", text="look", blocks=[BUTTON])
    click = await slack.click("U0OPERATOR", sent["channel"], sent["ts"], "look")
    assert click.payload["container"]["channel_id"] == sent["channel"]
    assert click.payload["channel"]["name"] == "directmessage"


@pytest.mark.parametrize(
    ("person", "code"),
    [
        ("U0GONE", "channel_not_found"),
        ("U0OTHERBOT", "cannot_dm_bot"),
        ("U0BOT", "cannot_dm_bot"),
        ("U0NOBODY", "channel_not_found"),
    ],
)
async def test_not_everybody_can_be_written_to(
    slack: SlackSandbox, client: AsyncWebClient, person: str, code: str
) -> None:
    assert await code_of(client.chat_postMessage(channel=person, text="psst")) == code
    assert slack.messages == []


async def test_an_app_without_its_messages_tab_writes_to_nobody(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    slack.messages_tab = False
    call = client.chat_postMessage(channel="U0OPERATOR", text="psst")
    assert await code_of(call) == "messages_tab_disabled"
    assert slack.messages == []


async def test_a_conversation_takes_no_message_while_the_messages_tab_is_off(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    sent = await client.chat_postMessage(channel="U0OPERATOR", text="one")
    slack.messages_tab = False
    call = client.chat_postMessage(channel=sent["channel"], text="two")
    assert await code_of(call) == "messages_tab_disabled"
    await client.chat_update(channel=sent["channel"], ts=sent["ts"], text="still updated")


async def test_the_conversation_of_a_person_who_left_stays_open(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    sent = await client.chat_postMessage(channel="U0OPERATOR", text="before")
    slack.people["U0OPERATOR"].deleted = True
    again = await client.chat_postMessage(channel="U0OPERATOR", text="after")
    assert again["channel"] == sent["channel"]
    assert len(slack.direct_messages("U0OPERATOR")) == 2


async def test_opening_a_conversation_first_needs_a_scope_of_its_own(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    assert await code_of(client.conversations_open(users="U0OPERATOR")) == "missing_scope"
    slack.scopes += ",im:write"
    assert await code_of(client.conversations_open(users="U0GONE")) == "user_disabled"
    opened = await client.conversations_open(users="U0OPERATOR")
    sent = await client.chat_postMessage(channel="U0OPERATOR", text="one")
    assert opened["channel"]["id"] == sent["channel"]


async def test_a_modal_is_opened_from_a_button_in_it(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    sent = await client.chat_postMessage(channel="U0OPERATOR", text="look", blocks=[BUTTON])
    click = await slack.click("U0OPERATOR", sent["channel"], sent["ts"], "look")
    view = {
        "type": "modal",
        "title": {"type": "plain_text", "text": "Look"},
        "blocks": [{"type": "divider"}],
    }
    await client.views_open(trigger_id=click.trigger_id, view=view)
    assert [view.user for view in slack.views.values()] == ["U0OPERATOR"]


async def test_2000_direct_messages_at_once_are_too_many_for_the_workspace(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    for number in range(2000):
        slack.add_person(f"U{number}", f"person{number}")
    answers: Counter[tuple[int, str | None]] = Counter()
    for number in range(2000):
        try:
            sent = await client.chat_postMessage(channel=f"U{number}", text="waits")
        except SlackApiError as error:
            sent = error.response
        answers[sent.status_code, sent.headers.get("Retry-After")] += 1
    assert answers == {(200, None): 300, (429, "1"): 1700}
    assert len(slack.messages) == 300


async def test_both_names_of_a_conversation_have_one_rate_limit(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    sent = await client.chat_postMessage(channel="U0OPERATOR", text="0")
    for number in range(1, 5):
        await client.chat_postMessage(channel=sent["channel"], text=str(number))
    call = client.chat_postMessage(channel="U0OPERATOR", text="too many")
    assert await code_of(call) == "ratelimited"
