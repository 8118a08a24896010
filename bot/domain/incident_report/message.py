"""A message of a channel that somebody added to the report."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

# Of a message in the report; a longer one is cut.
MAX_MESSAGE_CHARS = 2000


@dataclass(frozen=True, slots=True)
class ReportMessage:
    """``ts`` is Slack's id of the message in its channel.

    ``change_id`` and ``customer`` are those of the card in whose thread it stands, else ``""``.
    ``author`` and ``added_by`` are Slack ids; ``text`` is redacted and cut already,
    ``permalink`` the message's address.
    """

    channel: str
    ts: str
    author: str
    text: str
    permalink: str
    posted_at: datetime
    added_by: str
    added_at: datetime
    change_id: str = ""
    customer: str = ""

    @property
    def digest(self) -> str:
        """The SHA-256 of the text, as the audit entry of its addition holds it."""
        return hashlib.sha256(self.text.encode("utf-8", "replace")).hexdigest()
