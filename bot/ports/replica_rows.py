"""The replicas: which processes run on the database, who leads, and what each works on."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Replica:
    """A running process on the database. ``name`` is its host and process id.

    ``id`` is new at each start. Whoever finds that ``lease_until`` has passed may remove the row.
    """

    id: str
    name: str
    started_at: datetime
    lease_until: datetime


@dataclass(frozen=True, slots=True)
class Leader:
    """The replica that executes and delivers. ``epoch`` grows by 1 with each new leader.

    ``holder`` is its id, ``""`` where nobody leads. Then ``name`` is that of a leader that was
    removed, ``""`` after one that gave leadership up.
    """

    holder: str
    name: str
    epoch: int
    lease_until: datetime


class ReplicaRows(Protocol):
    """The tables ``replicas``, ``leader`` (one row) and ``claims``."""

    def database_now(self) -> datetime:
        """Return the time of the database, by which leases are judged."""
        ...

    def replicas(self) -> Sequence[Replica]:
        """Return all replicas, oldest first."""
        ...

    def is_replica(self, replica_id: str) -> bool:
        """Whether this replica has its row."""
        ...

    def add_replica(self, replica: Replica) -> None:
        """Write a new row."""
        ...

    def renew_replica(self, replica_id: str, lease_until: datetime) -> bool:
        """Write the end of its lease; False where it has no row any more."""
        ...

    def remove_replica(self, replica_id: str) -> None:
        """Delete its row and its claims; if it led, nobody leads."""
        ...

    def leader(self) -> Leader | None:
        """Return who leads or led last; None where nobody ever did."""
        ...

    def save_leader(self, leader: Leader) -> None:
        """Replace the row."""
        ...

    def claim_change(self, change_id: str, holder: str) -> None:
        """Note that a use case in this replica works on the change."""
        ...

    def release_change(self, change_id: str, holder: str) -> None:
        """Delete the replica's claim."""
        ...

    def claimed_changes(self) -> Collection[str]:
        """Return the ids of the changes that are claimed by replicas that have their row."""
        ...

    def notify(self, channel: str) -> None:
        """Wake who listens on the channel, in every process, when the step is committed.

        Where the database cannot do that, they look by themselves.
        """
        ...
