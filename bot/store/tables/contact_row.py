"""When the running bot last heard from Slack, and where it posts alarms: one row."""

from __future__ import annotations

from bot.ports import Silence, SlackContact
from bot.store.tables.rows import Rows
from bot.store.times import as_text, as_time


class ContactRow(Rows):
    """The table ``slack_contact``."""

    def save_slack_contact(self, contact: SlackContact) -> None:
        silence = contact.silence
        self._run(
            "INSERT INTO slack_contact (id, heard_at, ops_channel, gap_from, gap_to, gap_stopped) "
            "VALUES (1, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET "
            "heard_at = excluded.heard_at, ops_channel = excluded.ops_channel, "
            "gap_from = excluded.gap_from, gap_to = excluded.gap_to, "
            "gap_stopped = excluded.gap_stopped",
            (
                as_text(contact.heard_at),
                contact.ops_channel,
                as_text(silence.start) if silence else None,
                as_text(silence.end) if silence else None,
                int(silence is not None and silence.stopped),
            ),
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
