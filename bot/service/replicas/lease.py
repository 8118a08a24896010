"""One step of a replica on the tables: join, or renew its lease, and lead where nobody does.

Writers are serial, so what a step finds still holds when it commits. A replica whose lease ran out
is removed in the same step in which its leadership is taken over.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.errors import LeaseLost
from bot.ports import Leader, Replica, Transaction
from bot.service.replicas.clock_jump import Look, look

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
    """What a step found. ``look`` has the database's time, ``jumped`` how far it went ahead by itself
    since the step before.

    ``taken_from`` is the leader whose lease had run out when this replica took over, else None.
    ``next_end`` is when the next lease of another replica ends, or None.
    """

    look: Look
    leader: Leader | None
    taken_from: Leader | None = None
    next_end: datetime | None = None
    jumped: timedelta = timedelta()

    @property
    def now(self) -> datetime:
        """The database's time."""
        return self.look.now


def elapsed() -> float:
    """Return seconds that only ever grow, and count while the machine is suspended where it tells."""
    boottime = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boottime is None else time.clock_gettime(boottime)


def join(
    tx: Transaction,
    me: Candidate,
    gone: Collection[str] = (),
    own: Callable[[], float] = elapsed,
) -> Standing:
    """Write the row of a new replica. ``gone`` are ids that this process had before.

    Nobody else is removed yet: whoever lives has renewed its lease by the next look. ``own``: see
    ``clock_jump.look``.
    """
    seen = look(tx, own)
    now = seen.now
    for one in tx.replicas():
        if me.alone or one.id in gone:
            tx.remove_replica(one.id)
    tx.add_replica(Replica(me.id, me.name, now, now + me.lease))
    return _standing(tx, me, seen, [one for one in tx.replicas() if one.id != me.id])


def renew(
    tx: Transaction, me: Candidate, last: Look, own: Callable[[], float] = elapsed
) -> Standing:
    """Renew the lease, and remove whose lease is over. Raises LeaseLost where the replica was removed.

    ``last`` is the look of the step before: where the database's clock jumped ahead since, the leases
    of the others are moved with it.
    """
    seen = look(tx, own)
    if not tx.renew_replica(me.id, seen.now + me.lease):
        raise LeaseLost(LOST)
    jumped = seen.jumped_since(last)
    found = _standing(tx, me, seen, _left(tx, me, seen.now, jumped))
    return replace(found, jumped=jumped)


def leave(tx: Transaction, me: Candidate) -> None:
    """Give leadership up, and delete the row."""
    leader = tx.leader()
    tx.remove_replica(me.id)
    if leader is not None and leader.holder == me.id:
        tx.save_leader(Leader("", "", leader.epoch, tx.database_now()))
        tx.notify(LEADER_LEFT)


def _left(tx: Transaction, me: Candidate, now: datetime, jumped: timedelta) -> list[Replica]:
    """Remove whose lease is over; return the others.

    A lease that ends in the future was renewed by the clock as it is now.
    """
    left = []
    for one in tx.replicas():
        until = one.lease_until if one.lease_until >= now else one.lease_until + jumped
        if one.id == me.id:
            continue
        if until < now and not me.alone:
            tx.remove_replica(one.id)
            continue
        if until != one.lease_until:
            tx.renew_replica(one.id, until)
        left.append(replace(one, lease_until=until))
    return left


def _standing(tx: Transaction, me: Candidate, seen: Look, others: Collection[Replica]) -> Standing:
    now = seen.now
    leader = tx.leader()
    taken_from = None
    if leader is None or not leader.holder:
        taken_from = leader if leader is not None and leader.name else None
        if not me.campaigns:
            return Standing(seen, None, None, _next_end(others, now))
        epoch = leader.epoch + 1 if leader is not None else 1
        leader = Leader(me.id, me.name, epoch, now + me.lease)
        tx.save_leader(leader)
    elif leader.holder == me.id:
        leader = Leader(me.id, me.name, leader.epoch, now + me.lease)
        tx.save_leader(leader)
    return Standing(seen, leader, taken_from, _next_end(others, now))


def _next_end(others: Collection[Replica], now: datetime) -> datetime | None:
    return min((one.lease_until for one in others if one.lease_until >= now), default=None)
