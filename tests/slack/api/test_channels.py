"""Whether something may be told in a channel is asked anew, and never assumed."""

from __future__ import annotations

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import SlackUnavailable
from bot.slack.api.channels import CACHE_SECONDS, NOT_TOLD, SHARED, ChannelCheck
from sandbox.slack import SlackSandbox
from tests.builders import CHANNEL, REQUESTER
from tests.slack.api.test_directory import Seconds


async def test_a_channel_of_our_own_takes_everything_and_a_shared_one_does_not(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    check = ChannelCheck(client)
    assert await check.reason_against(CHANNEL) == ""
    slack.channels[CHANNEL].is_ext_shared = True
    assert await check.reason_against(CHANNEL) == SHARED


async def test_an_answer_counts_as_long_as_it_may(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    seconds = Seconds()
    check = ChannelCheck(client, seconds)
    assert await check.reason_against(CHANNEL, max_age=CACHE_SECONDS) == ""
    slack.channels[CHANNEL].is_ext_shared = True
    assert await check.reason_against(CHANNEL, max_age=CACHE_SECONDS) == ""
    seconds.now += CACHE_SECONDS
    assert await check.reason_against(CHANNEL, max_age=CACHE_SECONDS) == SHARED


async def test_what_slack_leaves_out_or_refuses_is_not_told(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    check = ChannelCheck(client)
    slack.fail("conversations.info", error="missing_scope")
    assert await check.reason_against(CHANNEL) == f"{NOT_TOLD} (missing_scope)"
    slack.withheld["conversations.info"] = ("channel.is_ext_shared",)
    assert await check.reason_against(CHANNEL) == NOT_TOLD


async def test_no_answer_is_none(slack: SlackSandbox, client: AsyncWebClient) -> None:
    slack.fail("conversations.info", status=503)
    with pytest.raises(SlackUnavailable):
        await ChannelCheck(client).reason_against(CHANNEL)


async def test_of_direct_messages_and_what_the_bot_cannot_see_nothing_is_asked_of_it(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    check = ChannelCheck(client)
    assert await check.reason_against(REQUESTER) == await check.reason_against("D0DIRECT") == ""
    assert slack.calls == []
    assert await check.reason_against("C0UNSEEN") == ""  # it takes nothing anyway
