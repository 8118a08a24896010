"""Named users whose flag the API does not tell: what its counts of all users prove."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from bot.domain.actions import affects_same_counts
from bot.domain.change import Change, switch_of
from bot.domain.change_state import Event
from bot.domain.outcome import Outcome
from bot.domain.scope import Everyone
from bot.errors import ContinuityError
from bot.service.change_types.attempt import read_state, unverified
from bot.service.change_types.attempt.send import AttemptResult
from bot.service.context import Context


async def counts(ctx: Context, change: Change) -> read_state.StateCounts | None:
    """Return the counts of all users of the customer; None where they are not known or
    contradictory.

    Takes `preview_seconds` at most.
    """
    try:
        async with asyncio.timeout(ctx.preview_seconds):
            seen = await read_state.counts(ctx, replace(change, scope=Everyone()))
    except (ContinuityError, TimeoutError):
        return None
    return seen if seen.is_credible else None


async def is_alone(ctx: Context, change: Change) -> bool:
    """Whether no other change, also one that shows late, can have changed the counts since then."""
    since = (change.started_at or change.created_at) - ctx.effect_timeout
    begun = await ctx.store.read(lambda tx: tx.begun_since(change.customer, since))
    return not any(
        one.id != change.id and affects_same_counts(one.action, change.action) for one in begun
    )


def concluded(
    ctx: Context,
    change: Change,
    outcome: Outcome,
    now: read_state.StateCounts | None,
    proof: int | None,
) -> AttemptResult:
    """Return the result where the API does not tell the flag of some users.

    ``proof`` is the count that would prove them: ACCEPT, counted again later, until
    `effect_timeout`. After it a person decides where fewer users are as wanted than were named;
    else it is unverified.
    """
    named = outcome.total or 0
    silent = named - (outcome.in_state or 0) - outcome.failed
    of = f"{silent:,} of {named:,}" if named > 1 else "this"
    what = f"this API does not tell the flag of {of} user{'s' * (named > 1)}"
    if proof is not None:
        if now:
            direction = switch_of(change).direction
            what += f", and counts {now.in_state:,} {direction} where {proof:,} would prove it"
        over = ctx.clock.now() >= (change.accepted_at or ctx.clock.now()) + ctx.effect_timeout
        if not over or (now and now.in_state < named - outcome.failed):
            return AttemptResult(Event.ACCEPT, replace(outcome, sentence=f"Not seen yet: {what}."))
    event = Event.SUCCEED_PARTLY if outcome.failed else Event.SUCCEED
    return AttemptResult(event, unverified.unverified_outcome(ctx, change, outcome, f"{what}."))
