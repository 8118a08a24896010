"""This process among the replicas: it joins, renews its lease, and joins anew where it was removed."""

from __future__ import annotations

import asyncio
import math
import secrets
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Self

import structlog

from bot.errors import LeaseLost, NotSent, StoreError
from bot.ports import Store
from bot.service.parallel import cancel_tasks
from bot.service.replicas.clock_jump import Look
from bot.service.replicas.database_clock import DatabaseClock
from bot.service.replicas.fence import Fence
from bot.service.replicas.lease import Candidate, Standing, elapsed, join, leave, renew

# A lease is renewed so often while it lasts.
RENEWALS = 4
# After a renewal that failed, and between two tries to join anew.
RETRY_SECONDS = 1.0
# After the end of another replica's lease, so that it has passed by the database's clock.
AFTER_END_SECONDS = 0.05
TOO_LITTLE_LEFT = (
    "This replica has not reached the database for a while and another may go on with its work: it sent "
    "nothing."
)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Takeover:
    """From whom, for how many seconds nobody led before, and how many seconds ago it was."""

    name: str
    leaderless: float
    seconds_ago: float


class Membership:
    """An async context manager: a replica while the block runs.

    ``lease`` is in seconds, ``alone`` as of ``Candidate``: then the lease cannot be lost by waiting.
    ``clock`` is set to the database's time at each renewal. ``on_lost`` are awaited, in order, when the
    lease is lost, before this process joins anew: each has to stop what it has in flight at once.
    ``on_lead`` is called when this replica begins to lead.
    """

    def __init__(
        self,
        store: Store,
        name: str,
        lease: float,
        clock: DatabaseClock | None = None,
        *,
        alone: bool = False,
        monotonic: Callable[[], float] = elapsed,
    ) -> None:
        self.on_lost: list[Callable[[], Awaitable[None]]] = []
        self.on_lead: Callable[[], None] | None = None
        self._takeover: tuple[str, float, float] | None = None
        self.epoch: int | None = None
        self._store = store
        self._me = Candidate("", name, timedelta(seconds=lease), alone=alone)
        self.name, self.lease = name, lease
        self._clock = clock
        self._monotonic = monotonic
        self._ends = self._next = self._led_at = -math.inf
        self._look: Look | None = None
        self._is_lost = False
        self._woken, self._looked = asyncio.Event(), asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def id(self) -> str:
        """The id of this replica; another one after it was lost."""
        return self._me.id

    @property
    def leads(self) -> bool:
        """Whether this replica leads, as far as its lease reaches."""
        return self.epoch is not None and self.alive

    @property
    def alive(self) -> bool:
        """Whether nobody can have taken over the work of this replica."""
        return self._me.alone or self.seconds_left() > 0

    def seconds_left(self) -> float:
        """Return the seconds to the end of the lease, counted from before it was asked for."""
        return max(self._ends - self._monotonic(), 0.0)

    def seconds_without_leader(self) -> float:
        """Return how long this replica has known of no leader."""
        return 0.0 if self._me.alone else max(self._monotonic() - self._led_at, 0.0)

    @property
    def takeover(self) -> Takeover | None:
        """The last time that it took over from a replica whose lease had run out, or None."""
        if self._takeover is None:
            return None
        name, leaderless, at = self._takeover
        return Takeover(name, leaderless, self._monotonic() - at)

    def fence(self) -> Fence:
        """Return what a write of this replica rests on now."""
        return Fence(self._me.id)

    def lost(self, fence: Fence) -> None:
        """Note that a write found this fence down."""
        if fence.replica_id == self._me.id:
            self._is_lost = True
            self._woken.set()

    def wake(self) -> None:
        """Renew now: who leads may have changed."""
        self._woken.set()

    async def next_look(self) -> None:
        """Wait for the next renewal, which may find that nobody leads; at most as long as a lease."""
        self._looked.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(self.lease):
                await self._looked.wait()

    def check_request(self) -> None:
        """Raise NotSent, instead of a request to the API, where too little of the lease is left."""
        if self.is_short:
            raise NotSent(TOO_LITTLE_LEFT)

    def check_post(self) -> None:
        """Do the same for what the leader posts; raises LeaseLost."""
        if self.is_short:
            raise LeaseLost(TOO_LITTLE_LEFT)

    @property
    def is_short(self) -> bool:
        """Whether less than half of the lease is left: nothing may be sent then."""
        return not self._me.alone and self.seconds_left() < self.lease / 2

    def stop_campaigning(self) -> None:
        """Lead no more once it ends: this process is about to stop."""
        self._me = replace(self._me, campaigns=False)

    async def __aenter__(self) -> Self:
        """Join. Raises StoreError."""
        self._led_at = self._monotonic()
        await self._join(replace(self._me, id=_new_id()))
        self._tasks = [asyncio.create_task(self._run())]
        return self

    async def __aexit__(self, *_: object) -> None:
        """Give leadership up and leave; where the database is away the lease runs out."""
        await cancel_tasks(self._tasks)
        me = self._me
        with suppress(StoreError, TimeoutError):
            async with asyncio.timeout(self.lease):
                await self._store.write(lambda tx: leave(tx, me))

    async def _run(self) -> None:
        while True:
            await self._until_due()
            if self._is_lost or not self.alive:
                await self._start_anew()
                continue
            try:
                await self._renew()
            except LeaseLost:
                self._is_lost = True
            except (StoreError, TimeoutError) as error:
                log.warning("replica.not_renewed", why=str(error), left=self.seconds_left())
                self._next = self._monotonic() + min(RETRY_SECONDS, self.lease / RENEWALS)
            except Exception as error:  # a bug: the next renewal must still come
                log.exception("replica.failed", why=str(error))
                self._next = self._monotonic() + RETRY_SECONDS

    async def _until_due(self) -> None:
        """Wait for the next renewal, the end of the lease, or to be woken."""
        wait = self._next - self._monotonic()
        if not self._me.alone:
            wait = min(wait, self.seconds_left())
        with suppress(TimeoutError):
            async with asyncio.timeout(max(wait, 0.0)):
                await self._woken.wait()
        self._woken.clear()

    async def _renew(self) -> None:
        me, last, own = self._me, self._look, self._monotonic
        assert last is not None  # noqa: S101 - it has joined
        async with asyncio.timeout(None if me.alone else self.seconds_left()):
            await self._step(me, lambda: self._store.write(lambda tx: renew(tx, me, last, own)))

    async def _join(self, me: Candidate, gone: Collection[str] = ()) -> None:
        own = self._monotonic
        await self._step(me, lambda: self._store.write(lambda tx: join(tx, me, gone, own)))

    async def _start_anew(self) -> None:
        """Stop what is in flight, and join with a new id, however long the database is away."""
        log.error("replica.lost", name=self._me.name)
        self.epoch, self._ends = None, -math.inf
        # No lock proves any more that this process is alone: somebody else removed it.
        self._me = replace(self._me, alone=False)
        for stop in self.on_lost:
            try:
                await stop()
            except Exception as error:  # a bug: the others must stop, too
                log.exception("replica.not_stopped", why=str(error))
        gone = {self._me.id}
        while True:
            me = replace(self._me, id=_new_id())
            try:
                await self._join(me, gone)
            except StoreError as error:
                log.warning("replica.not_joined", why=str(error))
                gone.add(me.id)  # it may have been saved all the same
                await asyncio.sleep(RETRY_SECONDS)
            else:
                self._is_lost = False
                return

    async def _step(self, me: Candidate, write: Callable[[], Awaitable[Standing]]) -> None:
        """Take or renew the lease of ``me``. It counts from before the write was asked for."""
        sent = self._monotonic()
        before = None if self._clock is None else self._clock.host.now()
        standing = await write()
        self._look = standing.look
        self._looked.set()
        if standing.jumped:
            log.warning("replica.clock_jumped", ahead=standing.jumped.total_seconds())
        if self._clock is not None and before is not None and not me.alone:
            self._clock.measured(standing.now, before, self._clock.host.now())
        led = self.epoch is not None
        if me.id != self._me.id:
            log.info("replica.joined", name=me.name, replica=me.id)
        self._me = replace(self._me, id=me.id)
        self._ends, self._next = sent + self.lease, sent + self._wait(standing)
        leader = standing.leader
        self._led_at = sent if leader is not None else self._led_at
        self.epoch = leader.epoch if leader is not None and leader.holder == me.id else None
        if self.epoch is not None and not led:
            log.info("replica.leads", epoch=self.epoch)
            self._note_takeover(standing)
            if self.on_lead is not None:
                self.on_lead()

    def _note_takeover(self, standing: Standing) -> None:
        before = standing.taken_from
        if before is not None and not self._me.alone:
            leaderless = (standing.now - before.lease_until).total_seconds()
            self._takeover = before.name, leaderless, self._monotonic()
            log.warning("replica.took_over", of=before.name, leaderless=leaderless)

    def _wait(self, standing: Standing) -> float:
        """Return the seconds to the next renewal: no later than the end of another one's lease."""
        regular = self.lease / RENEWALS
        if standing.next_end is None:
            return regular
        left = (standing.next_end - standing.now).total_seconds()
        return min(regular, left + AFTER_END_SECONDS)


def _new_id() -> str:
    return secrets.token_hex(8)
