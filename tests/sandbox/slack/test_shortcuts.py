"""Shortcuts: the global ones, and those in the menu of a message."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack import SandboxError, Shortcut, SlackSandbox
from tests.sandbox.slack.http_app import HttpApp, http_app
from tests.sandbox.slack.view_json import entry, modal

USER, CHANNEL = "U0OPERATOR", "C0INCIDENT"
SHORTCUTS = (Shortcut("propose", "global", "Propose"), Shortcut("keep", "message", "Keep"))


@pytest.fixture
async def slack() -> AsyncIterator[SlackSandbox]:
    async with SlackSandbox() as sandbox:
        sandbox.shortcuts = {one.callback_id: one for one in SHORTCUTS}
        sandbox.add_person(USER, "operator")
        sandbox.add_channel(CHANNEL, "incident", members=[USER])
        yield sandbox


@pytest.fixture
async def app(slack: SlackSandbox) -> AsyncIterator[HttpApp]:
    async with http_app(slack) as app:
        yield app


async def test_a_global_shortcut_has_neither_channel_nor_response_url(
    slack: SlackSandbox, app: HttpApp
) -> None:
    delivery = await slack.shortcut(USER, "propose", viewing=CHANNEL)
    payload = app.seen[0]
    assert (payload["type"], payload["callback_id"]) == ("shortcut", "propose")
    assert (payload["user"]["id"], payload["team"]["id"]) == (USER, "T0HOME")
    assert payload["trigger_id"] == delivery.trigger_id != ""
    assert payload["action_ts"]
    assert payload.keys() & {"channel", "response_url", "message", "view", "container"} == set()
    assert (delivery.status, delivery.channel, delivery.problem) == (200, "", "")


async def test_a_message_shortcut_has_the_message_its_channel_and_a_response_url(
    slack: SlackSandbox, app: HttpApp
) -> None:
    root = slack.post(CHANNEL, USER, "Mail is *down*")
    reply = slack.post(CHANNEL, slack.bot_user_id, "I know", thread_ts=root.ts)
    await slack.message_shortcut(USER, CHANNEL, root.ts, "keep")
    delivery = await slack.message_shortcut(USER, CHANNEL, reply.ts, "keep")
    first, second = app.seen
    assert (first["type"], first["callback_id"]) == ("message_action", "keep")
    assert (first["channel"], first["message_ts"]) == ({"id": CHANNEL, "name": "incident"}, root.ts)
    expected = {"type": "message", "user": USER, "text": "Mail is *down*", "ts": root.ts}
    assert first["message"] | expected == first["message"]
    assert (first["message"]["thread_ts"], second["message"]["thread_ts"]) == (root.ts, root.ts)
    assert second["message"]["bot_id"] == slack.bot_id
    assert second["response_url"] == delivery.response_url != ""
    client = AsyncWebClient("xoxb-sandbox", base_url=slack.api_url)
    await client.views_open(trigger_id=delivery.trigger_id, view=modal(entry()))


async def test_the_name_of_a_private_channel_is_hidden(slack: SlackSandbox, app: HttpApp) -> None:
    slack.add_channel("C0SECRET", "secret", members=[USER], is_private=True)
    message = slack.post("C0SECRET", USER, "x")
    await slack.message_shortcut(USER, "C0SECRET", message.ts, "keep")
    assert app.seen[0]["channel"]["name"] == "privategroup"


async def test_only_a_registered_shortcut_is_offered_and_only_where_it_belongs(
    slack: SlackSandbox,
) -> None:
    message = slack.post(CHANNEL, USER, "x")
    for callback_id in ("unknown", "keep"):
        with pytest.raises(SandboxError, match="no global shortcut"):
            await slack.shortcut(USER, callback_id)
    for callback_id in ("unknown", "propose"):
        with pytest.raises(SandboxError, match="no message shortcut"):
            await slack.message_shortcut(USER, CHANNEL, message.ts, callback_id)
    assert slack.deliveries == []


async def test_what_has_no_menu_has_no_shortcut(slack: SlackSandbox) -> None:
    """A message for one person alone, a deleted one, and one that the person does not see."""
    slack.add_person("U0OTHER", "other")
    message = slack.post(CHANNEL, USER, "x")
    alone = slack.post_ephemeral(CHANNEL, USER, "x", via="ack")
    deleted = slack.post(CHANNEL, USER, "x")
    slack.delete(deleted)
    for user, ts in ((USER, alone.ts), (USER, deleted.ts), ("U0OTHER", message.ts)):
        with pytest.raises(SandboxError, match="sees no message"):
            await slack.message_shortcut(user, CHANNEL, ts, "keep")


async def test_a_message_shortcut_that_is_not_acknowledged_is_said_to_the_person(
    slack: SlackSandbox, app: HttpApp
) -> None:
    app.reply = 500
    message = slack.post(CHANNEL, USER, "x")
    delivery = await slack.message_shortcut(USER, CHANNEL, message.ts, "keep")
    assert delivery.problem == "dispatch_failed"
    assert [one.user for one in slack.ephemerals] == [USER]
    assert (await slack.shortcut(USER, "propose")).problem == "dispatch_failed"
