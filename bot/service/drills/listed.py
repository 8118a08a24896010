"""The drills that a person may see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.domain.actor import Actor
from bot.domain.drill import Drill
from bot.domain.roles import Right
from bot.ports import Transaction
from bot.service.access.authorise import authorise
from bot.service.access.principals import identify_viewer
from bot.service.context import Context

MAX_LISTED = 20


async def drills(
    ctx: Context, actor: Actor, customer: str | None = None
) -> tuple[Sequence[Drill], Mapping[str, str]]:
    """Return the newest drills of a customer, or of all that this person may view here, and the names.

    Raises NotAllowed.
    """
    if customer:
        await authorise(ctx, actor, Right.VIEW, customer)
        visible: frozenset[str] | None = frozenset({customer})
    else:
        _, visible = await identify_viewer(ctx, actor)

    def query(tx: Transaction) -> tuple[Sequence[Drill], Mapping[str, str]]:
        return tx.drills(visible, MAX_LISTED), tx.customer_names()

    return await ctx.store.read(query)
