"""A phone shows what Slack would show: to whom, and in which words."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sandbox.browser import BrowserServer
from sandbox.browser.dates import format_date
from sandbox.browser.plain_text import plain_text
from sandbox.slack import File, SlackSandbox
from tests.sandbox.browser.window import Window

NOW = 1_800_000_000  # Friday, 15 January 2027, 08:00 UTC: 09:00 in Berlin, 03:00 in New York
HOUR = 3600
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("Mail is *down* for _all_ ~of them~", "Mail is down for all of them"),
        ("*_both_* and `a*b*c` and a*b*c", "both and a*b*c and a*b*c"),
        ("2 * 3 * 4 and snake_case_name", "2 * 3 * 4 and snake_case_name"),
        ("<@U1> asks <@U9|eve> and <@U8>", "@olga asks @eve and @U8"),
        ("*<@U1>* <!subteam^S1> <!subteam^S9|@them>", "@olga @on-call @them"),
        ("in <#C1> or <#C9|other> or <#C8>", "in #mail-outage or #other or 🔒 private channel"),
        ("<!channel> <!here> <!everyone>", "@channel @here @everyone"),
        ("&lt;!channel&gt; a &amp; b &amp;lt;", "<!channel> a & b &lt;"),
        ("<https://example.com/a_b_c|the *log*>", "the log"),
        ("<https://example.com/a_b_c?x&amp;y>", "https://example.com/a_b_c?x&y"),
        ("<mailto:jo@example.com|jo@example.com> <mailto:a@b.c>", "jo@example.com a@b.c"),
        ("&gt; quoted\n&gt;&gt;&gt; all\nof it", "quoted\nall\nof it"),
        ("```\n*code* &lt;\n<https://x.y|x>\n```", "*code* <\nx"),
        ("<https://example.com|`code`>", "code"),
        ("<weird> <!unknown> <!unknown|label>", "<weird> <unknown> label"),
        (f"at <!date^{NOW}^{{date_short_pretty}} {{time_secs}}|then>", "at Today 03:00:00"),
        (f"<!date^{NOW}^{{date_pretty}}^https://example.com|then>", "Today"),
        ("<!date^x^{time}|then> <!date^1e30^{time}|then>", "then then"),
        ("\ue0000\ue001 *a*", "0 a"),
    ],
)
async def test_a_text_without_its_markup(slack: SlackSandbox, sent: str, shown: str) -> None:
    assert plain_text(slack, sent, slack.people["U2"]) == shown


@pytest.mark.parametrize("piece", ["*a _b ~c <d ", "*", "*_~", "<!date^", "`", "&gt;", "<<"])
async def test_a_text_without_end_is_shown_at_once(slack: SlackSandbox, piece: str) -> None:
    assert plain_text(slack, piece * 4000, slack.people["U2"])


@pytest.mark.parametrize("tz", ["Nowhere/Land", "/etc/passwd", ""])
async def test_an_unknown_zone_is_utc(slack: SlackSandbox, tz: str) -> None:
    slack.people["U2"].tz = tz
    assert plain_text(slack, f"<!date^{NOW}^{{time}}|x>", slack.people["U2"]) == "08:00"


@pytest.mark.parametrize(
    ("at", "form", "shown"),
    [
        (NOW, "{date_num} {date_slash}", "2027-01-15 15/01/2027"),
        (NOW, "{date}", "January 15th"),
        (NOW, "{date_short}, {date_long}", "Jan 15, Friday, January 15th"),
        (NOW, "{date_long_full}", "January 15, 2027"),
        (NOW - 24 * HOUR, "{date_pretty}", "Yesterday"),
        (NOW + 24 * HOUR, "on {date_short_pretty}", "on tomorrow"),
        (NOW - 9.5 * HOUR, "{date_long_pretty}", "Yesterday"),
        (NOW - 48 * HOUR, "{date_long_pretty}", "Wednesday, January 13th"),
        (NOW - 200 * 24 * HOUR, "{date_short}", "Jun 29, 2026"),
        (NOW - 15 * 24 * HOUR, "{day_divider_pretty}", "Thursday, December 31st, 2026"),
        (NOW + 7 * 24 * HOUR, "{date}", "January 22nd"),
        (NOW + 8 * 24 * HOUR, "{date}", "January 23rd"),
        (NOW - 3 * 24 * HOUR, "{date}", "January 12th"),
        (NOW + 5 * HOUR, "{time}", "14:00"),
        (NOW + 3 * HOUR, "{time_secs}", "12:00:00"),
        (NOW - 9 * HOUR + 61, "{time_secs}", "00:01:01"),
        (NOW - 90, "{ago}", "1 minute ago"),
        (NOW + 2 * HOUR, "{ago}", "In 2 hours"),
        (NOW, "{ago} {unknown}", "0 seconds ago {unknown}"),
    ],
)
def test_a_date_in_the_zone_of_the_reader(at: float, form: str, shown: str) -> None:
    assert format_date(at, form, BERLIN, NOW) == shown


async def test_a_mention_is_notified_with_what_a_phone_shows(
    slack: SlackSandbox, server: BrowserServer, window: Window
) -> None:
    message = slack.post("C1", slack.bot_user_id, "*APPROVAL* <@U2>: 1,284 users")
    sent = await window.event("notification")
    assert sent == {
        "number": 1,
        "person": "U2",
        "at": NOW,
        "title": "#mail-outage",
        "sender": "Continuity",
        "text": "APPROVAL @ada: 1,284 users",
        "message": f"C1:{message.ts}",
        "mention": True,
    }
    async with Window(server.url) as other:
        assert other.snapshot["notifications"] == [sent]


async def test_a_direct_message_is_notified(slack: SlackSandbox, window: Window) -> None:
    slack.post("DU2", slack.bot_user_id, "Only for you")
    sent = await window.event("notification")
    assert (sent["title"], sent["sender"], sent["mention"]) == ("Continuity", "Continuity", False)


def button(text: str) -> list[dict[str, Any]]:
    return [{"type": "section", "text": {"type": "mrkdwn", "text": text}}]


async def notified(slack: SlackSandbox, window: Window) -> list[str]:
    """Return the texts of all notifications so far."""
    end = slack.post("C2", slack.bot_user_id, "<@U2> the end")
    await window.event("notification", lambda one: one["message"] == f"C2:{end.ts}")
    return [one["text"] for name, one in window.events if name == "notification"][:-1]


async def test_who_is_called_by_group_by_all_or_in_a_block(
    slack: SlackSandbox, server: BrowserServer, window: Window
) -> None:
    server.phones.add("U1")
    slack.post("C1", "U0BOT", "1 <!subteam^S1>")
    slack.post("C1", "U0BOT", "2 <!here>")
    slack.post("C1", "U0BOT", "3", button("<@U2>"))
    slack.post("C1", "U0BOT", "4 &lt;@U2&gt; @ada")
    assert await notified(slack, window) == ["1 @on-call", "2 @here", "2 @here", "3"]


async def test_a_channel_is_notified_where_every_message_is_wanted(
    slack: SlackSandbox, server: BrowserServer, window: Window
) -> None:
    first = slack.post("C1", "U1", "before")
    server.notify_all.add("C1")
    slack.post("C1", "U1", "after")
    slack.post("C1", "U1", "in a thread", thread_ts=first.ts)
    slack.post("C1", "U2", "their own")
    assert await notified(slack, window) == ["after"]


async def test_who_takes_part_in_a_thread_gets_its_replies(
    slack: SlackSandbox, window: Window
) -> None:
    own = slack.post("C1", "U2", "root of ada")
    other = slack.post("C1", "U1", "root of olga")
    calling = slack.post("C1", "U1", "root for <@U2>")
    slack.post("C1", "U1", "1", thread_ts=own.ts)
    slack.post("C1", "U1", "2", thread_ts=other.ts)
    slack.post("C1", "U2", "3", thread_ts=other.ts)
    slack.post("C1", "U1", "4", thread_ts=other.ts)
    slack.post("C1", "U1", "5", thread_ts=calling.ts)
    assert await notified(slack, window) == ["root for @ada", "1", "4", "5"]


async def test_who_is_not_notified(
    slack: SlackSandbox, server: BrowserServer, window: Window
) -> None:
    server.phones.add("U1")
    message = slack.post("C1", "U0BOT", "quiet")
    slack.update(message, "now <@U2>", None)
    slack.post_ephemeral("C1", "U2", "<@U2>", via="ack")
    slack.post("C1", "U2", "I am <@U2>")
    slack.post("C2", "U0BOT", "<@U1> is not in this channel")
    server.phones.discard("U2")
    slack.post("C1", "U0BOT", "<@U2> without a phone")
    server.phones.add("U2")
    assert await notified(slack, window) == []


async def test_a_long_text_is_cut_and_no_text_is_said_so(
    slack: SlackSandbox, server: BrowserServer, window: Window
) -> None:
    server.notify_all.add("C1")
    slack.post("C1", "U1", "x" * 240)
    slack.post("C1", "U1", "x" * 238 + " " + "yy")
    slack.post("C1", "U0BOT", "", button("only here"))
    file = slack.files.setdefault("F1", _file())
    slack.post("C1", "U0BOT", "", files=[file])
    assert await notified(slack, window) == [
        "x" * 240,
        "x" * 238 + "…",
        "This content can't be displayed.",
        "Uploaded a file: users.csv",
    ]


def _file() -> File:
    return File("F1", "users.csv", "U0BOT", 3)


async def test_the_latest_notifications_are_kept(
    slack: SlackSandbox, server: BrowserServer, window: Window
) -> None:
    server.notify_all.add("C1")
    for number in range(510):
        slack.post("C1", "U1", f"message {number}")
    async with Window(server.url) as other:
        texts = [one["text"] for one in other.snapshot["notifications"]]
    assert (len(texts), texts[0], texts[-1]) == (500, "message 10", "message 509")
