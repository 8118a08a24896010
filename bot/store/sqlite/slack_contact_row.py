"""When the running bot last heard from Slack, and where it posts alarms: one row."""

from __future__ import annotations

from bot.ports import Silence, SlackContact
from bot.store.sqlite.rows import Rows
from bot.store.times import as_text, as_time


class ContactRow(Rows):
    """The table ``slack_contact``."""

    def save_slack_contact(self, contact: SlackContact) -> None:
        silence = contact.silence
        self._db.table("slack_contact").upsert(
            {
                "id": 1,
                "heard_at": as_text(contact.heard_at),
                "ops_channel": contact.ops_channel,
                "gap_from": as_text(silence.start) if silence else None,
                "gap_to": as_text(silence.end) if silence else None,
                "gap_stopped": int(silence is not None and silence.stopped),
            },
            pk="id",
        )

    def slack_contact(self) -> SlackContact | None:
        row = self._first("SELECT * FROM slack_contact WHERE id = 1")
        if row is None:
            return None
        silence = None
        if row["gap_from"] and row["gap_to"]:
            start, end = as_time(row["gap_from"]), as_time(row["gap_to"])
            silence = Silence(start, end, bool(row["gap_stopped"]))
        return SlackContact(as_time(row["heard_at"]), row["ops_channel"], silence)
