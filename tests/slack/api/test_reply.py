"""One person is told something by the first way that is open, and once."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient
from structlog.testing import capture_logs

from bot.errors import SlackRefused
from bot.slack.api.client import call_slack
from bot.slack.api.newer_blocks import NewerBlocks
from bot.slack.api.reply import reply
from bot.slack.payloads import ReplyTarget
from bot.slack.views.mrkdwn import BlockReply, Blocks
from sandbox.slack import Ephemeral, SlackSandbox
from tests.builders import CHANNEL, REQUESTER
from tests.slack.conftest import web_client
from tests.slack.stub import Answer, Stub, dropping, hanging, saying


def target(**over: Any) -> ReplyTarget:
    return ReplyTarget(**{"request": "command:1", "user": REQUESTER, "channel": CHANNEL} | over)


def whispers(slack: SlackSandbox, via: str) -> list[Ephemeral]:
    return [one for one in slack.ephemerals if one.via == via]


async def test_the_response_url_comes_first(slack: SlackSandbox, client: AsyncWebClient) -> None:
    url = slack.responses.new(REQUESTER, CHANNEL)
    await reply(client, target(response_url=url), "done")
    [told] = slack.ephemerals
    assert (told.text, told.user, told.via) == ("done", REQUESTER, "response_url")


async def test_a_click_is_answered_beside_the_card_and_not_in_its_place(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    card = slack.post(CHANNEL, slack.bot_user_id, "the card")
    url = slack.responses.new(REQUESTER, CHANNEL, card)
    await reply(client, target(response_url=url), "not yours")
    assert card.text == "the card"
    assert slack.ephemerals[0].text == "not yours"


async def test_a_response_url_that_is_used_up_gives_way_to_the_channel(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    asked = target(response_url=slack.responses.new(REQUESTER, CHANNEL))
    for number in range(7):
        await reply(client, asked, f"answer {number}")
    assert len(whispers(slack, "response_url")) == 5
    assert [one.text for one in whispers(slack, "chat.postEphemeral")] == ["answer 5", "answer 6"]


async def test_a_response_url_older_than_30_minutes_gives_way_to_the_channel(
    session: aiohttp.ClientSession,
) -> None:
    now = [1_000_000.0]
    async with SlackSandbox(enforce_rate_limits=False, clock=lambda: now[0]) as slack:
        slack.add_channel(CHANNEL, "incident", members=[REQUESTER])
        asked = target(response_url=slack.responses.new(REQUESTER, CHANNEL))
        now[0] += 31 * 60
        await reply(web_client(slack.api_url, session), asked, "late")
        assert whispers(slack, "chat.postEphemeral")[0].text == "late"


ELSEWHERE: dict[str, Answer] = {
    "a closed connection": dropping,
    "no answer": hanging,
    "500": saying(b"<html>", status=500, kind="text/html"),
    "429": saying(b"", status=429, Retry_After="600"),
}


@pytest.mark.parametrize("answer", ELSEWHERE.values(), ids=ELSEWHERE)
async def test_a_response_url_in_trouble_gives_way_to_the_channel_and_is_asked_once(
    slack: SlackSandbox, client: AsyncWebClient, answer: Answer
) -> None:
    async with Stub(answer) as stub:
        await reply(client, target(response_url=stub.url), "told", seconds=0.2)
        assert len(stub.requests) == 1
    assert whispers(slack, "chat.postEphemeral")[0].text == "told"


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "no url", "http://["])
async def test_a_response_url_that_leads_nowhere_gives_way_to_the_channel(
    slack: SlackSandbox, client: AsyncWebClient, url: str
) -> None:
    await reply(client, target(response_url=url), "told")
    assert whispers(slack, "chat.postEphemeral")[0].text == "told"


async def test_a_mention_in_a_thread_is_answered_in_the_thread(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    await reply(client, target(thread_ts="1.2"), "here")
    assert whispers(slack, "chat.postEphemeral")[0].thread_ts == "1.2"


@pytest.mark.parametrize("channel", ["C0ELSEWHERE", ""], ids=["not in the channel", "no channel"])
async def test_outside_every_channel_it_is_a_direct_message(
    slack: SlackSandbox, client: AsyncWebClient, channel: str
) -> None:
    slack.add_channel("C0ELSEWHERE", "elsewhere", bot_member=False)
    await reply(client, target(channel=channel), "told")
    [message] = slack.direct_messages(REQUESTER)
    assert message.text == "told"
    assert slack.ephemerals == []


async def test_where_no_way_is_open_that_is_logged(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    slack.down = True
    asked = target(response_url=slack.responses.new(REQUESTER, CHANNEL))
    with capture_logs() as logs:
        await reply(client, asked, "told")
    assert [one["event"] for one in logs] == ["reply.refused"] * 3 + ["reply.lost"]
    assert logs[-1]["request"] == "command:1"
    assert "told" not in str(logs)


async def test_the_address_is_not_logged(slack: SlackSandbox, client: AsyncWebClient) -> None:
    async with Stub(dropping) as stub:
        secret = f"{stub.url}commands/T0HOME/secret"
        with capture_logs() as logs:
            await reply(client, target(response_url=secret), "told")
    assert "secret" not in str(logs)


SAID = BlockReply("in words", [{"type": "divider"}])


async def test_blocks_go_every_way(slack: SlackSandbox, client: AsyncWebClient) -> None:
    url = slack.responses.new(REQUESTER, CHANNEL)
    await reply(client, target(response_url=url), SAID)
    await reply(client, target(), SAID)
    await reply(client, target(channel=""), SAID)
    [dm] = slack.direct_messages(REQUESTER)
    for blocks in (*(one.blocks for one in slack.ephemerals), dm.blocks):
        assert [block["type"] for block in blocks] == ["divider"]
    assert [one.text for one in slack.ephemerals] == [SAID.text] * 2
    assert [one.via for one in slack.ephemerals] == ["response_url", "chat.postEphemeral"]


async def test_blocks_that_slack_does_not_take_give_way_to_the_words(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    await reply(client, target(), BlockReply("in words", [{"type": "no such block"}]))
    [told] = slack.ephemerals
    assert (told.text, told.blocks) == ("in words", [])


TABLE = {
    "type": "data_table",
    "caption": "Users",
    "rows": [[{"type": "raw_text", "text": text}] for text in ("User", "jo@example.com")],
}
NEWER = BlockReply("in words", [TABLE], older=[{"type": "divider"}])


def kinds(told: Ephemeral) -> list[str]:
    return [block["type"] for block in told.blocks]


async def test_an_older_workspace_gets_the_older_blocks_and_is_not_asked_again(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    slack.newer_blocks = False
    newer = NewerBlocks()
    url = slack.responses.new(REQUESTER, CHANNEL)
    with capture_logs() as logs:
        await reply(client, target(response_url=url), NEWER, newer_blocks=newer)
        await reply(client, target(response_url=url), NEWER, newer_blocks=newer)
        await reply(client, target(), NEWER, newer_blocks=newer)
    assert [kinds(one) for one in slack.ephemerals] == [["divider"]] * 3
    assert [one.via for one in slack.ephemerals[:2]] == ["response_url"] * 2
    assert len(slack.refused) == 1
    assert [one for one in logs if one["event"] == "blocks.refused"] == [
        {"event": "blocks.refused", "kinds": ["data_table"], "log_level": "warning"}
    ]


async def test_a_workspace_with_newer_blocks_gets_them(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    await reply(client, target(), NEWER, newer_blocks=NewerBlocks())
    assert [kinds(one) for one in slack.ephemerals] == [["data_table"]]


async def test_a_mistake_of_the_bot_is_not_taken_for_an_older_workspace(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    newer, wrong = NewerBlocks(), {"type": "no such block"}
    mistaken = BlockReply("in words", [TABLE, wrong], older=[wrong])
    await reply(client, target(), mistaken, newer_blocks=newer)
    await reply(client, target(), NEWER, newer_blocks=newer)
    assert [kinds(one) for one in slack.ephemerals] == [[], ["data_table"]]


async def test_a_refusal_for_another_reason_is_raised_and_nothing_is_sent_twice(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    async def post(blocks: Blocks) -> object:
        return await call_slack(client.chat_postMessage(channel="C0NONE", text="x", blocks=blocks))

    with pytest.raises(SlackRefused, match="channel"):
        await NewerBlocks().send(NEWER, post)
    assert [one.error for one in slack.refused] == ["channel_not_found"]
