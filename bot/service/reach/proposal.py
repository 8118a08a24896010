"""At a proposal: who is asked first, so that the first post of the card can name them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from bot.domain.change import Change
from bot.domain.change_request import ChangeRequest
from bot.ports import Transaction
from bot.service.access.quorum import required_approvals
from bot.service.context import Context
from bot.service.reach.circles import members
from bot.service.reach.seen import Seen, look
from bot.service.reach.tell import go_on, rule, waiting


async def look_before(ctx: Context, requester: str, requests: Sequence[ChangeRequest]) -> Seen:
    """Ask Slack about those who will be told of it at once; of a change without approvals nobody is.

    Several requests are decided together. Takes a second at most, and raises nothing but StoreError.
    """

    def people(tx: Transaction) -> frozenset[str]:
        if not any(required_approvals(ctx, tx, requester, one).approvals for one in requests):
            return frozenset()
        now, customers = ctx.clock.now(), [one.customer for one in requests]
        at_once = [one for one in rule(tx, customers[0]).steps if one.after <= timedelta(0)]
        circles = (members(tx, customers, one.circle, now, [requester]) for one in at_once)
        return frozenset[str]().union(*circles)

    return await look(ctx, await ctx.store.read(people))


def begin(tx: Transaction, ctx: Context, change: Change, seen: Seen) -> None:
    """Tell the first circle of a change that was proposed by this step."""
    if one := waiting(tx, ctx, change):
        go_on(tx, one, seen)
