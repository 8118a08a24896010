"""What the leader does of a drill when it is due: begin it at the simulated API, end it, take the faults away.

A step before a kill is repeated: the simulated API knows the id of a drill, and the deadline stays until
it is done.
"""

from __future__ import annotations

from datetime import timedelta

import structlog

from bot.domain.deadline import Deadline, DeadlineKind
from bot.domain.drill import Ending
from bot.errors import ContinuityError, NotSent
from bot.ports import Transaction
from bot.service.context import Context
from bot.service.deadlines.runner import Step
from bot.service.drill_deadlines import BEGAN, drill_deadline, drill_of
from bot.service.drills.end import end, score_now

# For so long a simulated API that is not there is waited for.
PATIENCE = timedelta(minutes=2)

log = structlog.get_logger(__name__)


async def begin(ctx: Context, deadline: Deadline) -> Step:
    """Have the scenario played, then tell the channel. Raises NotSent for a while, to be tried again."""
    drill, _ = await ctx.store.read(lambda tx: drill_of(tx, deadline))
    if drill is None or drill.ended_at:
        return _nothing
    now = ctx.clock.now()
    post = drill_deadline(DeadlineKind.DRILL_POST, drill.id, now, BEGAN)
    if await _rehearsed(ctx, deadline, drill.customer, drill.id, drill.scenario.value):
        return lambda tx: tx.put_deadline(post)

    def step(tx: Transaction) -> None:
        end(tx, ctx, drill, Ending.NO_API)

    return step


async def over(ctx: Context, deadline: Deadline) -> Step:
    """Return the step that ends the drill, if its change is verified or its time is over."""

    def step(tx: Transaction) -> None:
        drill, _ = drill_of(tx, deadline)
        if drill is None or drill.ended_at is not None:
            return
        verified = score_now(tx, drill).ending is Ending.VERIFIED
        if verified or ctx.clock.now() >= drill.time_limit:
            end(tx, ctx, drill, None)
        else:
            tx.put_deadline(drill_deadline(DeadlineKind.DRILL_END, drill.id, drill.time_limit))

    return step


async def reset(ctx: Context, deadline: Deadline) -> Step:
    """Take the faults away. Raises NotSent for a while; one that ended has none."""
    drill, _ = await ctx.store.read(lambda tx: drill_of(tx, deadline))
    if drill is not None:
        await _rehearsed(ctx, deadline, drill.customer, drill.id, "")
    return _nothing


async def _rehearsed(
    ctx: Context, deadline: Deadline, customer: str, drill_id: str, scenario: str
) -> bool:
    """Return whether the simulated API did it, False where it is not to be expected any more."""
    try:
        await ctx.api.rehearse(customer, drill_id, scenario)
    except ContinuityError as error:
        if isinstance(error, NotSent) and ctx.clock.now() < deadline.due_at + PATIENCE:
            raise
        log.warning("drill.not_played", drill=drill_id, scenario=scenario, why=str(error))
        return False
    return True


def _nothing(_: Transaction) -> None:
    return None
