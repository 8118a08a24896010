"""How many users of a customer the two flags are on for now: what a channel is told after an outage."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime

from bot.domain.change_state import AWAITING
from bot.domain.counts import count_contradiction
from bot.domain.scope import EVERY_USER, Filters
from bot.errors import ContinuityError
from bot.ports import Transaction
from bot.service.context import Context
from bot.service.counting import count
from bot.service.queries.status import UNSETTLED


@dataclass(frozen=True, slots=True)
class Standing:
    """What the API counted at a time: all users, those in failover, those with access.

    None means not known. ``under_way`` are the ids of the changes that are approved or begun, and
    not settled. ``drill``: the API is a simulated one.
    """

    customer: str
    name: str
    at: datetime
    users: int | None = None
    failover: int | None = None
    access: int | None = None
    under_way: tuple[str, ...] = ()
    drill: bool = False


async def standing(ctx: Context, customer: str) -> Standing:
    """Count within the time of a preview. Nobody's right is asked: the bot tells a channel that is
    told this customer's outcomes."""
    counts: tuple[int | None, ...] = (None, None, None)
    filters = (EVERY_USER, Filters(failover=True), Filters(access=True))
    try:
        async with asyncio.timeout(ctx.preview_seconds), asyncio.TaskGroup() as group:
            tasks = [group.create_task(count(ctx, customer, one)) for one in filters]
        counts = tuple(task.result() for task in tasks)
    except* (ContinuityError, TimeoutError):
        pass
    users, failover, access = counts
    if count_contradiction(users, {"in failover": failover, "with access": access}, "users"):
        users = failover = access = None

    def query(tx: Transaction) -> Standing:
        found = tx.changes(customer=customer, states=UNSETTLED - AWAITING)
        ids = tuple(change.id for change in reversed(found))
        name = tx.customer_name(customer)
        drill = ctx.is_drill(customer)
        return Standing(customer, name, ctx.clock.now(), users, failover, access, ids, drill)

    return await ctx.store.read(query)
