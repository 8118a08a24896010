"""When the running bot last heard from Slack, and where it posts alarms: one row."""

from __future__ import annotations

from bot.ports import SlackContact
from bot.store.sqlite.rows import Rows
from bot.store.times import as_text, as_time


class ContactRow(Rows):
    """The table ``slack_contact``."""

    def save_slack_contact(self, contact: SlackContact) -> None:
        self._db.table("slack_contact").upsert(
            {"id": 1, "heard_at": as_text(contact.heard_at), "ops_channel": contact.ops_channel},
            pk="id",
        )

    def slack_contact(self) -> SlackContact | None:
        row = self._first("SELECT heard_at, ops_channel FROM slack_contact WHERE id = 1")
        return SlackContact(as_time(row["heard_at"]), row["ops_channel"]) if row else None
