"""The inbox: what Slack delivered, saved before it is acknowledged, forgotten once it is processed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from bot.ports import Delivery
from bot.store.rows import Rows
from bot.store.times import as_text, as_time

# Slack repeats for about five minutes (docs.slack.dev, retries); a day leaves room to look into it.
KEPT_FOR = timedelta(days=1)
_PURGED_AT_ONCE = 20  # a finish stays cheap after a quiet week as well


class InboxRows(Rows):
    """The table ``inbox``."""

    def save_delivery(self, delivery: Delivery) -> bool:
        return bool(
            self._run(
                "INSERT INTO inbox (key, kind, payload, received_at) VALUES (?, ?, ?, ?) "
                "ON CONFLICT (key) DO NOTHING",
                (delivery.key, delivery.kind, delivery.payload, as_text(delivery.received_at)),
            )
        )

    def waiting_deliveries(self) -> Sequence[Delivery]:
        rows = self._all(
            "SELECT key, kind, payload, received_at FROM inbox WHERE finished_at IS NULL "
            "ORDER BY received_at, rowid"
        )
        return [
            Delivery(row["key"], row["kind"], row["payload"], as_time(row["received_at"]))
            for row in rows
        ]

    def finish_delivery(self, key: str) -> None:
        now = self._clock.now()
        self._run(
            "UPDATE inbox SET finished_at = ?, payload = '' WHERE key = ? AND finished_at IS NULL",
            (as_text(now), key),
        )
        self._run(
            "DELETE FROM inbox WHERE key IN "
            "(SELECT key FROM inbox WHERE finished_at < ? ORDER BY finished_at LIMIT ?)",
            (as_text(now - KEPT_FOR), _PURGED_AT_ONCE),
        )
