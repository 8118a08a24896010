"""What the API tells of customers with something on, each within the time of a preview."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import TypeVar

from bot.domain.api_health import ApiAccount
from bot.domain.cannot_read import CannotRead
from bot.domain.on import OnEntry
from bot.domain.preview import UserFlags
from bot.domain.scope import Everyone, Filters, Flag, Groups, Users
from bot.errors import ContinuityError, Refused
from bot.service.context import Context, no_answer
from bot.service.counting import count
from bot.service.parallel import MAX_PARALLEL_REQUESTS, finish_tasks

# Named users of one entry that are read one by one; of more it is not told.
MAX_READ_USERS = 20

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Told:
    """How many users have the flag, and in failover who of them cannot read; None: not told."""

    users: int | None = None
    cannot_read: CannotRead | None = None


@dataclass(slots=True)
class CustomerCounts:
    """What the API told of a customer before the time was over.

    ``entries`` are in the order of the entries asked about. ``problem`` says why something is
    missing, ``asked`` is False where the customer's turn did not come.
    """

    failover: Told = field(default_factory=Told)
    access: Told = field(default_factory=Told)
    entries: dict[int, Told] = field(default_factory=dict)
    problem: str = ""
    asked: bool = False


async def ask(ctx: Context, wanted: Mapping[str, Sequence[OnEntry]]) -> dict[str, CustomerCounts]:
    """Ask about these customers, in this order; no customer's silence holds up another's answer.

    All of it takes the time of a preview at most. Customers of one account of the API share some
    requests at a time, so that an account that does not answer delays its own customers alone.
    """
    slots: dict[ApiAccount | None, asyncio.Semaphore] = defaultdict(
        lambda: asyncio.Semaphore(MAX_PARALLEL_REQUESTS)
    )
    found = {customer: CustomerCounts() for customer in wanted}
    tasks = {
        asyncio.create_task(
            _Asking(ctx, customer, slots[ctx.api_health.account_of(customer)], counts).run(
                wanted[customer]
            )
        ): counts
        for customer, counts in found.items()
    }
    await finish_tasks(tasks, ctx.preview_seconds)
    for task, counts in tasks.items():
        if task.cancelled():  # it was late
            counts.problem = no_answer(ctx) if counts.asked else ""
        elif isinstance(error := task.exception(), ContinuityError):
            counts.problem = str(error)
        elif error is not None:
            raise error
    return found


@dataclass(frozen=True, slots=True)
class _Asking:
    """The requests about one customer, one after the other."""

    ctx: Context
    customer: str
    slots: asyncio.Semaphore
    counts: CustomerCounts

    async def run(self, entries: Sequence[OnEntry]) -> None:
        flags = {one.flag for one in entries}
        verified = Flag.FAILOVER in flags
        users = await self._count(Filters(failover=True), verified=verified)
        self.counts.failover = await self._with_readers(users, Filters(failover=True))
        access = await self._count(Filters(access=True), verified=Flag.ACCESS in flags)
        self.counts.access = Told(access)
        for number, one in enumerate(entries):
            self.counts.entries[number] = await self._entry(one)

    async def _entry(self, entry: OnEntry) -> Told:
        match entry.scope:
            case Everyone():
                is_failover = entry.flag is Flag.FAILOVER
                return self.counts.failover if is_failover else self.counts.access
            case Groups(names=names):
                filters = Filters(names).with_flag(entry.flag, on=True)
                users = await self._count(filters, verified=True)
                if entry.flag is Flag.ACCESS:
                    return Told(users)
                return await self._with_readers(users, filters)
            case Users(addresses=addresses):
                return await self._users(entry.flag, addresses)

    async def _with_readers(self, users: int | None, filters: Filters) -> Told:
        """Count who of the users in failover cannot read."""
        if not users:
            return Told(users)
        no_access = await self._count(replace(filters, access=False))
        no_password = await self._count(replace(filters, activation=False))
        both = await self._count(replace(filters, access=False, activation=False))
        return Told(users, CannotRead.of(users, no_access, no_password, both))

    async def _users(self, flag: Flag, addresses: Sequence[str]) -> Told:
        if len(addresses) > MAX_READ_USERS:
            return Told()
        flags = [one for address in addresses if (one := await self._flags(address))]
        if None in (values := [getattr(one, flag.value) for one in flags]):
            return Told()
        on = [one for one, value in zip(flags, values, strict=True) if value]
        readers = CannotRead.among(on) if flag is Flag.FAILOVER else None
        return Told(len(on), readers)

    async def _flags(self, address: str) -> UserFlags | None:
        """Return the flags of a user, None where the API does not know them."""
        try:
            return (await self._call(lambda: self.ctx.api.user(self.customer, address))).flags
        except Refused as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise
            return None

    async def _count(self, filters: Filters, *, verified: bool = False) -> int | None:
        """Return a count; ``verified``: none is believed only where the API lists nobody."""
        if verified:
            return await self._call(lambda: count(self.ctx, self.customer, filters))
        return await self._call(lambda: self.ctx.api.count(self.customer, filters))

    async def _call(self, request: Callable[[], Awaitable[T]]) -> T:
        async with self.slots:
            self.counts.asked = True
            return await request()
