"""A message or a form as it is sent to Slack."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from bot.slack.views.mrkdwn import BlockReply, Blocks

AT = datetime(2026, 3, 14, 3, 4, tzinfo=UTC)
CUSTOMER, NAME = "44444", "Acme GmbH"
CHANNEL, REQUESTER, APPROVER = "C0INCIDENT", "U0OPERATOR", "U0APPROVER"
ADDRESS = "jo@example.com"


class Surface(StrEnum):
    """Where it is shown."""

    CHANNEL = "channel"
    THREAD = "thread"
    REPLY = "reply"  # one person alone sees it
    DIRECT = "direct message"
    FORM = "form"


@dataclass(frozen=True, slots=True)
class Specimen:
    """``when`` says when it appears. A form has a ``view``, all others have ``blocks``.

    ``older`` are the blocks for a workspace that refuses newer kinds; empty where there are none.
    """

    name: str
    surface: Surface
    when: str
    text: str = ""
    blocks: Blocks = field(default_factory=list)
    older: Blocks = field(default_factory=list)
    view: dict[str, Any] = field(default_factory=dict)


def of_reply(name: str, when: str, reply: BlockReply, surface: Surface = Surface.REPLY) -> Specimen:
    """Return the specimen of a reply."""
    return Specimen(name, surface, when, reply.text, reply.blocks, reply.older)
