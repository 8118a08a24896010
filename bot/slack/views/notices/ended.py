"""What the requester is told directly when their change has ended."""

from __future__ import annotations

from bot.domain.change import Change
from bot.slack.views.mrkdwn import Blocks, channel_mention, context, fit_lines, section
from bot.slack.views.texts import reach as texts

# The first lines of the outcome, and of their characters: the rest stands in the channel.
MAX_LINES, MAX_CHARS = 4, 1000


def ended(change: Change, text: str, outcome: Blocks, link: str) -> tuple[str, Blocks]:
    """Return the notification ``text`` and blocks: header and first lines of the ``outcome``.

    ``link`` leads to it, or to the card; "" where neither is posted in the channel.
    """
    head = [block for block in outcome if block["type"] == "header"]
    told = next((one["text"]["text"] for one in outcome if one["type"] == "section"), "")
    lines = told.split("\n")[:MAX_LINES]
    channel = channel_mention(change.channel)
    where = texts.YOURS_ENDED.format(change=change.id, channel=channel, link=link)
    return text, [*head, section(fit_lines(lines, MAX_CHARS)), context(where.rstrip())]
