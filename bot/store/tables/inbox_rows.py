"""The inbox: what Slack delivered, saved before it is acknowledged, forgotten once it is processed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import timedelta

from bot.ports import Delivery
from bot.store.tables.rows import Rows
from bot.store.times import as_text, as_time

# Slack repeats for about five minutes (docs.slack.dev, retries); a day leaves room to look into it.
KEPT_FOR = timedelta(days=1)
_PURGED_AT_ONCE = 20  # a finish stays cheap after a quiet week as well

_UNCLAIMED = "finished_at IS NULL AND claimed_by NOT IN (SELECT id FROM replicas)"


class InboxRows(Rows):
    """The table ``inbox``."""

    def save_delivery(self, delivery: Delivery) -> bool:
        return bool(
            self._run(
                "INSERT INTO inbox (key, kind, payload, received_at, claimed_by) "
                "VALUES (?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING",
                (
                    delivery.key,
                    delivery.kind,
                    delivery.payload,
                    as_text(delivery.received_at),
                    delivery.claimed_by,
                ),
            )
        )

    def waiting_deliveries(self) -> Sequence[Delivery]:
        return self._waiting("finished_at IS NULL")

    def unclaimed_deliveries(self) -> Sequence[Delivery]:
        return self._waiting(_UNCLAIMED)

    def claim_deliveries(self, holder: str) -> Sequence[Delivery]:
        found = self.unclaimed_deliveries()
        if found:
            self._run(f"UPDATE inbox SET claimed_by = ? WHERE {_UNCLAIMED}", (holder,))  # noqa: S608  # a constant
        return [replace(one, claimed_by=holder) for one in found]

    def free_deliveries(self, keys: Collection[str]) -> None:
        for key in keys:
            self._run("UPDATE inbox SET claimed_by = '' WHERE key = ?", (key,))

    def _waiting(self, which: str) -> list[Delivery]:
        rows = self._all(
            "SELECT key, kind, payload, received_at, claimed_by FROM inbox "  # noqa: S608  # a constant
            f"WHERE {which} ORDER BY received_at, rowid"
        )
        return [
            Delivery(key, kind, payload, as_time(at), holder)
            for key, kind, payload, at, holder in rows
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
