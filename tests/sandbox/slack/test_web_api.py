"""The simulated Web API as slack_sdk's own client sees it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack import SlackSandbox

SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "hello"}}


@pytest.fixture
async def slack() -> AsyncIterator[SlackSandbox]:
    async with SlackSandbox() as sandbox:
        sandbox.scopes += ",im:read,im:write"
        sandbox.add_person("U0OPERATOR", "operator")
        sandbox.add_channel("C0INCIDENT", "incident", members=["U0OPERATOR"])
        sandbox.add_channel("C0OTHER", "other", bot_member=False)
        sandbox.add_channel("C0SECRET", "secret", bot_member=False, is_private=True)
        sandbox.add_channel("C0OLD", "old", is_archived=True)
        sandbox.add_usergroup("S0MAIL", "mail", ["U0OPERATOR"])
        sandbox.add_usergroup("S0GONE", "gone", disabled=True)
        yield sandbox


@pytest.fixture
async def client(slack: SlackSandbox) -> AsyncIterator[AsyncWebClient]:
    async with aiohttp.ClientSession() as session:
        yield client_of(slack, session, "xoxb-sandbox")


def client_of(slack: SlackSandbox, session: aiohttp.ClientSession, token: str) -> AsyncWebClient:
    return AsyncWebClient(token, base_url=slack.api_url, session=session, retry_handlers=[])


async def test_a_bot_learns_who_it_is(slack: SlackSandbox, client: AsyncWebClient) -> None:
    slack.scopes = "commands,users:read"
    who = await client.auth_test()
    assert (who["team_id"], who["user_id"], who["bot_id"]) == ("T0HOME", "U0BOT", "B0CONTINUITY")
    assert who.headers["x-oauth-scopes"] == "commands,users:read"
    bot = await client.bots_info(bot=who["bot_id"])
    assert bot["bot"]["app_id"] == "A0CONTINUITY"


async def test_every_answer_is_dated_by_the_clock_of_the_sandbox(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    slack.clock = lambda: 1_773_457_445.5
    dates = [(await client.auth_test()).headers["Date"]]
    with pytest.raises(SlackApiError) as refused:
        await client.users_info(user="U0NOBODY")
    dates.append(refused.value.response.headers["Date"])
    assert dates == ["Sat, 14 Mar 2026 03:04:05 GMT"] * 2


async def test_in_a_grid_a_person_has_two_ids_and_several_workspaces(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    slack.enterprise_id = "E0GROUP"
    teams = ("T0OTHER", "T0HOME")
    slack.add_person("U0GRID", "grid", team_id="T0OTHER", teams=teams, other_id="W0GRID")
    told = [(await client.users_info(user=one))["user"] for one in ("U0GRID", "W0GRID")]
    assert told[0] == told[1]
    assert (told[0]["id"], told[0]["team_id"]) == ("U0GRID", "T0OTHER")
    enterprise = told[0]["enterprise_user"]
    assert (enterprise["id"], enterprise["teams"]) == ("W0GRID", ["T0OTHER", "T0HOME"])
    me = await client.auth_test()
    assert (me["enterprise_id"], me["team_id"]) == ("E0GROUP", "T0HOME")
    slack.org_install = True
    me = await client.auth_test()
    assert (me["is_enterprise_install"], me["team_id"]) == (True, "E0GROUP")


async def test_a_person_is_told_with_what_bars_him(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    slack.add_person("U0GUEST", "guest", is_restricted=True)
    slack.add_person("U0STRANGER", "stranger", is_stranger=True, team_id="T0AWAY")
    slack.add_person("U0GONE", "gone", deleted=True)
    guest = (await client.users_info(user="U0GUEST"))["user"]
    assert (guest["is_restricted"], guest["is_ultra_restricted"], guest["deleted"]) == (
        True,
        False,
        False,
    )
    stranger = (await client.users_info(user="U0STRANGER"))["user"]
    assert (stranger["is_stranger"], stranger["team_id"]) == (True, "T0AWAY")
    gone = (await client.users_info(user="U0GONE"))["user"]
    assert gone["deleted"] is True
    assert "is_restricted" not in gone


async def test_groups_tell_their_members_on_request(client: AsyncWebClient) -> None:
    listed = (await client.usergroups_list(include_users=True))["usergroups"]
    assert [(group["id"], group["users"]) for group in listed] == [("S0MAIL", ["U0OPERATOR"])]
    bare = (await client.usergroups_list(include_disabled=True))["usergroups"]
    assert [group["id"] for group in bare] == ["S0MAIL", "S0GONE"]
    assert "users" not in bare[0]


async def test_a_channel_tells_membership_and_sharing(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    slack.channels["C0OTHER"].is_ext_shared = True
    inside = (await client.conversations_info(channel="C0INCIDENT"))["channel"]
    outside = (await client.conversations_info(channel="C0OTHER"))["channel"]
    assert (inside["name"], inside["is_member"], inside["is_ext_shared"]) == (
        "incident",
        True,
        False,
    )
    assert (outside["is_member"], outside["is_ext_shared"], outside["is_shared"]) == (
        False,
        True,
        True,
    )


async def test_a_message_is_posted_answered_and_changed(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    posted = await client.chat_postMessage(
        channel="C0INCIDENT",
        text="one",
        blocks=[SECTION],
        metadata={"event_type": "card", "event_payload": {"id": "C-1"}},
    )
    reply = await client.chat_postMessage(channel="C0INCIDENT", text="step", thread_ts=posted["ts"])
    await client.chat_update(channel="C0INCIDENT", ts=posted["ts"], text="two", blocks=[])
    [card] = slack.channel_messages("C0INCIDENT")
    assert (card.text, card.blocks, card.edited, card.user) == ("two", [], True, "U0BOT")
    assert card.metadata == {"event_type": "card", "event_payload": {"id": "C-1"}}
    assert [revision.text for revision in card.history] == ["one", "two"]
    assert [m.ts for m in slack.thread("C0INCIDENT", card.ts)] == [reply["ts"]]
    assert float(reply["ts"]) > float(posted["ts"])


async def test_the_app_deletes_its_own_messages_alone(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    posted = await client.chat_postMessage(channel="C0INCIDENT", text="one")
    await client.chat_delete(channel="C0INCIDENT", ts=posted["ts"])
    assert slack.channel_messages("C0INCIDENT") == []
    other = slack.post("C0INCIDENT", "U0OPERATOR", "mine", [])
    with pytest.raises(SlackApiError, match="cant_delete_message"):
        await client.chat_delete(channel="C0INCIDENT", ts=other.ts)


async def test_blocks_that_are_not_given_stay(slack: SlackSandbox, client: AsyncWebClient) -> None:
    posted = await client.chat_postMessage(channel="C0INCIDENT", text="one", blocks=[SECTION])
    await client.chat_update(channel="C0INCIDENT", ts=posted["ts"], text="two")
    [card] = slack.channel_messages("C0INCIDENT")
    assert card.blocks[0]["text"]["text"] == "hello"
    assert card.blocks[0]["block_id"]


async def test_a_form_with_blocks_as_json_is_read_too(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    form = {"channel": "C0INCIDENT", "blocks": '[{"type": "divider"}]'}
    await client.api_call("chat.postMessage", data=form)
    assert slack.messages[0].blocks[0]["type"] == "divider"


async def test_a_message_to_a_person_goes_to_a_direct_channel(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    direct = (await client.conversations_open(users="U0OPERATOR"))["channel"]["id"]
    posted = await client.chat_postMessage(channel="U0OPERATOR", text="psst")
    assert posted["channel"] == direct
    assert direct.startswith("D")
    assert (await client.conversations_info(channel=direct))["channel"]["user"] == "U0OPERATOR"


async def test_an_ephemeral_message_is_seen_by_one(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    await client.chat_postEphemeral(channel="C0INCIDENT", user="U0OPERATOR", text="only you")
    [seen] = slack.ephemerals
    assert (seen.user, seen.text, seen.via) == ("U0OPERATOR", "only you", "chat.postEphemeral")
    assert slack.messages == []


async def test_a_permalink_leads_to_a_message_and_its_thread(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    root = slack.post("C0INCIDENT", "U0OPERATOR", "hi")
    reply = slack.post("C0INCIDENT", "U0OPERATOR", "ho", thread_ts=root.ts)
    link = await client.chat_getPermalink(channel="C0INCIDENT", message_ts=root.ts)
    deep = await client.chat_getPermalink(channel="C0INCIDENT", message_ts=reply.ts)
    assert link["permalink"].endswith(f"/archives/C0INCIDENT/p{root.ts.replace('.', '')}")
    assert deep["permalink"].endswith(f"?thread_ts={root.ts}&cid=C0INCIDENT")


@pytest.mark.parametrize(
    ("method", "arguments", "code"),
    [
        ("bots.info", {"bot": "B0OTHER"}, "bot_not_found"),
        ("users.info", {"user": "U0NOBODY"}, "user_not_found"),
        ("conversations.info", {"channel": "C0NONE"}, "channel_not_found"),
        ("conversations.info", {"channel": "C0SECRET"}, "channel_not_found"),
        ("conversations.open", {"users": "U0NOBODY"}, "user_not_found"),
        ("chat.postMessage", {"channel": "C0NONE", "text": "x"}, "channel_not_found"),
        ("chat.postMessage", {"channel": "C0SECRET", "text": "x"}, "channel_not_found"),
        ("chat.postMessage", {"channel": "C0OTHER", "text": "x"}, "not_in_channel"),
        ("chat.postMessage", {"channel": "C0OLD", "text": "x"}, "is_archived"),
        ("chat.postMessage", {"channel": "U0BOT", "text": "x"}, "cannot_dm_bot"),
        ("chat.postMessage", {"channel": "C0INCIDENT"}, "no_text"),
        ("chat.postMessage", {"channel": "C0INCIDENT", "text": "x" * 40_001}, "msg_too_long"),
        (
            "chat.postMessage",
            {"channel": "C0INCIDENT", "text": "x", "blocks": "[1"},
            "invalid_blocks_format",
        ),
        (
            "chat.postMessage",
            {"channel": "C0INCIDENT", "text": "x", "thread_ts": "1.1"},
            "thread_not_found",
        ),
        (
            "chat.postMessage",
            {"channel": "C0INCIDENT", "text": "x", "metadata": {"a": 1}},
            "invalid_metadata_format",
        ),
        ("chat.update", {"channel": "C0NONE", "ts": "1.1", "text": "x"}, "channel_not_found"),
        ("chat.update", {"channel": "C0INCIDENT", "ts": "1.1", "text": "x"}, "message_not_found"),
        ("chat.delete", {"channel": "C0INCIDENT", "ts": "1.1"}, "message_not_found"),
        (
            "chat.postEphemeral",
            {"channel": "C0INCIDENT", "user": "U0NOBODY", "text": "x"},
            "user_not_in_channel",
        ),
        (
            "chat.postEphemeral",
            {"channel": "C0OTHER", "user": "U0OPERATOR", "text": "x"},
            "not_in_channel",
        ),
        (
            "chat.getPermalink",
            {"channel": "C0INCIDENT", "message_ts": "1.1"},
            "message_not_found",
        ),
        ("apps.connections.open", {}, "not_allowed_token_type"),
        ("chat.dance", {}, "unknown_method"),
    ],
)
async def test_what_cannot_be_done_is_answered_with_slacks_code(
    slack: SlackSandbox,
    client: AsyncWebClient,
    method: str,
    arguments: dict[str, Any],
    code: str,
) -> None:
    with pytest.raises(SlackApiError) as caught:
        await client.api_call(method, json=arguments)
    assert caught.value.response["error"] == code
    assert caught.value.response.status_code == 200
    assert [(refused.method, refused.error) for refused in slack.refused] == [(method, code)]


@pytest.mark.parametrize("change", ["foreign", "archived", "deleted", "empty"])
async def test_only_the_bots_own_standing_messages_can_be_changed(
    slack: SlackSandbox, client: AsyncWebClient, change: str
) -> None:
    message = slack.post("C0INCIDENT", "U0OPERATOR" if change == "foreign" else "U0BOT", "hi")
    slack.channels["C0INCIDENT"].is_archived = change == "archived"
    if change == "deleted":
        slack.delete(message)
    text = {} if change == "empty" else {"text": "new"}
    with pytest.raises(SlackApiError) as caught:
        await client.api_call(
            "chat.update", json={"channel": "C0INCIDENT", "ts": message.ts, **text}
        )
    codes = {
        "foreign": "cant_update_message",
        "archived": "is_archived",
        "deleted": "message_not_found",
        "empty": "no_text",
    }
    assert caught.value.response["error"] == codes[change]
    assert message.text == "hi"


async def test_an_update_takes_less_text_than_a_message(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    posted = await client.chat_postMessage(channel="C0INCIDENT", text="x" * 4_001)
    await client.chat_update(channel="C0INCIDENT", ts=posted["ts"], text="y" * 4_000)
    with pytest.raises(SlackApiError) as caught:
        await client.chat_update(channel="C0INCIDENT", ts=posted["ts"], text="z" * 4_001)
    assert caught.value.response["error"] == "msg_too_long"
    assert slack.messages[0].text == "y" * 4_000


async def test_what_only_one_person_sees_cannot_be_changed(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    told = await client.chat_postEphemeral(channel="C0INCIDENT", user="U0OPERATOR", text="no")
    with pytest.raises(SlackApiError) as caught:
        await client.chat_update(channel="C0INCIDENT", ts=told["message_ts"], text="yes")
    assert caught.value.response["error"] == "message_not_found"
    assert slack.ephemerals[0].text == "no"


@pytest.mark.parametrize(("token", "code"), [("xoxb-other", "invalid_auth"), ("", "not_authed")])
async def test_a_wrong_token_opens_nothing(slack: SlackSandbox, token: str, code: str) -> None:
    async with aiohttp.ClientSession() as session:
        with pytest.raises(SlackApiError) as caught:
            await client_of(slack, session, token).auth_test()
    assert caught.value.response["error"] == code


async def test_a_scope_that_was_not_granted_is_named(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    slack.scopes = "commands,channels:read"
    await client.conversations_info(channel="C0INCIDENT")
    slack.channels["C0INCIDENT"].is_private = True
    for call in (
        client.conversations_info(channel="C0INCIDENT"),
        client.chat_postMessage(channel="C0INCIDENT", text="x"),
    ):
        with pytest.raises(SlackApiError) as caught:
            await call
        assert caught.value.response["error"] == "missing_scope"
        assert caught.value.response["provided"] == "commands,channels:read"
    assert caught.value.response["needed"] == "chat:write"


@pytest.mark.parametrize("body", ["[]", "{"])
async def test_a_body_that_is_no_object_is_refused(slack: SlackSandbox, body: str) -> None:
    async with aiohttp.ClientSession() as session:
        post = session.post(
            f"{slack.api_url}auth.test", data=body, headers={"Content-Type": "application/json"}
        )
        async with post as response:
            assert await response.json() == {"ok": False, "error": "json_not_object"}


async def test_every_call_is_kept_without_its_token(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    await client.users_info(user="U0OPERATOR")
    await client.api_call("auth.test", data={"token": "xoxb-sandbox"})
    assert [(call.method, call.payload) for call in slack.calls] == [
        ("users.info", {"user": "U0OPERATOR"}),
        ("auth.test", {}),
    ]
