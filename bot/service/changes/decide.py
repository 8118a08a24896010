"""Confirm, approve, deny, cancel, stop: every click is authorised anew, inside and outside the step."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

from bot.domain.change import AWAITING, CLICKED, Approval, Change, Event, State
from bot.domain.change_history import APPROVED, ASKED_AGAIN
from bot.domain.commands import Actor
from bot.domain.policy import DECISION_TIME, START_TIME
from bot.domain.roles import Decision, Right
from bot.errors import Conflict, UnknownChange
from bot.ports import Transaction
from bot.service.access.authorise import Authorization, allow, refuse_by_rows, still_allowed
from bot.service.access.change_lookup import authorised_change, change_of_channel
from bot.service.access.principals import Principal
from bot.service.access.quorum import DECIDED, missing_approvals, with_current_policy
from bot.service.access.refusals import conflicts_recorded, refuse
from bot.service.access.verbal_approval import notify, why_nobody_is_notified
from bot.service.context import Context, RefusalKind, record, record_step, save_change

_APPROVING_KINDS = frozenset({"change.confirmed", APPROVED})
MORE_ASKED = "change.more_asked"  # more approvals are asked for than when it was proposed
OWN_CHANGE = "Nobody approves their own change."

Move = Callable[[Change], Change]


async def confirm(ctx: Context, actor: Actor, change_id: str, preview_revision: int) -> Change:
    """The requester confirms their own change, where the policy asks for no approval.

    Where it does by now, others are asked and Conflict is raised.
    """
    change, principal = await change_of_channel(ctx, actor, change_id)
    if change.requester not in principal.known_ids:
        await _refuse(ctx, principal, change, "Only the requester confirms this change.")
    authorization = await allow(
        ctx, principal, change.action.proposed_by, change.customer, change.id
    )

    def move(current: Change) -> Change:
        _check_seen(current, preview_revision)
        if current.approvals_needed:
            return _ask_others(ctx, current)
        return _approved(ctx, current, Event.CONFIRM, principal.actor, ())

    after = await apply_decision(ctx, authorization, change, "change.confirmed", move)
    if after.state is State.AWAITING_APPROVAL:
        raise Conflict(
            f"{after.id} is not confirmed: others have to approve it. {after.asked_again}"
        )
    return after


async def approve(ctx: Context, actor: Actor, change_id: str, preview_revision: int) -> Change:
    """Somebody other than the requester approves; the last needed approval releases the change."""
    change, principal = await change_of_channel(ctx, actor, change_id)
    if change.requester in principal.known_ids:
        await _refuse(ctx, principal, change, OWN_CHANGE)
    authorization = await allow(ctx, principal, Right.APPROVE, change.customer, change.id)
    actor = principal.actor

    def move(current: Change) -> Change:
        _check_seen(current, preview_revision)
        if any(given.approver in principal.known_ids for given in current.approvals):
            raise Conflict("You have approved this already; another person is needed.")
        via = f"said at the terminal {actor.terminal}" if actor.terminal else CLICKED
        given = Approval(actor.user, ctx.clock.now(), preview_revision, authorization.rows, via)
        approvals = (*current.approvals, given)
        if len(approvals) < current.approvals_needed:
            current.after(Event.APPROVE)
            return current.revised(approvals=approvals)
        return _approved(ctx, current, Event.APPROVE, actor, approvals)

    return await apply_decision(ctx, authorization, change, APPROVED, move)


async def deny(ctx: Context, actor: Actor, change_id: str, reason: str) -> Change:
    """An approver denies, with a reason that the requester sees."""
    change, authorization = await authorised_change(ctx, actor, change_id, Right.APPROVE)
    move = _ending(ctx, Event.DENY, authorization.principal.actor, reason)
    return await apply_decision(ctx, authorization, change, "change.denied", move, outcome=True)


async def may_deny(ctx: Context, actor: Actor, change_id: str) -> None:
    """Raise what ``deny`` would raise, before a reason is asked for."""
    await check_authorised(ctx, actor, change_id, Event.DENY, Right.APPROVE)


async def cancel(ctx: Context, actor: Actor, change_id: str) -> Change:
    """The requester, or an admin, takes back what is not yet executing."""
    change, principal = await change_of_channel(ctx, actor, change_id)
    mine = change.requester in principal.known_ids
    right = change.action.proposed_by if mine else Right.ADMINISTER
    rights = _rights(ctx, principal, change)
    if Right.APPROVE in rights and right not in rights:
        sentence = "Only the requester or an admin withdraws it. Press Deny to refuse it."
        await _refuse(ctx, principal, change, sentence, RefusalKind.NO_RIGHT)
    authorization = await allow(ctx, principal, right, change.customer, change.id)
    move = _ending(ctx, Event.CANCEL, principal.actor, "")
    sent = change.attempts > 0  # then it is more than a wish that is taken back
    return await apply_decision(ctx, authorization, change, "change.cancelled", move, outcome=sent)


async def stop(ctx: Context, actor: Actor, change_id: str) -> Change:
    """Send no further users of a running change; what was sent stays. Who may approve may stop."""
    change, principal = await change_of_channel(ctx, actor, change_id)
    approver = Right.APPROVE in _rights(ctx, principal, change)
    right = Right.APPROVE if approver else change.action.proposed_by
    authorization = await allow(ctx, principal, right, change.customer, change.id)

    def move(current: Change) -> Change:
        if current.state is not State.EXECUTING or current.stopped_by:
            raise Conflict(f"{current.id} is {current.state.words}: nothing to stop.")
        return current.revised(stopped_by=principal.actor.user)

    return await apply_decision(ctx, authorization, change, "change.stop_asked", move)


async def _refuse(
    ctx: Context,
    principal: Principal,
    change: Change,
    sentence: str,
    kind: RefusalKind = RefusalKind.RULE,
) -> NoReturn:
    who = (principal.actor, principal.name, change.customer)
    await refuse(ctx, *who, sentence, change.id, kind=kind)


def _rights(ctx: Context, principal: Principal, change: Change) -> list[Right]:
    now = ctx.clock.now()
    return [right for right in Right if principal.decide(right, change.customer, now).allowed]


async def check_authorised(
    ctx: Context, actor: Actor, change_id: str, event: Event, right: Right | None = None
) -> None:
    """Raise, recorded, where this person may not move the change by ``event``, or nobody can."""
    change, _ = await authorised_change(ctx, actor, change_id, right)
    async with conflicts_recorded(ctx, actor, change):
        change.after(event)


async def apply_decision(
    ctx: Context,
    authorization: Authorization,
    change: Change,
    kind: str,
    move: Move,
    *,
    outcome: bool = False,
) -> Change:
    """Move a change in one step that checks the rows once more and records who did it as ``kind``.

    ``outcome`` is whether the channel gets a message of its own. Raises NotAllowed and Conflict, recorded.
    """
    actor = authorization.principal.actor

    def step(tx: Transaction) -> Change | Decision:
        current = tx.change(change.id)
        if current is None:
            raise UnknownChange(f"There is no change {change.id} here.")
        by_rows = still_allowed(
            tx, ctx, actor, authorization.right, authorization.principal.usergroups, change.customer
        )
        if not by_rows.allowed:
            return by_rows
        if current.state in AWAITING | {State.APPROVED} and ctx.clock.now() >= current.deadline:
            raise Conflict(f"{current.id} has expired. Propose it again.")
        seen = (
            with_current_policy(tx, ctx, current, DECIDED) if kind in _APPROVING_KINDS else current
        )
        after = move(seen)
        more = after.approvals_needed > current.approvals_needed
        others = more and not current.approvals_needed  # the yes itself does not count any more
        save_change(tx, after, outcome=outcome or others)
        if more:
            _note_more(tx, ctx, after, ASKED_AGAIN if others else MORE_ASKED)
        if others:
            return after
        if actor.terminal and kind == APPROVED:  # nobody clicked: they can object
            if why := why_nobody_is_notified(tx, ctx, after.customer, after.requester, actor.user):
                raise Conflict(why)
            notify(tx, ctx, after, actor.user)
        _record(tx, ctx, authorization, kind, seen, after)
        return after

    async with conflicts_recorded(ctx, actor, change, authorization.name):
        after = await ctx.store.write(step)
    if isinstance(after, Decision):
        await refuse_by_rows(ctx, actor, authorization.name, after, change.customer, change.id)
    ctx.wake_executor()
    ctx.wake_publisher()
    return after


def _note_more(tx: Transaction, ctx: Context, after: Change, kind: str) -> None:
    """Append that more approvals are asked for than before."""
    told = {"why": after.asked_again, "policy": after.policy}
    record_step(tx, ctx.clock, after, kind, told | {"approvals_needed": after.approvals_needed})


def _record(
    tx: Transaction,
    ctx: Context,
    authorization: Authorization,
    kind: str,
    seen: Change,
    after: Change,
) -> None:
    """Append who decided, by which rows, on which preview: that of the change as it was ``seen``."""
    actor = authorization.principal.actor
    record(
        tx,
        ctx.clock,
        kind,
        actor,
        after,
        name=authorization.name,
        customer=after.customer,
        change_id=after.id,
        detail={
            "rows": authorization.rows,
            "preview_revision": seen.preview_revision,
            "preview": seen.preview.numbers() if seen.preview else None,
            "reason": after.decision_reason,
            "given": _way(actor),
        },
    )


def _check_seen(current: Change, preview_revision: int) -> None:
    if current.state not in AWAITING:
        raise Conflict(f"{current.id} is {current.state.words} already. Nothing was done twice.")
    if current.preview is None or current.preview_revision != preview_revision:
        raise Conflict(f"The card of {current.id} has changed. Read it again, then decide.")


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


def _ending(ctx: Context, event: Event, actor: Actor, reason: str) -> Move:
    def move(current: Change) -> Change:
        now = ctx.clock.now()
        return current.moved(
            event, decided_at=now, decided_by=actor.user, decision_reason=reason, finished_at=now
        )

    return move


def _way(actor: Actor) -> str:
    if actor.terminal:
        return "terminal"
    return "clicked" if actor.clicked else "typed"
