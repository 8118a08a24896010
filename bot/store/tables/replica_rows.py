"""The running processes: who is there, who leads, and what is claimed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from bot.ports import Leader, Replica
from bot.store.tables.rows import Rows
from bot.store.times import as_text, as_time


class ReplicaRows(Rows):
    """The tables ``replicas``, ``leader`` and ``claims``."""

    def database_now(self) -> datetime:
        return self._clock.now()

    def replicas(self) -> Sequence[Replica]:
        rows = self._all(
            "SELECT id, name, started_at, lease_until FROM replicas ORDER BY started_at, id"
        )
        return [Replica(one, name, as_time(at), as_time(until)) for one, name, at, until in rows]

    def is_replica(self, replica_id: str) -> bool:
        return self._first("SELECT 1 FROM replicas WHERE id = ?", (replica_id,)) is not None

    def add_replica(self, replica: Replica) -> None:
        started_at, lease_until = as_text(replica.started_at), as_text(replica.lease_until)
        self._run(
            "INSERT INTO replicas (id, name, started_at, lease_until) VALUES (?, ?, ?, ?)",
            (replica.id, replica.name, started_at, lease_until),
        )

    def renew_replica(self, replica_id: str, lease_until: datetime) -> bool:
        return bool(
            self._run(
                "UPDATE replicas SET lease_until = ? WHERE id = ?",
                (as_text(lease_until), replica_id),
            )
        )

    def remove_replica(self, replica_id: str) -> None:
        for statement in (
            "UPDATE leader SET holder = '' WHERE holder = ?",
            "DELETE FROM claims WHERE holder = ?",
            "DELETE FROM replicas WHERE id = ?",
        ):
            self._run(statement, (replica_id,))

    def leader(self) -> Leader | None:
        row = self._first("SELECT holder, name, epoch, lease_until FROM leader WHERE id = 1")
        if row is None:
            return None
        return Leader(row["holder"], row["name"], row["epoch"], as_time(row["lease_until"]))

    def save_leader(self, leader: Leader) -> None:
        self._run(
            "INSERT INTO leader (id, holder, name, epoch, lease_until) VALUES (1, ?, ?, ?, ?) "
            "ON CONFLICT (id) DO UPDATE SET holder = excluded.holder, name = excluded.name, "
            "epoch = excluded.epoch, lease_until = excluded.lease_until",
            (leader.holder, leader.name, leader.epoch, as_text(leader.lease_until)),
        )

    def claim_change(self, change_id: str, holder: str) -> None:
        self._run(
            "INSERT INTO claims (change_id, holder) VALUES (?, ?) "
            "ON CONFLICT (change_id) DO UPDATE SET holder = excluded.holder",
            (change_id, holder),
        )

    def release_change(self, change_id: str, holder: str) -> None:
        self._run("DELETE FROM claims WHERE change_id = ? AND holder = ?", (change_id, holder))

    def claimed_changes(self) -> Collection[str]:
        rows = self._all("SELECT change_id FROM claims WHERE holder IN (SELECT id FROM replicas)")
        return {row["change_id"] for row in rows}

    def notify(self, channel: str) -> None:  # noqa: ARG002  # as the port has it
        return None
