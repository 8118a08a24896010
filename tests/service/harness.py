"""The services with everything around them, in the hands of one test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from bot.database_address import Database
from bot.domain.actor import Actor
from bot.domain.audit.chain import AuditEntry, Record
from bot.domain.audit.row_digests import DIGESTS_KEY
from bot.domain.change import Approval, Change
from bot.domain.change_commands import FlagCommand
from bot.domain.change_state import State
from bot.domain.deadline import Deadline, DeadlineKind
from bot.domain.outcome import UserStatus
from bot.domain.policy import CONFIRMABLE_USERS, PolicyRule, minimum_approvals
from bot.domain.roles import Grant, Role
from bot.domain.scope import Everyone, Flag, Groups, Scope, Users
from bot.leader_part import HANDLERS
from bot.ports import Message, MessageKind, Replica, Store, Transaction, message_key
from bot.service.changes import decide
from bot.service.changes.executor import Executor
from bot.service.changes.propose import propose
from bot.service.changes.schedule import DueWork, next_work
from bot.service.changes.start_attempt import start_approved
from bot.service.context import Context
from bot.service.deadlines.runner import DeadlineRunner
from bot.store.opening import open_store
from bot.store.sqlite.store import SqliteStore
from bot.terminal.audit.verify import verify_trail
from tests.builders import (
    ADMIN,
    APPROVER,
    CHANNEL,
    CUSTOMER,
    NOW,
    REQUESTER,
    a_change,
    a_grant,
)
from tests.fakes import FakeApi, FakeClock, FakeDirectory, FakeExportSink, WatchedStore
from tests.fixtures.audited_rows import AS_PUT, put_change, put_grant, put_policy

T = TypeVar("T")

SECOND = "U0SECOND"  # a second approver
REPLICA = Replica("R-HARNESS", "host:1", NOW, NOW)
STRANGER = "U0STRANGER"  # holds no row
ROWS = (
    (REQUESTER, Role.OPERATOR),
    (APPROVER, Role.APPROVER),
    (SECOND, Role.APPROVER),
    (ADMIN, Role.ADMIN),
    (CHANNEL, Role.INCIDENT),
)


@asynccontextmanager
async def running_executor(
    harness: ServiceHarness, drain: float = 5.0
) -> AsyncIterator[tuple[Executor, asyncio.Event]]:
    """Run an executor for the length of the block; yield it and its bell."""
    bell = asyncio.Event()
    async with Executor(harness.ctx, bell, drain) as executor:
        yield executor, bell


def actor(user: str = REQUESTER, channel: str | None = CHANNEL) -> Actor:
    """Return somebody in a channel, the incident channel unless told otherwise."""
    return Actor(user, channel)


def request(scope: Scope | None = None, **over: Any) -> FlagCommand:
    """Return `failover on` for all of customer 44444; ``over`` replaces fields."""
    fields: dict[str, Any] = {"flag": Flag.FAILOVER, "on": True, "customer": CUSTOMER}
    return FlagCommand(
        **(fields | {"scope": scope or Everyone(), "reason": "Exchange down"} | over)
    )


def users(*names: str) -> Users:
    """Return named users, `a` being `a@example.com`."""
    return Users(tuple(f"{name}@example.com" for name in names))


def many(number: int, start: int = 0) -> Users:
    """Return so many named users, in the order of their addresses."""
    return users(*(f"u{one:03}" for one in range(start, start + number)))


class ManualExecutor:
    """The executor, a sweep at a time."""

    def __init__(self, ctx: Context) -> None:
        self.real = Executor(ctx, asyncio.Event())

    @property
    def tasks(self) -> list[asyncio.Task[None]]:
        """What is worked on now."""
        return list(self.real._tasks.values())

    async def sweep(self) -> bool:
        """Begin what is due; whether anything is worked on now."""
        await self.real._sweep()
        return bool(self.tasks)

    async def settle(self) -> None:
        """Wait until everything that was begun has ended."""
        while self.tasks:
            await asyncio.wait(self.tasks)

    async def run(self) -> None:
        """Sweep until nothing is due at this time."""
        while await self.sweep():
            await self.settle()

    async def kill(self) -> None:
        """End like a process that dies: what is under way is left as it is."""
        tasks = self.tasks
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class ServiceHarness:
    """A store with one operator, two approvers, an admin and an incident channel for 44444.

    The API knows customer 44444 with three users (a, b, c) in failover off.
    """

    def __init__(self, store: WatchedStore, clock: FakeClock) -> None:
        self.store = store
        self.clock = clock
        self.api = FakeApi()
        self.api.add(CUSTOMER, *users("a", "b", "c").addresses)
        self.directory = FakeDirectory()
        self.export_sink = FakeExportSink()
        self.rung = {"executor": 0, "publisher": 0}
        self.ctx = Context(
            store=store,
            api=self.api,
            directory=self.directory,
            clock=clock,
            export_sink=self.export_sink,
            sleep=clock.sleep,
            replica_id=lambda: REPLICA.id,
            wake_executor=lambda: self._ring("executor"),
            wake_publisher=lambda: self._ring("publisher"),
        )
        self.executor = ManualExecutor(self.ctx)
        self.held: set[str] = set()
        # The keys of the posts about drills.
        self.posted: list[str] = []
        self.rewritten = (
            False  # set it where a row is written as no step does: the trail contradicts it
        )

    def ctx_on(self, store: Store) -> Context:
        """Return the context on another store."""
        return replace(self.ctx, store=store)

    def allow_passwords(self) -> None:
        """As with ALLOW_PASSWORD_COMMAND=true."""
        self.ctx = replace(self.ctx, allow_passwords=True)

    def _ring(self, bell: str) -> None:
        self.rung[bell] += 1

    # what is there
    async def look(self, query: Callable[[Transaction], T]) -> T:
        return await self.store.read(query)

    async def change(self, change_id: str) -> Change:
        found = await self.look(lambda tx: tx.change(change_id))
        assert found is not None
        return found

    async def state(self, change_id: str) -> State:
        return (await self.change(change_id)).state

    async def entries(self, change_id: str | None = None) -> list[AuditEntry]:
        """The audit entries of the story, oldest first, without the seals of rows."""
        found = await self.look(lambda tx: tx.entries(change_id=change_id))
        return [_unsealed(one) for one in found if one.record.actor_name != AS_PUT]

    async def trail(self, change_id: str | None = None) -> list[str]:
        """The kinds of the audit entries, oldest first."""
        return [one.record.kind for one in await self.entries(change_id)]

    async def details(self, kind: str) -> list[dict[str, Any]]:
        """The details of the audit entries of this kind, oldest first."""
        told = [one.record for one in await self.entries() if one.record.kind == kind]
        return [dict(one.detail) for one in told]

    async def refusals(self) -> list[str]:
        return [detail["why"] for detail in await self.details("refused")]

    async def message(self, kind: MessageKind, change: Change) -> Message | None:
        key = message_key(kind, change.id, change.revision)
        return await self.look(lambda tx: tx.message(key))

    async def statuses(self, change_id: str) -> dict[str, UserStatus]:
        """What became of each named user, `a` for `a@example.com`."""
        rows = await self.look(lambda tx: tx.user_outcomes(change_id))
        return {row.address.partition("@")[0]: row.status for row in rows}

    # what is done
    async def grant(self, *grants: Grant) -> None:
        def step(tx: Transaction) -> None:
            for one in grants:
                put_grant(tx, one)

        await self.store.write(step)

    async def policy(self, rule: PolicyRule) -> None:
        """Write a policy row, with its entry."""
        await self.store.write(lambda tx: put_policy(tx, rule))

    async def record(self, *records: Record) -> None:
        self.rewritten = True

        def step(tx: Transaction) -> None:
            for one in records:
                tx.record(one)

        await self.store.write(step)

    async def put(self, *changes: Change) -> None:
        """Write changes as they are."""

        def step(tx: Transaction) -> None:
            for one in changes:
                put_change(tx, one)

        await self.store.write(step)

    async def work(self, free_slots: int = 99) -> DueWork:
        """Find what is due, claim what may begin, as the executor does, and hold it without doing it."""

        def step(tx: Transaction) -> DueWork:
            work = next_work(tx, self.ctx, self.held, free_slots)
            taken = [start_approved(tx, self.ctx, one.id, None) for one in work.to_start]
            return replace(work, to_start=tuple(one for one in taken if one))

        work = await self.store.write(step)
        self.held |= {change.id for change in work.to_start}
        return work

    async def claim(self, free_slots: int = 99) -> list[str]:
        """Return the ids of what may be executed now."""
        return [change.id for change in (await self.work(free_slots)).to_start]

    async def propose(self, scope: Scope | None = None, **over: Any) -> Change:
        change, _ = await propose(self.ctx, actor(), request(scope, **over))
        return change

    async def previewed(self, scope: Scope | None = None, **over: Any) -> Change:
        change = await self.propose(scope, **over)
        await self.executor.run()
        return await self.change(change.id)

    async def released(self, scope: Scope | None = None, **over: Any) -> Change:
        """Propose, preview, and confirm or approve."""
        change = await self.previewed(scope, **over)
        seen = change.preview_revision
        if change.state is State.AWAITING_CONFIRMATION:
            return await decide.confirm(self.ctx, actor(), change.id, seen)
        return await decide.approve(self.ctx, actor(APPROVER), change.id, seen)

    async def fall_due(self) -> None:
        """Do what is due at this time, and execute what follows."""
        runner = DeadlineRunner(self.ctx, {**HANDLERS, DeadlineKind.DRILL_POST: self._post})
        while await self.look(lambda tx: tx.due_deadlines(self.clock.now())):
            await runner._sweep()
            await asyncio.gather(*runner._running.values())
            assert not runner._resting, "a deadline failed"
        await self.executor.run()

    async def _post(self, _: Context, deadline: Deadline) -> Callable[[Transaction], None]:
        self.posted.append(deadline.key)
        return lambda _: None

    async def executed(self, scope: Scope | None = None, **over: Any) -> Change:
        """Propose, preview, release and execute, until nothing is due at this time."""
        change = await self.released(scope, **over)
        await self.executor.run()
        return await self.change(change.id)


@asynccontextmanager
async def opened(database: Database, clock: FakeClock) -> AsyncIterator[ServiceHarness]:
    """Yield a harness on this database; afterwards the trail must explain what is in it."""
    store = await open_store(database, clock=clock)
    if isinstance(store, SqliteStore):
        # What a power cut would lose is not the question here.
        await store._on_thread(partial(store._db.conn.execute, "PRAGMA synchronous = OFF"))
    await store.write(_join)
    built = ServiceHarness(WatchedStore(store), clock)
    yield built
    await built.executor.kill()
    found = await verify_trail(store)
    await store.close()
    assert built.rewritten or found.report.fault == ""
    # Whatever a step leaves, the trail explains. Rows of the other tables are written by the tests.
    told = [one for one in found.differences.first if one.startswith("C-")]
    assert built.rewritten or all("the outbox has no row" in one for one in told), told


def _join(tx: Transaction) -> None:
    tx.remove_replica(REPLICA.id)
    tx.add_replica(REPLICA)


def _unsealed(entry: AuditEntry) -> AuditEntry:
    detail = {key: value for key, value in entry.record.detail.items() if key != DIGESTS_KEY}
    return replace(entry, record=replace(entry.record, detail=detail))


def approved(change_id: str, scope: Scope | None = None, **over: Any) -> Change:
    """Return a change that waits for the executor, approved where the policy asks for that."""
    scope = scope or Everyone()
    confirmed = isinstance(scope, Users) and len(scope.addresses) <= CONFIRMABLE_USERS
    confirmed = confirmed and not ("action" in over and minimum_approvals(over["action"]))
    yes = () if confirmed else (Approval(APPROVER, NOW, 0, "approver * U0ADMIN"),)
    given: dict[str, Any] = {"approvals_needed": len(yes), "approvals": yes}
    given |= {"decided_at": NOW, "decided_by": APPROVER}
    fields = {"id": change_id, "scope": scope, "state": State.APPROVED}
    return a_change(**(given | fields | over))


def grants() -> Sequence[Grant]:
    return [a_grant(subject, role) for subject, role in ROWS]


def groups(*names: str) -> Groups:
    return Groups(names)
