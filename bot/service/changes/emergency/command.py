"""Decide a change alone, in an emergency: a new one, or one that waits. It needs no approval.

Everybody who could have approved it is told in the transaction of the decision, and a review is owed.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

from bot.domain.actions import Action
from bot.domain.actor import Actor
from bot.domain.audit.change_history import EMERGENCY
from bot.domain.change import Change
from bot.domain.change_request import ChangeRequest
from bot.domain.change_state import Event
from bot.domain.emergency import Emergency, why_no_emergency
from bot.domain.policy import START_TIME
from bot.domain.preview import Preview
from bot.domain.review import Review
from bot.domain.roles import Decision, Right
from bot.errors import Conflict, InvalidInput
from bot.ports import Transaction
from bot.service.access.authorise import Authorization, authorise
from bot.service.access.change_lookup import authorised_change
from bot.service.access.customer_rules import why_forbidden
from bot.service.access.refusals import conflicts_recorded, record_refusal, refuse
from bot.service.change_types.attempt.address_spelling import with_api_spelling
from bot.service.changes.decision_transaction import (
    check_in_time,
    check_not_past,
    commit_decision,
    decide_one,
)
from bot.service.changes.preview import count
from bot.service.changes.propose import new_change, propose
from bot.service.context import Context
from bot.service.reach.emergency import could_approve, tell_emergency
from bot.service.reach.seen import Seen, look

# For the count that a form shows: Slack opens it within three seconds, or not at all.
FORM_SECONDS = 1.0
REASON_MISSING = "An emergency needs a reason: add --reason."
FOR_ONE_CUSTOMER = "Break-glass is for one customer: propose this one alone."
IN_A_BATCH = "{change} asks for the same, together with other customers. It is {state} already: see its card."


async def may_command(ctx: Context, actor: Actor, customer: str, action: Action) -> Authorization:
    """Return the authorization of a commander for such a change.

    Raises NotAllowed, recorded, for others, where a rule forbids it, and for an action that is none for an emergency.
    """
    authorization = await authorise(ctx, actor, Right.COMMAND, customer)
    await _check(ctx, authorization, customer, action)
    return authorization


async def preview_of(ctx: Context, authorization: Authorization, request: ChangeRequest) -> Change:
    """Return the change as it would be proposed, counted where that is quick; nothing is saved.

    Raises InvalidInput where the API says that there is nothing to change.
    """
    change = await ctx.store.read(lambda tx: new_change(ctx, tx, authorization, request))
    try:
        async with asyncio.timeout(FORM_SECONDS):
            seen, halt = await count(ctx, change)
    except TimeoutError:
        return change
    if halt:
        raise InvalidInput(f"Nothing was proposed. {halt.why}")
    return _counted(change, seen)


async def may_take_over(ctx: Context, actor: Actor, change_id: str) -> Change:
    """Return the open change for the form. Raises what ``take_over`` would raise."""
    change, _ = await _authorised(ctx, actor, change_id)
    async with conflicts_recorded(ctx, actor, change):
        change.after(Event.COMMAND)
    return change


async def propose_emergency(
    ctx: Context, actor: Actor, request: ChangeRequest
) -> tuple[Change, bool]:
    """Propose the change and decide it in one transaction; return it and whether it is new.

    An equal request that waits is decided instead. Raises NotAllowed and Conflict, recorded, and
    InvalidInput where the API says that there is nothing to change.
    """
    if not request.reason.strip():
        raise InvalidInput(REASON_MISSING)
    authorization = await may_command(ctx, actor, request.customer, request.action)
    wanted = await ctx.store.read(lambda tx: new_change(ctx, tx, authorization, request))
    (preview, halt), seen = await asyncio.gather(
        count(ctx, wanted), _look(ctx, authorization, request.customer)
    )
    if halt:
        raise InvalidInput(f"Nothing was proposed. {halt.why}")

    def decide(tx: Transaction, change: Change) -> Change:
        if actor.channel not in (None, change.channel):
            raise Conflict(
                f"{change.id} asks for the same in <#{change.channel}>: press Emergency… on its card there."
            )
        if change.batch:
            raise Conflict(IN_A_BATCH.format(change=change.id, state=change.state.words))
        after = _decide(tx, ctx, authorization, change, request.reason, seen, preview)
        if isinstance(after, tuple):
            raise Conflict(after[1].reason)
        return after

    try:
        return await propose(ctx, actor, request, decide=decide)
    except Conflict as error:
        who = {"name": authorization.name, "customer": request.customer}
        await record_refusal(ctx, authorization.principal.actor, str(error), **who)
        raise


async def take_over(ctx: Context, actor: Actor, change_id: str, reason: str) -> Change:
    """Decide a change that waits. Raises NotAllowed, UnknownChange and Conflict, recorded."""
    if not reason.strip():
        raise InvalidInput(REASON_MISSING)
    change, authorization = await _authorised(ctx, actor, change_id)
    seen = await _look(ctx, authorization, change.customer)
    return await commit_decision(
        ctx,
        authorization,
        change,
        lambda tx: _decide(tx, ctx, authorization, change, reason, seen, None),
    )


async def _authorised(ctx: Context, actor: Actor, change_id: str) -> tuple[Change, Authorization]:
    change, authorization = await authorised_change(ctx, actor, change_id, Right.COMMAND)
    await _check(ctx, authorization, change.customer, change.action, change)
    return change, authorization


async def _check(
    ctx: Context,
    authorization: Authorization,
    customer: str,
    action: Action,
    change: Change | None = None,
) -> None:
    """Raise NotAllowed, recorded, where no commander may decide this alone."""
    why = why_no_emergency(action) or (FOR_ONE_CUSTOMER if change and change.batch else "")
    why = why or await ctx.store.read(lambda tx: why_forbidden(tx, customer))
    if why:
        who = (authorization.principal.actor, authorization.name, customer)
        await refuse(ctx, *who, why, change.id if change else "")


async def _look(ctx: Context, authorization: Authorization, customer: str) -> Seen:
    """Ask Slack about those who will be told; a second at most."""
    now, commander = ctx.clock.now(), authorization.principal.actor.user
    people = await ctx.store.read(lambda tx: could_approve(tx, customer, now, [commander]))
    return await look(ctx, people)


def _decide(
    tx: Transaction,
    ctx: Context,
    authorization: Authorization,
    change: Change,
    reason: str,
    seen: Seen,
    preview: Preview | None,
) -> Change | tuple[str, Decision]:
    """Decide the change and tell everybody; return it, or why the role rows do not allow it any more."""
    if why := why_forbidden(tx, change.customer):
        raise Conflict(why)
    actor, now = authorization.principal.actor, ctx.clock.now()
    emergency = Emergency(actor.user, now, reason, authorization.rows, actor.terminal or "")

    def transition(current: Change) -> Change:
        check_in_time(ctx, current)
        check_not_past(ctx, current)
        counted = _counted(current, preview)
        return counted.moved(
            Event.COMMAND,
            emergency=emergency,
            review=Review(),
            decided_at=now,
            decided_by=actor.user,
            deadline=now + START_TIME,
        )

    after = decide_one(tx, ctx, authorization, change, EMERGENCY, transition, {"reason": reason})
    if isinstance(after, Change):
        tell_emergency(tx, ctx, after, seen)
    return after


def _counted(change: Change, preview: Preview | None) -> Change:
    """Return the change with the preview that was counted for it, where it has none."""
    if preview is None or change.preview is not None:
        return change
    spelled = with_api_spelling(change, dict(preview.spelled))
    return replace(
        spelled,
        preview=replace(preview, spelled=()),
        preview_revision=change.preview_revision + 1,
    )
