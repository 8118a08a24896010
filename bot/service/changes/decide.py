"""Confirm, approve, deny, cancel, stop.

Every click is authorised anew, before and inside the transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

from bot.domain.actor import Actor
from bot.domain.audit.change_history import APPROVED
from bot.domain.batch import is_first
from bot.domain.change import CLICKED, Approval, Change
from bot.domain.change_state import AWAITING, Event, State
from bot.domain.policy import DECISION_TIME, START_TIME
from bot.domain.roles import Right
from bot.domain.steps import may_be_stopped
from bot.errors import Conflict
from bot.service.access.authorise import Authorization, allow, allow_all
from bot.service.access.change_lookup import change_of_channel
from bot.service.access.principals import Principal
from bot.service.access.quorum import missing_approvals
from bot.service.access.refusals import conflicts_recorded, refuse
from bot.service.access.remedies import who_approves
from bot.service.batches import whole
from bot.service.changes.decision_transaction import (
    Transition,
    apply_decision,
    check_not_past,
    decided_together,
)
from bot.service.context import Context, RefusalKind

CANCELLED = "change.cancelled"
# Of a batch, the changes that had not begun.
STOPPED = "Stopped before it began."
OWN_CHANGE = "Nobody approves their own change."


async def confirm(ctx: Context, actor: Actor, change_id: str, preview_revision: int) -> Change:
    """Confirm a change as its requester, where the policy needs no approval. Return it as approved.

    Raises Conflict where the policy needs approvals by now: the change then awaits them.
    """
    change, principal = await change_of_channel(ctx, actor, change_id)
    if change.requester not in principal.known_ids:
        await _refuse(ctx, principal, change, "Only the requester confirms this change.")
    event = Event.CONFIRM
    authorization = await _allow(ctx, principal, change.action.proposed_by, change, event)

    def move(current: Change) -> Change:
        if current.approvals_needed:
            return _ask_others(ctx, current)
        return _approved(ctx, current, event, principal.actor, ())

    check = _seen_as(ctx, preview_revision)
    kind = "change.confirmed"
    after = await apply_decision(ctx, authorization, change, kind, move, event=event, check=check)
    if after.state is State.AWAITING_APPROVAL:
        raise Conflict(
            f"{after.id} is not confirmed: others have to approve it. {after.asked_again}"
        )
    return after


async def approve(ctx: Context, actor: Actor, change_id: str, preview_revision: int) -> Change:
    """Approve a change of somebody else; the last approval needed releases it."""
    change, principal = await change_of_channel(ctx, actor, change_id)
    if change.requester in principal.known_ids:
        others = ""
        if not change.batch:
            others = await who_approves(ctx, change.customer, principal.actor.user, change.id)
        ask = Right.APPROVE if Right.VIEW in _rights(ctx, principal, change) else None
        await _refuse(ctx, principal, change, OWN_CHANGE, cure=others, ask=ask)
    authorization = await _allow(ctx, principal, Right.APPROVE, change, Event.APPROVE)
    actor = principal.actor

    def move(current: Change) -> Change:
        if any(given.approver in principal.known_ids for given in current.approvals):
            raise Conflict("You have approved this already; another person is needed.")
        via = f"said at the terminal {actor.terminal}" if actor.terminal else CLICKED
        rows = authorization.rows_on(current.customer)
        given = Approval(actor.user, ctx.clock.now(), current.preview_revision, rows, via)
        approvals = (*current.approvals, given)
        if len(approvals) < current.approvals_needed:
            current.after(Event.APPROVE)
            return current.revised(approvals=approvals)
        return _approved(ctx, current, Event.APPROVE, actor, approvals)

    check = _seen_as(ctx, preview_revision)
    return await apply_decision(
        ctx, authorization, change, APPROVED, move, event=Event.APPROVE, check=check
    )


async def deny(ctx: Context, actor: Actor, change_id: str, reason: str) -> Change:
    """Deny a change as an approver, with a reason that the requester sees."""
    change, principal = await change_of_channel(ctx, actor, change_id)
    event = Event.DENY
    authorization = await _allow(ctx, principal, Right.APPROVE, change, event)
    move = _ending(ctx, event, principal.actor, reason)
    return await apply_decision(
        ctx, authorization, change, "change.denied", move, outcome=True, event=event
    )


async def may_deny(ctx: Context, actor: Actor, change_id: str) -> Change:
    """Return the change for the form that asks why. Raises what ``deny`` would raise."""
    change, principal = await change_of_channel(ctx, actor, change_id)
    await _allow(ctx, principal, Right.APPROVE, change, Event.DENY)
    async with conflicts_recorded(ctx, actor, change):
        found = await ctx.store.read(lambda tx: decided_together(tx, change, Event.DENY))
        found[0].after(Event.DENY)
    return await ctx.store.read(lambda tx: whole(tx, change))


async def cancel(ctx: Context, actor: Actor, change_id: str) -> Change:
    """Withdraw a change that is not executing yet, as its requester or an admin."""
    change, principal = await change_of_channel(ctx, actor, change_id)
    mine = change.requester in principal.known_ids
    right = change.action.proposed_by if mine else Right.ADMINISTER
    rights = _rights(ctx, principal, change)
    if Right.APPROVE in rights and right not in rights:
        sentence = "Only the requester or an admin withdraws it. Press Deny to refuse it."
        await _refuse(ctx, principal, change, sentence, RefusalKind.NO_RIGHT)
    event = Event.CANCEL
    authorization = await _allow(ctx, principal, right, change, event)
    move = _ending(ctx, event, principal.actor, "")
    sent = change.was_sent  # then the channel gets an outcome message
    return await apply_decision(
        ctx, authorization, change, CANCELLED, move, outcome=sent, event=event
    )


async def stop(ctx: Context, actor: Actor, change_id: str) -> Change:
    """Stop sending further users of a running change, or further customers of a batch; what was sent
    stays.

    Needs the right to approve, or the one to propose such a change.
    """
    change, principal = await change_of_channel(ctx, actor, change_id)
    approver = Right.APPROVE in _rights(ctx, principal, change)
    right = Right.APPROVE if approver else change.action.proposed_by
    if is_first(change):
        return await _stop_batch(ctx, principal, right, change)
    authorization = await allow(ctx, principal, right, change.customer, change.id)

    def move(current: Change) -> Change:
        if current.stopped_by or not (current.state is State.EXECUTING or may_be_stopped(current)):
            raise Conflict(f"{current.id} is {current.state.words}: nothing to stop.")
        if current.is_between_steps:
            return _ending(ctx, Event.CANCEL, principal.actor, "")(current)
        return current.revised(stopped_by=principal.actor.user)

    return await apply_decision(ctx, authorization, change, "change.stop_asked", move)


async def _stop_batch(ctx: Context, principal: Principal, right: Right, change: Change) -> Change:
    """Withdraw the changes of a batch that have not begun; those under way end."""
    event = Event.CANCEL
    authorization = await _allow(ctx, principal, right, change, event)

    def check(batch: Change) -> None:
        # One of them may be asked again meanwhile.
        if not (batch.state is State.EXECUTING or (batch.state in AWAITING and batch.attempts)):
            raise Conflict(f"{batch.id} is {batch.state.words}: nothing to stop.")

    move = _ending(ctx, event, principal.actor, STOPPED)
    return await apply_decision(
        ctx, authorization, change, CANCELLED, move, event=event, check=check
    )


async def _allow(
    ctx: Context, principal: Principal, right: Right, change: Change, event: Event
) -> Authorization:
    """Return the authorization for all customers that the decision is for.

    Raises NotAllowed, and Conflict for one change of a batch, which is withdrawn at most.
    """
    if change.batch and not is_first(change) and event is not Event.CANCEL:
        async with conflicts_recorded(ctx, principal.actor, change, principal.name):
            raise Conflict(f"{change.id} is decided with others: decide {change.batch}.")
    found = await ctx.store.read(lambda tx: decided_together(tx, change, event))
    return await allow_all(ctx, principal, right, [one.customer for one in found], change.id)


async def _refuse(
    ctx: Context,
    principal: Principal,
    change: Change,
    sentence: str,
    kind: RefusalKind = RefusalKind.RULE,
    cure: str = "",
    ask: Right | None = None,
) -> NoReturn:
    who = (principal.actor, principal.name, change.customer)
    await refuse(ctx, *who, sentence, change.id, kind=kind, cure=cure, ask=ask)


def _rights(ctx: Context, principal: Principal, change: Change) -> list[Right]:
    now = ctx.clock.now()
    return [right for right in Right if principal.decide(right, change.customer, now).allowed]


def _seen_as(ctx: Context, preview_revision: int) -> Callable[[Change], None]:
    """Return the check that the person has seen the card as it is now."""
    return lambda current: _check_seen(ctx, current, preview_revision)


def _check_seen(ctx: Context, current: Change, preview_revision: int) -> None:
    if current.state not in AWAITING:
        raise Conflict(f"{current.id} is {current.state.words} already. Nothing was done twice.")
    if current.preview is None or current.preview_revision != preview_revision:
        raise Conflict(f"The card of {current.id} has changed. Read it again, then decide.")
    check_not_past(ctx, current)


def _approved(
    ctx: Context, current: Change, event: Event, actor: Actor, approvals: tuple[Approval, ...]
) -> Change:
    now = ctx.clock.now()
    return current.moved(
        event, approvals=approvals, decided_at=now, decided_by=actor.user, deadline=now + START_TIME
    )


def _ask_others(ctx: Context, current: Change) -> Change:
    return current.moved(
        Event.ASK_APPROVAL,
        deadline=ctx.clock.now() + DECISION_TIME,
        asked_again=missing_approvals(current),
    )


def _ending(ctx: Context, event: Event, actor: Actor, reason: str) -> Transition:
    def move(current: Change) -> Change:
        now = ctx.clock.now()
        return current.moved(
            event, decided_at=now, decided_by=actor.user, decision_reason=reason, finished_at=now
        )

    return move
