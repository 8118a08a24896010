"""End a drill: by a person, because a change is verified, or because its time is over."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.actor import Actor
from bot.domain.audit.drill_history import ended_detail
from bot.domain.audit.drill_score import score_of
from bot.domain.deadline import DeadlineKind
from bot.domain.drill import DRILL_ENDED, Drill, Ending, Score
from bot.domain.roles import Right
from bot.errors import Conflict
from bot.ports import AuditFilter, Transaction
from bot.service.access.authorise import authorise
from bot.service.access.refusals import record_refusal
from bot.service.context import Context, record
from bot.service.drill_deadlines import ENDED, drill_deadline

# From the beginning of the drill on; the score rests on the first ones.
MAX_ENTRIES = 2_000
NONE_RUNS = "No drill of {customer} is running."


async def end_drill(ctx: Context, actor: Actor, customer: str) -> Drill:
    """End the customer's drill and return it with its score. Raises NotAllowed and Conflict."""
    authorization = await authorise(ctx, actor, Right.PROPOSE, customer)
    name = authorization.name

    def step(tx: Transaction) -> Drill:
        running = tx.running_drill(customer)
        if running is None:
            raise Conflict(NONE_RUNS.format(customer=customer))
        return end(tx, ctx, running, Ending.BY_PERSON, actor, name)

    try:
        return await ctx.store.write(step)
    except Conflict as error:
        await record_refusal(ctx, actor, str(error), name=name, customer=customer)
        raise


def score_now(tx: Transaction, drill: Drill, ending: Ending | None = None) -> Score:
    """Return the score as the trail has it by now; ``ending``: see ``score_of``."""
    # What was refused before the customer was known has none.
    where = AuditFilter(customers={drill.customer, ""}, since=drill.started_at)
    entries = tx.matching(where, after=-1, limit=MAX_ENTRIES)
    return score_of(drill, ending, entries)


def end(
    tx: Transaction,
    ctx: Context,
    drill: Drill,
    ending: Ending | None,
    actor: Actor | None = None,
    name: str = "",
) -> Drill:
    """Save the end with the score sheet; have the faults ended and the channel told.

    ``ending`` None: see ``score_of``.
    """
    now = ctx.clock.now()
    ended = replace(drill, ended_at=now, score=score_now(tx, drill, ending))
    tx.put_drill(ended)
    for kind in (DeadlineKind.DRILL_BEGIN, DeadlineKind.DRILL_END):
        tx.remove_deadline(drill_deadline(kind, drill.id, now).key)
    tx.put_deadline(drill_deadline(DeadlineKind.DRILL_RESET, drill.id, now))
    tx.put_deadline(drill_deadline(DeadlineKind.DRILL_POST, drill.id, now, ENDED))
    who = {"name": name, "customer": drill.customer}
    record(tx, ctx.clock, DRILL_ENDED, actor, **who, detail=ended_detail(ended))
    return ended
