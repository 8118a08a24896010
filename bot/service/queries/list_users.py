"""List the users of a customer: who may, where the list goes, and what is recorded."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from bot.domain.actions import FAILOVER_ON, switches
from bot.domain.actor import Actor
from bot.domain.commands import ListUsersCommand
from bot.domain.roles import Right, Role
from bot.domain.scope import Filters, Groups, Users, describe_filters
from bot.domain.user_files.csv_format import csv_lines
from bot.errors import Ambiguous, Conflict, ContinuityError, InvalidInput, Refused
from bot.ports import UserState
from bot.service.access.authorise import Authorization, allow
from bot.service.access.change_lookup import visible_change
from bot.service.access.principals import identify
from bot.service.access.refusals import refuse
from bot.service.context import Context, RefusalKind, record
from bot.service.counting import count

MAX_PARALLEL_LISTS = 2  # lists that are read
BATCH_USERS = 500  # users: a few milliseconds of the event loop


@dataclass(frozen=True, slots=True)
class CannotReadOf:
    """Of the users of a failover, those who cannot read their mail.

    ``addresses`` are the named users of the change, in small letters; empty for everybody whom the
    filters match.
    """

    change: str
    addresses: frozenset[str] = frozenset()

    @property
    def words(self) -> list[str]:
        """Which users."""
        words = ["cannot read their mail"]
        return [*words, f"named in {self.change}"] if self.addresses else words

    def includes(self, user: UserState) -> bool:
        """Whether this user is among those of the change."""
        return not self.addresses or user.address.lower() in self.addresses


@dataclass(frozen=True, slots=True)
class ListRequest:
    """An authorised list: of which users, for whom, and where it goes.

    ``to`` is the id of a channel or of the person, or `terminal`. ``total`` is how many users
    match, None where the API did not answer in time. ``cannot_read`` is set where only those of
    them are asked for who cannot read their mail.
    """

    authorization: Authorization
    customer: str
    name: str
    filters: Filters
    to: str
    total: int | None
    cannot_read: CannotReadOf | None = None

    @property
    def words(self) -> list[str]:
        """Which users: `failover on`, `cannot read their mail`."""
        words = describe_filters(self.filters)
        return [*words, *self.cannot_read.words] if self.cannot_read else words

    @property
    def actor(self) -> Actor:
        """Who asked."""
        return self.authorization.principal.actor

    @property
    def private(self) -> bool:
        """Whether only the person who asked gets it."""
        return self.to == self.actor.user


class ListLimiter:
    """Limits how many lists are read at a time, and that none is read twice at a time."""

    def __init__(self) -> None:
        self._running: set[tuple[str, Filters, str, CannotReadOf | None]] = set()

    def begin(self, request: ListRequest) -> Callable[[], None]:
        """Register a list and return the function that ends it.

        Raises InvalidInput where the same list, or the maximum of lists, is being read.
        """
        key = (request.customer, request.filters, request.to, request.cannot_read)
        if key in self._running:
            raise InvalidInput("This list is being read already: wait for its file.")
        if len(self._running) >= MAX_PARALLEL_LISTS:
            raise InvalidInput(
                f"{MAX_PARALLEL_LISTS} lists are being read now. Repeat it in a minute."
            )
        self._running.add(key)
        return lambda: self._running.discard(key)


async def request_list(
    ctx: Context, actor: Actor, command: ListUsersCommand, cannot_read: CannotReadOf | None = None
) -> ListRequest:
    """Return the authorised list; ``cannot_read`` as ``ListRequest`` has it.

    Only the person who asks gets it, or, if they say so, everybody in an incident channel of the
    customer. Raises NotAllowed, and Refused where the API says no.
    """
    authorization, here = await _authorise_list(ctx, actor, command.customer)
    actor = replace(actor, user=authorization.principal.actor.user)
    to = "terminal" if actor.terminal else actor.user
    if here and actor.channel and command.here:
        channel = authorization.principal.channel
        if channel and not channel.bot_is_member:
            sentence = (
                "I am not in this channel, so the list cannot be posted. Invite me with /invite, or "
                "leave out --here: then it goes to you alone."
            )
            kind = RefusalKind.UNSEEN_PLACE
            await refuse(ctx, actor, authorization.name, command.customer, sentence, kind=kind)
        to = actor.channel
    total = await _count(ctx, command, cannot_read)
    name = await ctx.store.read(lambda tx: tx.customer_name(command.customer))
    authorization = replace(authorization, principal=replace(authorization.principal, actor=actor))
    who = command.customer, name, command.filters
    return ListRequest(authorization, *who, to, total, cannot_read)


async def request_cannot_read(ctx: Context, actor: Actor, change_id: str) -> ListRequest:
    """Return the list of those who cannot read their mail after a failover, for the asker alone.

    Raises what ``request_list`` raises, UnknownChange, and Conflict for a change of another kind.
    """
    change, _ = await visible_change(ctx, actor, change_id)
    if FAILOVER_ON not in switches(change.action):
        raise Conflict(f"{change.id} moved nobody to the emergency webmail.")
    groups = change.scope.names if isinstance(change.scope, Groups) else ()
    named = change.scope.addresses if isinstance(change.scope, Users) else ()
    command = ListUsersCommand(change.customer, Filters(groups, failover=True))
    of = CannotReadOf(change.id, frozenset(address.lower() for address in named))
    return await request_list(ctx, actor, command, of)


async def record_list(ctx: Context, request: ListRequest) -> None:
    """Record that the list is shown. Call it before showing. Raises StoreError."""
    detail = {"total": request.total, "rows": request.authorization.rows}
    await _record(ctx, request, "users.listed", detail)


async def record_export(ctx: Context, request: ListRequest, users: int | None) -> None:
    """Record that a file with the list is sent. Call it before sending. Raises StoreError."""
    await _record(ctx, request, "users.exported", {"total": users})


async def record_export_end(
    ctx: Context, request: ListRequest, users: int, problem: str, file: str = ""
) -> None:
    """Record the end of an export: the users read, the file's id, or why there is none."""
    detail = {"total": users, "file": file, "problem": problem}
    await _record(ctx, request, "users.export_ended", detail)


