"""The state of the simulated workspace: watching, waiting, live mentions."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from sandbox.slack import SandboxError, SlackSandbox, notifications


@pytest.fixture
def slack() -> SlackSandbox:
    sandbox = SlackSandbox()
    sandbox.add_channel("C0INCIDENT", "incident")
    return sandbox


def text_block(kind: str, text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": kind, "text": text}}


@pytest.mark.parametrize(
    ("text", "live"),
    [
        ("<!channel> down", ["<!channel>"]),
        ("<!here|here> <!everyone>", ["<!here>", "<!everyone>"]),
        ("<@U1|name> <!subteam^S1|@mail>", ["<@U1>", "<!subteam^S1>"]),
        ("&lt;!channel&gt; @channel <!date^1^{time}|x> <#C1|x> <https://x.y>", []),
    ],
)
async def test_live_mentions_are_found_in_text_and_mrkdwn_only(
    slack: SlackSandbox, text: str, live: list[str]
) -> None:
    fallback = slack.post("C0INCIDENT", "U0BOT", text)
    mrkdwn = slack.post("C0INCIDENT", "U0BOT", "", [text_block("mrkdwn", text)])
    plain = slack.post("C0INCIDENT", "U0BOT", "", [text_block("plain_text", text)])
    whispered = slack.post_ephemeral("C0INCIDENT", "U1", text, via="ack")
    assert [notifications(m) for m in (fallback, mrkdwn, whispered)] == [live] * 3
    assert notifications(plain) == []


async def test_rich_text_mentions_are_live(slack: SlackSandbox) -> None:
    elements = [
        {"type": "text", "text": "<!channel>"},
        {"type": "broadcast", "range": "here"},
        {"type": "user", "user_id": "U1"},
        {"type": "usergroup", "usergroup_id": "S1"},
    ]
    rich = {
        "type": "rich_text",
        "elements": [{"type": "rich_text_section", "elements": elements}],
    }
    message = slack.post("C0INCIDENT", "U0BOT", "", [rich])
    assert notifications(message) == ["<!here>", "<@U1>", "<!subteam^S1>"]


async def test_every_change_is_told_to_who_watches(slack: SlackSandbox) -> None:
    told: list[str] = []
    slack.on_change.append(lambda kind, _: told.append(kind))
    message = slack.post("C0INCIDENT", "U0BOT", "one")
    slack.update(message, "two", None)
    slack.post_ephemeral("C0INCIDENT", "U1", "psst", via="slack")
    slack.delete(message)
    assert told == ["posted", "updated", "ephemeral", "deleted"]


async def test_waiting_ends_when_it_becomes_true(slack: SlackSandbox) -> None:
    waiting = asyncio.create_task(slack.wait_for(lambda s: s.channel_messages("C0INCIDENT")))
    await asyncio.sleep(0)
    assert not waiting.done()
    slack.post("C0INCIDENT", "U0BOT", "there")
    assert [message.text for message in await waiting] == ["there"]


async def test_waiting_in_vain_says_what_was_said(slack: SlackSandbox) -> None:
    slack.post("C0INCIDENT", "U0BOT", "something else")
    with pytest.raises(TimeoutError, match="something else"):
        await slack.wait_for(lambda _: None, timeout=0.01)


async def test_a_reply_to_a_reply_stays_in_the_thread(slack: SlackSandbox) -> None:
    root = slack.post("C0INCIDENT", "U0BOT", "root")
    reply = slack.post("C0INCIDENT", "U0BOT", "reply", thread_ts=root.ts)
    slack.post("C0INCIDENT", "U0BOT", "deeper", thread_ts=reply.ts)
    assert [m.text for m in slack.thread("C0INCIDENT", root.ts)] == ["reply", "deeper"]
    assert [m.text for m in slack.channel_messages("C0INCIDENT")] == ["root"]


async def test_timestamps_rise_even_when_the_clock_stands() -> None:
    slack = SlackSandbox(clock=lambda: 5.0)
    stamps = [slack.next_ts() for _ in range(3)]
    assert stamps == ["5.000000", "5.000001", "5.000002"]


async def test_blocks_get_ids_and_the_senders_stay_untouched(slack: SlackSandbox) -> None:
    button = {"type": "button", "text": {"type": "plain_text", "text": "Go"}}
    sent = [{"type": "actions", "elements": [button]}]
    message = slack.post("C0INCIDENT", "U0BOT", "card", sent)
    [(action_id, kept)] = slack.buttons(message).items()
    assert kept["block_id"] == message.blocks[0]["block_id"]
    assert action_id
    assert sent == [{"type": "actions", "elements": [button]}]
    assert "action_id" not in button


@pytest.mark.parametrize(
    ("channel", "name"),
    [
        ("C0INCIDENT", "incident"),
        ("C0SECRET", "privategroup"),
        ("DU0OPERATOR", "directmessage"),
        ("C0NOWHERE", "c0nowhere"),
    ],
)
async def test_a_command_tells_the_channels_name_as_slack_does(
    slack: SlackSandbox, channel: str, name: str
) -> None:
    slack.add_channel("C0SECRET", "secret", is_private=True)
    slack.direct_channel("U0OPERATOR")
    delivery = await slack.command("U0OPERATOR", channel, "help")
    assert delivery.payload["channel_name"] == name
    assert (delivery.user, delivery.channel) == ("U0OPERATOR", channel)
    await slack.stop()


async def test_a_choice_in_a_message_needs_its_value(slack: SlackSandbox) -> None:
    options = [{"text": {"type": "plain_text", "text": "A"}, "value": "a"}]
    select = {"type": "static_select", "action_id": "pick", "options": options}
    message = slack.post("C0INCIDENT", "U0BOT", "x", [{"type": "actions", "elements": [select]}])
    with pytest.raises(SandboxError, match="say which"):
        await slack.click("U1", "C0INCIDENT", message.ts, "pick")
    delivery = await slack.click("U1", "C0INCIDENT", message.ts, "pick", value="a")
    assert delivery.payload["actions"][0]["selected_option"] == options[0]
