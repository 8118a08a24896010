"""Messages that people added to the report."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.domain.incident_report.message import ReportMessage
from bot.store.tables.rows import Row, Rows, marks, without_zero
from bot.store.times import as_text, as_time

_COLUMNS = (
    "channel, ts, change_id, customer, author, text, permalink, posted_at, added_by, added_at"
)


class ReportMessageRows(Rows):
    """The table ``report_messages``."""

    def add_report_message(self, message: ReportMessage) -> bool:
        return bool(
            self._run(
                f"INSERT INTO report_messages ({_COLUMNS}) VALUES ({marks(10)}) "  # noqa: S608  # only constants
                "ON CONFLICT (channel, ts) DO NOTHING",
                (
                    message.channel,
                    message.ts,
                    message.change_id,
                    message.customer,
                    message.author,
                    without_zero(message.text),
                    message.permalink,
                    as_text(message.posted_at),
                    message.added_by,
                    as_text(message.added_at),
                ),
            )
        )

    def remove_report_message(self, channel: str, ts: str) -> ReportMessage | None:
        where = "channel = ? AND ts = ?"
        row = self._first(
            f"SELECT {_COLUMNS} FROM report_messages WHERE {where}",  # noqa: S608  # only constants
            (channel, ts),
        )
        self._run(f"DELETE FROM report_messages WHERE {where}", (channel, ts))  # noqa: S608  # only constants
        return _message(row) if row else None

    def report_messages(
        self,
        *,
        channel: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int | None = None,
    ) -> Sequence[ReportMessage]:
        asked = [("channel = ?", channel)]
        asked += [("posted_at >= ?", as_text(since))] if since else []
        asked += [("posted_at < ?", as_text(until))] if until else []
        asked = [(condition, value) for condition, value in asked if value is not None]
        conditions = " AND ".join(["TRUE", *(condition for condition, _ in asked)])
        rows = self._all(
            f"SELECT {_COLUMNS} FROM report_messages WHERE {conditions} "  # noqa: S608  # only constants
            "ORDER BY posted_at, channel, ts LIMIT ?",
            (*(value for _, value in asked), self._limited(limit)),
        )
        return [_message(row) for row in rows]

    def card_change(self, channel: str, ts: str) -> str:
        row = self._first(
            "SELECT change_id FROM messages WHERE channel = ? AND ts = ? AND kind = 'card'",
            (channel, ts),
        )
        return str(row["change_id"]) if row else ""


def _message(row: Row) -> ReportMessage:
    return ReportMessage(
        channel=row["channel"],
        ts=row["ts"],
        author=row["author"],
        text=row["text"],
        permalink=row["permalink"],
        posted_at=as_time(row["posted_at"]),
        added_by=row["added_by"],
        added_at=as_time(row["added_at"]),
        change_id=row["change_id"],
        customer=row["customer"],
    )
