"""Who is active, and who is in a channel, as Slack tells it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack import Person, SandboxError, SlackSandbox


@pytest.fixture
async def slack() -> AsyncIterator[SlackSandbox]:
    async with SlackSandbox(clock=lambda: 1_000.0) as sandbox:
        sandbox.add_person("U0OPERATOR", "operator", other_id="W0OPERATOR")
        sandbox.add_person("U0GONE", "gone", deleted=True)
        yield sandbox


@pytest.fixture
async def client(slack: SlackSandbox) -> AsyncIterator[AsyncWebClient]:
    async with aiohttp.ClientSession() as session:
        yield AsyncWebClient(
            slack.bot_token, base_url=slack.api_url, session=session, retry_handlers=[]
        )


async def error_of(client: AsyncWebClient, user: str) -> str:
    with pytest.raises(SlackApiError) as caught:
        await client.users_getPresence(user=user)
    return str(caught.value.response["error"])


@pytest.mark.parametrize("name", ["U0OPERATOR", "W0OPERATOR"])
async def test_of_another_person_the_presence_alone_is_told(
    slack: SlackSandbox, client: AsyncWebClient, name: str
) -> None:
    first = await client.users_getPresence(user=name)
    assert first.data == {"ok": True, "presence": "active"}
    slack.set_presence("U0OPERATOR", "away")
    second = await client.users_getPresence(user=name)
    assert second.data == {"ok": True, "presence": "away"}


async def test_of_the_app_itself_it_is_told_how_it_came_about(client: AsyncWebClient) -> None:
    answer = await client.api_call("users.getPresence")
    assert answer.data == {
        "ok": True,
        "presence": "active",
        "online": True,
        "auto_away": False,
        "manual_away": False,
        "connection_count": 1,
        "last_activity": 1000,
    }


async def test_who_left_is_away_and_who_never_was_is_not_found(client: AsyncWebClient) -> None:
    assert (await client.users_getPresence(user="U0GONE"))["presence"] == "away"
    assert await error_of(client, "U0NOBODY") == "user_not_found"


async def test_it_needs_the_scope_to_read_people(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    slack.scopes = "chat:write"
    assert await error_of(client, "U0OPERATOR") == "missing_scope"


@pytest.mark.parametrize(("user", "word"), [("U0OPERATOR", "busy"), ("U0NOBODY", "away")])
def test_nobody_is_set_to_what_slack_does_not_know(user: str, word: str) -> None:
    slack = SlackSandbox()
    slack.add_person("U0OPERATOR", "operator")
    with pytest.raises(SandboxError):
        slack.set_presence(user, word)
    assert slack.people["U0OPERATOR"].presence == "active"


def test_who_listens_is_told_of_each_change() -> None:
    slack = SlackSandbox()
    slack.add_person("U0OPERATOR", "operator")
    told: list[Person] = []
    slack.on_presence.append(told.append)
    slack.set_presence("U0OPERATOR", "away")
    assert [person.presence for person in told] == ["away"]


async def test_members_of_a_channel_come_in_pages(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    slack.add_channel("C0INC", "incident", members=["U0A", "U0B", "U0C"], bot_member=True)
    first = await client.conversations_members(channel="C0INC", limit=3)
    cursor = first["response_metadata"]["next_cursor"]
    second = await client.conversations_members(channel="C0INC", limit=3, cursor=cursor)
    assert [*first["members"], *second["members"]] == sorted(slack.channels["C0INC"].members)
    assert second["response_metadata"]["next_cursor"] == ""
    for wrong in ({"limit": 1_001}, {"cursor": "elsewhere"}):
        with pytest.raises(SlackApiError, match="invalid_"):
            await client.conversations_members(channel="C0INC", **wrong)
