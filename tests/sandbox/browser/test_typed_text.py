"""What Slack makes of a typed text, in a message and in a slash command."""

from __future__ import annotations

import pytest

from sandbox.browser.typed_text import markup
from sandbox.slack import SlackSandbox

MESSAGES = [
    ("hello", "hello"),
    ("@olga please", "<@U1> please"),
    ("@Olga Ops, please", "<@U1>, please"),
    ("@OLGA.", "<@U1>."),
    ("@olgas", "@olgas"),
    ("@olga-2", "@olga-2"),
    ("@nobody", "@nobody"),
    ("jo@olga", "jo@olga"),
    ("@continuity status", "<@U0BOT> status"),
    ("in #mail-outage", "in <#C1|mail-outage>"),
    ("in #mail-outages", "in #mail-outages"),
    ("in #board", "in #board"),
    ("@on-call look", "<!subteam^S1> look"),
    ("@channel @here @everyone", "<!channel> <!here> <!everyone>"),
    ("@channels", "@channels"),
    ("a < b && c > d", "a &lt; b &amp;&amp; c &gt; d"),
    ("<!channel> <@U1>", "&lt;!channel&gt; &lt;@U1&gt;"),
    ("mail jo@example.com now", "mail <mailto:jo@example.com|jo@example.com> now"),
    ("see https://example.com/a?b=1&c=2.", "see <https://example.com/a?b=1&amp;c=2>."),
    ("`@olga <x>` @olga", "`@olga &lt;x&gt;` <@U1>"),
    ("```\n@olga\n```", "```\n@olga\n```"),
    ("a" * 12_000, "a" * 12_000),
]
COMMANDS = [
    ("grant @olga operator", "grant <@U1|olga> operator"),
    ("grant @Olga Ops operator", "grant <@U1|olga> operator"),
    ("grant @on-call viewer", "grant <!subteam^S1|@on-call> viewer"),
    ("grant #mail-outage incident", "grant <#C1|mail-outage> incident"),
    ("show jo@example.com", "show <mailto:jo@example.com|jo@example.com>"),
    ("--reason a & b <c>", "--reason a &amp; b &lt;c&gt;"),
    ("`@olga`", "`<@U1|olga>`"),
]


@pytest.mark.parametrize(("typed", "sent"), MESSAGES, ids=lambda text: text[:40])
async def test_a_message(slack: SlackSandbox, typed: str, sent: str) -> None:
    assert markup(slack, "U1", typed, in_command=False) == sent


@pytest.mark.parametrize(("typed", "sent"), COMMANDS)
async def test_a_slash_command_has_labels(slack: SlackSandbox, typed: str, sent: str) -> None:
    assert markup(slack, "U1", typed, in_command=True) == sent


async def test_a_private_channel_is_a_name_for_its_members_alone(slack: SlackSandbox) -> None:
    assert markup(slack, "U2", "#board", in_command=False) == "<#C2|board>"
