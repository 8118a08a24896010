"""One step of a replica on the tables: join, or renew its lease, and lead where nobody does.

Writers are serial, so what a step finds still holds when it commits. A replica whose lease ran out
is removed in the same step in which its leadership is taken over.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.errors import LeaseLost
from bot.ports import Leader, Replica, Transaction

# The channels on which replicas wake each other, where the database can.
WORK, LEADER_LEFT = "continuity_work", "continuity_leader_left"
LOST = (
    "This replica lost its place: the others did not hear of it for too long. Nothing was saved by it "
    "since, and they go on with its work."
)
# For what only this process knows: a form that is not saved.
NOT_TAKEN_OVER = "The others had not heard of this bot for too long. Nobody carries this form out: fill in a new one."


@dataclass(frozen=True, slots=True)
class Candidate:
    """This process as a replica.

    ``campaigns``: it leads where nobody does. ``alone``: no other process can be running on this
    database (a lock proves it), so that nobody has to wait for the end of a lease.
    """

    id: str
    name: str
    lease: timedelta
    campaigns: bool = True
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """What a step found. ``now`` is the database's time.

    ``taken_from`` is the leader whose lease had run out when this replica took over, else None.
    ``next_end`` is when the next lease of another replica ends, or None.
    """

    now: datetime
    leader: Leader | None
    taken_from: Leader | None = None
    next_end: datetime | None = None


def join(tx: Transaction, me: Candidate, gone: Collection[str] = ()) -> Standing:
    """Write the row of a new replica. ``gone`` are ids that this process had before."""
    now = tx.database_now()
    for one in tx.replicas():
        if me.alone or one.id in gone:
            tx.remove_replica(one.id)
    tx.add_replica(Replica(me.id, me.name, now, now + me.lease))
    return _standing(tx, me, now)


def renew(tx: Transaction, me: Candidate) -> Standing:
    """Renew the lease. Raises LeaseLost where the replica was removed."""
    now = tx.database_now()
    if not tx.renew_replica(me.id, now + me.lease):
        raise LeaseLost(LOST)
    return _standing(tx, me, now)


def leave(tx: Transaction, me: Candidate) -> None:
    """Give leadership up, and delete the row."""
    leader = tx.leader()
    tx.remove_replica(me.id)
    if leader is not None and leader.holder == me.id:
        tx.save_leader(Leader("", "", leader.epoch, tx.database_now()))
        tx.notify(LEADER_LEFT)


def _standing(tx: Transaction, me: Candidate, now: datetime) -> Standing:
    others = [one for one in tx.replicas() if one.id != me.id]
    if not me.alone:
        for one in others:
            if one.lease_until < now:
                tx.remove_replica(one.id)
    leader = tx.leader()
    taken_from = None
    if leader is None or not leader.holder:
        taken_from = leader if leader is not None and leader.name else None
        if not me.campaigns:
            return Standing(now, None, None, _next_end(others, now))
        epoch = leader.epoch + 1 if leader is not None else 1
        leader = Leader(me.id, me.name, epoch, now + me.lease)
        tx.save_leader(leader)
    elif leader.holder == me.id:
        leader = Leader(me.id, me.name, leader.epoch, now + me.lease)
        tx.save_leader(leader)
    return Standing(now, leader, taken_from, _next_end(others, now))


def _next_end(others: Collection[Replica], now: datetime) -> datetime | None:
    return min((one.lease_until for one in others if one.lease_until >= now), default=None)
