"""Propose what follows from a batch: what failed again, or the opposite; each is a new batch."""

from __future__ import annotations

from bot.domain.actions import can_be_repeated, opposite
from bot.domain.actor import Actor
from bot.domain.batch import to_repeat
from bot.domain.change import Change
from bot.domain.change_request import Proposal
from bot.domain.limits import MIN_TIME_LIMIT
from bot.domain.steps import back_of
from bot.errors import Conflict
from bot.ports import Transaction
from bot.service.access.refusals import conflicts_recorded
from bot.service.batches import members_of
from bot.service.changes.back import back_limit
from bot.service.changes.batch.propose import propose_batch
from bot.service.context import Context
from bot.service.related_changes import superseded_by


async def again_batch(ctx: Context, actor: Actor, first: Change) -> tuple[Change, bool]:
    """Propose the members that failed or expired again, but those that a later change made pointless.

    Raises what ``propose_batch`` raises, and Conflict where there is none.
    """
    failed = await ctx.store.read(lambda tx: still_to_repeat(tx, first))
    async with conflicts_recorded(ctx, actor, first):
        if not failed:
            raise Conflict(f"{first.id} has nothing that can be proposed again.")
        check_not_past(ctx, failed[0])
    again = [
        Proposal(one.customer, one.action, one.scope, one.reason, time_limit=one.time_limit)
        for one in failed
    ]
    return await propose_batch(ctx, actor, again)


def still_to_repeat(tx: Transaction, first: Change) -> list[Change]:
    """Return the members that can be proposed again, and that no later change made pointless."""
    return [
        one
        for one in to_repeat(members_of(tx, first))
        if can_be_repeated(one.action) and superseded_by(tx, one) is None
    ]


async def back_batch(ctx: Context, actor: Actor, first: Change) -> tuple[Change, bool]:
    """Propose the opposite for the members that may have had an effect.

    Raises what ``propose_batch`` raises, and Conflict where there is none.
    """
    members = await ctx.store.read(lambda tx: members_of(tx, first))
    reached = [one for one in members if one.may_have_effect]
    async with conflicts_recorded(ctx, actor, first):
        if not reached:
            raise Conflict(f"{first.id} had no effect: there is nothing to take back.")
        backs = {back_of(one) for one in reached}
        # Of an activate that did one of its steps alone for some of them, the whole is taken back.
        action = backs.pop() if len(backs) == 1 else opposite(reached[0].action)
        if action is None:
            raise Conflict(f"{first.id} cannot be taken back.")
    reason = f"Takes back {first.id}"
    limits = await ctx.store.read(lambda tx: [back_limit(tx, one, action) for one in reached])
    back = [
        Proposal(one.customer, action, one.scope, reason, time_limit=limit)
        for one, limit in zip(reached, limits, strict=True)
    ]
    return await propose_batch(ctx, actor, back)


def check_not_past(ctx: Context, change: Change) -> None:
    """Raise Conflict where a change was to end at a time that is past or near.

    Without its time it would be on for good, so it is not proposed without.
    """
    until = change.time_limit.until if change.time_limit else None
    if until is not None and until - ctx.clock.now() < MIN_TIME_LIMIT:
        raise Conflict(
            f"{change.id} was to be taken back at {until:%Y-%m-%d %H:%M} UTC. Type it again with another "
            "time, as `--for 2h`."
        )
