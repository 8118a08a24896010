"""What is done when the deadline of a waiting change has come: reminders, and the next circle."""

from __future__ import annotations

from bot.domain.deadline import Deadline
from bot.ports import Transaction
from bot.service.batches import show_again
from bot.service.context import Context
from bot.service.deadlines.runner import Step
from bot.service.reach.seen import look
from bot.service.reach.tell import go_on, remind, waiting


async def on_deadline(ctx: Context, deadline: Deadline) -> Step:
    """Ask Slack about those who are to be told or reminded; return the step that tells and reminds."""

    def people(tx: Transaction) -> list[str]:
        one = waiting(tx, ctx, tx.change(deadline.change_id))
        return [] if one is None else [*one.due(tx), *(row.person for row in one.told(tx))]

    seen = await look(ctx, await ctx.store.read(people))

    def step(tx: Transaction) -> None:
        one = waiting(tx, ctx, tx.change(deadline.change_id))
        if one is None:
            return
        remind(tx, one, deadline.due_at, seen)
        if go_on(tx, one, seen):  # the card names them
            show_again(tx, one.change)

    return step