async def batches(ctx: Context, request: ListRequest) -> AsyncGenerator[Sequence[UserState], None]:
    """Stream the users in batches that are never empty.

    Raises ContinuityError, also in the middle.
    """
    batch: list[UserState] = []
    remaining = None if request.total is None else 2 * request.total + 1000
    async with aclosing(_users(ctx, request)) as users:
        async for user in users:
            batch.append(user)
            if len(batch) == BATCH_USERS:
                yield batch
                batch = []
                remaining = None if remaining is None else remaining - BATCH_USERS
                if remaining is not None and remaining < 0:  # an endless list would fill the disk
                    raise Ambiguous("The continuity API lists far more users than it counts.")
    if batch:
        yield batch


async def _users(ctx: Context, request: ListRequest) -> AsyncGenerator[UserState, None]:
    of = request.cannot_read
    for filters in _filters(request.filters, of):
        async with aclosing(ctx.api.users(request.customer, filters)) as users:
            async for user in users:
                if of is None or of.includes(user):
                    yield user


def _filters(filters: Filters, of: CannotReadOf | None) -> tuple[Filters, ...]:
    """Return filters of which each user who is asked for matches one."""
    if of is None:
        return (filters,)
    return replace(filters, access=False), replace(filters, access=True, activation=False)


def csv_of(users: Sequence[UserState], *, header: bool) -> Iterator[str]:
    """Return lines of the file, with or without the header."""
    return csv_lines((user.csv_row() for user in users), header=header)


async def _authorise_list(ctx: Context, actor: Actor, customer: str) -> tuple[Authorization, bool]:
    """Return the authorization, and whether others in this channel may see the list, too."""
    direct = (actor.channel or "").startswith("D")
    principal = await identify(ctx, replace(actor, channel=None) if direct else actor, customer)
    decision = principal.decide(Right.VIEW, customer, ctx.clock.now())
    if decision.missing == {Role.INCIDENT}:  # their own row is there, and nobody else will see it
        return await allow(ctx, principal.anywhere, Right.VIEW, customer), False
    return await allow(ctx, principal, Right.VIEW, customer), not direct


async def _count(ctx: Context, command: ListUsersCommand, of: CannotReadOf | None) -> int | None:
    if of and of.addresses:  # the API counts no named users
        return None
    try:
        async with asyncio.timeout(ctx.preview_seconds):
            asked = _filters(command.filters, of)
            counts = [await count(ctx, command.customer, filters) for filters in asked]
    except Refused:
        raise
    except (ContinuityError, TimeoutError):
        return None
    told = [one for one in counts if one is not None]
    return sum(told) if len(told) == len(counts) else None


async def _record(
    ctx: Context, request: ListRequest, kind: str, detail: Mapping[str, object]
) -> None:
    detail_with_filters = {
        "filters": ", ".join(request.words),
        "to": request.to,
        **detail,
    }
    who = {"name": request.authorization.name, "customer": request.customer}
    await ctx.store.write(
        lambda tx: record(tx, ctx.clock, kind, request.actor, **who, detail=detail_with_filters)
    )
