"""Checks of a message: within Slack's limits, and typed text is never active mrkdwn."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from bot.slack.views.mrkdwn import Blocks
from sandbox.slack import notifications
from sandbox.slack.blocks.limits import check_message
from sandbox.slack.model import Message

# Slack advises 4,000 characters of text and takes about 12,000 in all (slack-rules.md, "Size").
ADVISED, ALL_TEXT = 4_000, 12_000

_OURS = re.compile(
    r"<@[UW][A-Z0-9]+>|<#C0INCIDENT>|<!subteam\^S0ONCALL>"
    r"|<!date\^\d+\^\{date_short_pretty\} \{time_secs\}\|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC>"
    r"|<!date\^\d+\^\{time\}\|\d\d:\d\d UTC>"
    r"|<https?://[^<>|\s]+/archives/[A-Z0-9]+/p\d+\|(?:C-[0-9A-Z]+|Open the card|Open it)>"
)
_ENTITY = re.compile(r"&(?:amp|lt|gt);")


def check(text: str, blocks: Blocks) -> None:
    """Fail where Slack would refuse the message, or text typed by people is live in it."""
    check_message(text, blocks)
    assert len(text) <= ADVISED
    assert len(text) + sum(len(one["text"]) for one in texts(blocks)) < ALL_TEXT
    inert(text)
    for one in texts(blocks):
        if one["type"] == "mrkdwn":
            inert(one["text"])
            assert one["verbatim"] is True, "Slack would link names and mentions in typed text"
    mentioned = notifications(Message("1.1", "C1", "U1", text, blocks))
    mentioned = [one for one in mentioned if one != "<!subteam^S0ONCALL>"]
    assert all(one.startswith("<@U0") and one != "<@U0VICTIM>" for one in mentioned)


def inert(text: str) -> None:
    """Fail where anything but our own mentions, dates and links is live, or an entity is cut."""
    rest = _OURS.sub("", text)
    assert "<" not in rest, rest
    assert ">" not in rest, rest
    assert "&" not in _ENTITY.sub("", rest), rest


def reply(text: str) -> str:
    """Return a reply that is text alone; fail where it is too long, or typed text is live in it."""
    assert 0 < len(text) <= ADVISED
    inert(text)
    return text


def texts(value: Any) -> Iterator[dict[str, Any]]:
    """Every text object in blocks, also those of buttons and dialogs."""
    if isinstance(value, list):
        for item in value:
            yield from texts(item)
    elif isinstance(value, dict):
        if value.get("type") in {"mrkdwn", "plain_text"}:
            yield value
        else:
            yield from texts(list(value.values()))


def shown(blocks: Blocks) -> str:
    """What is read in sections and contexts, a line for each text."""
    read = [block for block in blocks if block["type"] != "actions"]
    return "\n".join(one["text"] for one in texts(read))


def elements(blocks: Blocks) -> list[dict[str, Any]]:
    """The buttons."""
    return [one for block in blocks if block["type"] == "actions" for one in block["elements"]]
