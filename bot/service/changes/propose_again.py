"""Propose what follows from an earlier change: the same again, its opposite, access for its users.

The person who asks becomes the requester, and the proposal goes the way of a typed one.
"""

from __future__ import annotations

from bot.domain.actions import (
    FAILOVER_ON,
    Action,
    SetFlag,
    can_be_repeated,
    opposite,
    switches,
)
from bot.domain.actor import Actor
from bot.domain.batch import is_first
from bot.domain.change import Change, switch_of
from bot.domain.change_request import Proposal
from bot.domain.change_state import MAY_BE_REPEATED, MAY_HAVE_EFFECT
from bot.domain.outcome import UserStatus
from bot.domain.scope import Flag, Scope, Users
from bot.domain.time_limit import TimeLimit
from bot.errors import Conflict
from bot.ports import Transaction
from bot.service.access.change_lookup import authorised_change
from bot.service.access.refusals import conflicts_recorded
from bot.service.changes.back import back_action, back_limit
from bot.service.changes.batch.again import again_batch, back_batch, check_not_past
from bot.service.changes.propose import propose
from bot.service.context import Context
from bot.service.related_changes import rest_of, superseded_by

# Users whom the change certainly did not reach.
_NOT_REACHED = (UserStatus.FAILED, UserStatus.NOT_SENT)


async def propose_again(ctx: Context, actor: Actor, change_id: str) -> tuple[Change, bool]:
    """Propose an expired or failed change again, for the named users who do not have it yet, and for
    the same time.

    Raises what ``propose`` raises, UnknownChange, and Conflict where the change is open or was
    applied, or a later one makes it pointless.
    """
    change, _ = await authorised_change(ctx, actor, change_id)
    if is_first(change):
        return await again_batch(ctx, actor, change)

    def query(tx: Transaction) -> tuple[Scope, Change | None]:
        return rest_of(tx, change), superseded_by(tx, change)

    scope, later = await ctx.store.read(query)
    async with conflicts_recorded(ctx, actor, change):
        if change.state not in MAY_BE_REPEATED or not can_be_repeated(change.action):
            words = change.state.words
            raise Conflict(f"{change.id} is {words}: there is nothing to propose again.")
        if later is not None and later.action != change.action:
            raise Conflict(f"{later.id} {later.action.title} was applied after {change.id}.")
        check_not_past(ctx, change)
    again = Proposal(
        change.customer, change.action, scope, change.reason, time_limit=change.time_limit
    )
    return await propose(ctx, actor, again)


async def propose_rest(ctx: Context, actor: Actor, change_id: str) -> tuple[Change, bool]:
    """Propose a change of named users for those whom the API knows, where it did not know the others.

    Raises what ``propose`` raises, UnknownChange, and Conflict where the change was not stopped for
    that.
    """
    change, _ = await authorised_change(ctx, actor, change_id)
    rows = await ctx.store.read(lambda tx: tx.user_outcomes(change.id))
    unknown = {row.address for row in rows}
    named = change.scope.addresses if isinstance(change.scope, Users) else ()
    rest = tuple(address for address in named if address not in unknown)
    async with conflicts_recorded(ctx, actor, change):
        if not (change.is_pointless and unknown and rest):
            raise Conflict(f"{change.id} has no other users to propose.")
    request = Proposal(
        change.customer,
        change.action,
        Users(rest),
        change.reason,
        change.remarks,
        change.time_limit,
    )
    return await propose(ctx, actor, request)


async def propose_back(ctx: Context, actor: Actor, change_id: str) -> tuple[Change, bool]:
    """Propose the opposite of a change, or what the bot would do at its end, for the named users whom it may have reached.

    Its card says where it reaches users who had been so before. Raises what ``propose`` raises,
    UnknownChange, and Conflict where the change has no opposite, or had no effect.
    """
    change, _ = await authorised_change(ctx, actor, change_id)
    if is_first(change):
        return await back_batch(ctx, actor, change)

    def query(tx: Transaction) -> tuple[Action | None, Scope, TimeLimit | None]:
        back = back_action(tx, change)
        return back, _reached(tx, change), back_limit(tx, change, back)

    action, scope, limit = await ctx.store.read(query)
    async with conflicts_recorded(ctx, actor, change):
        if action is None:
            raise Conflict(f"{change.id} cannot be taken back.")
        if change.state not in MAY_HAVE_EFFECT and not change.was_sent:
            raise Conflict(f"{change.id} is {change.state.words}: there is nothing to take back.")
    remarks = _also_reached(change) if action == opposite(change.action) else ()
    reason = f"Takes back {change.id}"
    request = Proposal(change.customer, action, scope, reason, remarks, limit)
    return await propose(ctx, actor, request)


async def propose_access(ctx: Context, actor: Actor, change_id: str) -> tuple[Change, bool]:
    """Propose access on for the customer and users of a failover, as the command would.

    Raises what ``propose`` raises, UnknownChange, and Conflict where the change is no failover.
    """
    change, _ = await authorised_change(ctx, actor, change_id)
    async with conflicts_recorded(ctx, actor, change):
        if FAILOVER_ON not in switches(change.action):
            raise Conflict(f"{change.id} moved nobody to the emergency webmail.")
    action = SetFlag(Flag.ACCESS, on=True)
    return await propose(ctx, actor, Proposal(change.customer, action, change.scope, change.reason))


def _reached(tx: Transaction, change: Change) -> Scope:
    if not isinstance(change.scope, Users):
        return change.scope
    if change.is_partly_done:  # the outcomes are of the last step alone
        return change.scope
    rows = tx.user_outcomes(change.id)
    unreached = {row.address for row in rows if row.status in _NOT_REACHED}
    reached = tuple(one for one in change.scope.addresses if one not in unreached)
    return Users(reached) if reached else change.scope


def _also_reached(change: Change) -> tuple[str, ...]:
    before = change.preview.already if change.preview else None
    if len(switches(change.action)) != 1 or not before:
        return ()
    direction = switch_of(change).direction
    who = f"the {before:,} users who were" if before > 1 else "the user who was"
    return (f"It also reaches {who} {direction} before {change.id}.",)
