"""“I am looking”: somebody who was told says so. The card names them, and no reminder follows."""

from __future__ import annotations

from bot.domain.actor import Actor
from bot.domain.change import Change
from bot.domain.change_state import State
from bot.domain.page import PageState
from bot.domain.roles import Right
from bot.errors import Conflict
from bot.ports import MessageKind, Transaction
from bot.service.access.authorise import allow_all
from bot.service.access.change_lookup import change_of_channel
from bot.service.access.refusals import conflicts_recorded
from bot.service.batches import waiting_customers, whole
from bot.service.context import Context, record, save_change

LOOKED_AT = "change.looked_at"


async def looking(ctx: Context, actor: Actor, change_id: str) -> tuple[Change, bool]:
    """Record that this person looks; return the change, and False where that was known.

    Raises NotAllowed and UnknownChange, and Conflict where the change waits no more; all recorded.
    """
    change, principal = await change_of_channel(ctx, actor, change_id)
    waiting = await ctx.store.read(lambda tx: waiting_customers(tx, change))
    await allow_all(ctx, principal, Right.APPROVE, waiting, change.id)

    def step(tx: Transaction) -> tuple[Change, bool]:
        current = tx.change(change.id) or change
        if (state := whole(tx, current).state) is not State.AWAITING_APPROVAL:
            raise Conflict(f"{current.id} is {state.words} already.")
        persons = [one.person for one in tx.recipients(current.id)]
        mine = [one for one in persons if one in principal.known_ids]
        if not tx.mark_looked(current.id, mine, ctx.clock.now()):
            return current, False
        name, customer = principal.name, change.customer
        record(
            tx,
            ctx.clock,
            LOOKED_AT,
            principal.actor,
            name=name,
            customer=customer,
            change_id=change.id,
        )
        after = save_change(tx, current.revised())
        tx.want_page(after, PageState.ACKNOWLEDGED)
        for person in mine:
            tx.enqueue_message(MessageKind.DIRECT, after, person=person)
        return after, True

    async with conflicts_recorded(ctx, principal.actor, change, principal.name):
        found = await ctx.store.write(step)
    ctx.wake_publisher()
    return found
