"""Look, without changing anything: status, pending, audit, whoami."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from bot.domain.audit import AuditEntry
from bot.domain.change import OPEN, Change
from bot.domain.commands import Actor, Audit, Pending, WhoAmI
from bot.domain.roles import ANY_CUSTOMER, Decision, Right, decide
from bot.errors import UnknownChange
from bot.ports import MessageKind, Transaction
from bot.service.authorise import authorise, whois
from bot.service.context import Context


@dataclass(frozen=True, slots=True)
class Status:
    """Counts as the API tells them now, and what was and is under way."""

    customer: str
    name: str
    users: int
    activated: int
    access: int
    failover: int
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Waiting:
    """An open change and where its card is; ``ts`` None while it is not posted."""

    change: Change
    ts: str | None


@dataclass(frozen=True, slots=True)
class Rights:
    """What a person may do here, for one customer or for any."""

    customer: str
    decisions: tuple[tuple[Right, Decision], ...]


async def status(ctx: Context, actor: Actor, customer: str) -> Status:
    """Count users by flag (HEAD) and list the last changes. Raises NotAllowed, ContinuityError."""
    await authorise(ctx, actor, Right.VIEW, customer)
    users, activated, access, failover = await asyncio.gather(
        ctx.api.count(customer),
        ctx.api.count(customer, activation=True),
        ctx.api.count(customer, access=True),
        ctx.api.count(customer, failover=True),
    )

    def query(tx: Transaction) -> Status:
        changes = tuple(tx.changes(customer=customer, limit=5))
        name = tx.customer_name(customer)
        return Status(customer, name, users, activated, access, failover, changes)

    return await ctx.store.read(query)


async def pending(ctx: Context, actor: Actor, asked: Pending) -> tuple[Waiting, ...]:
    """Return the open changes that this person may see here."""
    if asked.customer:
        await authorise(ctx, actor, Right.VIEW, asked.customer)
    sees = await _viewer(ctx, actor)

    def query(tx: Transaction) -> tuple[Waiting, ...]:
        found = []
        for change in tx.changes(states=OPEN, customer=asked.customer):
            if sees(change.customer):
                card = tx.message(f"{MessageKind.CARD}:{change.id}")
                found.append(Waiting(change, card.ts if card else None))
        return tuple(found)

    return await ctx.store.read(query)


async def audit(ctx: Context, actor: Actor, asked: Audit) -> tuple[AuditEntry, ...]:
    """Return the last entries, of one customer, or one change's whole story."""
    if asked.change_id:
        change_id = asked.change_id
        change = await ctx.store.read(lambda tx: tx.change(change_id))
        if change is None:
            raise UnknownChange(f"There is no change {change_id} here.")
        await authorise(ctx, actor, Right.VIEW, change.customer)
        return tuple(await ctx.store.read(lambda tx: tx.entries(change_id=change_id)))
    if asked.customer:
        customer = asked.customer
        await authorise(ctx, actor, Right.VIEW, customer)
        return tuple(await ctx.store.read(lambda tx: tx.entries(customers=[customer], limit=15)))
    sees = await _viewer(ctx, actor)
    last = await ctx.store.read(lambda tx: tx.entries(limit=500))
    return tuple(entry for entry in last if entry.record.customer and sees(entry.record.customer))[
        -15:
    ]


async def whoami(ctx: Context, actor: Actor, asked: WhoAmI) -> Rights:
    """Return which rights this person has here, with the rows or what is missing."""
    _, groups, rows = await whois(ctx, actor)
    customer = asked.customer or ANY_CUSTOMER
    now = ctx.clock.now()
    decisions = [
        (
            right,
            decide(
                right,
                customer,
                rows,
                person=actor.user,
                usergroups=groups,
                channel=actor.channel,
                now=now,
            ),
        )
        for right in Right
    ]
    return Rights(customer, tuple(decisions))


async def _viewer(ctx: Context, actor: Actor) -> Callable[[str], bool]:
    _, groups, rows = await whois(ctx, actor)

    def sees(customer: str) -> bool:
        return decide(
            Right.VIEW,
            customer,
            rows,
            person=actor.user,
            usergroups=groups,
            channel=actor.channel,
            now=ctx.clock.now(),
        ).allowed

    return sees
