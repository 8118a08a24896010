"""Review what a commander decided alone: accept it, or object with a reason."""

from __future__ import annotations

from bot.domain.actor import Actor
from bot.domain.audit.change_history import REVIEWED
from bot.domain.change import Change
from bot.domain.review import Review, ReviewState
from bot.domain.roles import Decision, Right
from bot.errors import Conflict, InvalidInput
from bot.ports import Transaction
from bot.service.access.authorise import Authorization
from bot.service.access.change_lookup import authorised_change
from bot.service.access.refusals import conflicts_recorded, refuse
from bot.service.changes.decision_transaction import commit_decision, decide_one
from bot.service.context import Context
from bot.service.reach.emergency import not_reviewers, review_key, tell_review

NOT_YOURS = "Nobody reviews what they asked for or decided themselves."
REASON_MISSING = "An objection needs a reason."


async def may_review(ctx: Context, actor: Actor, change_id: str) -> Change:
    """Return the change for the form that asks why. Raises what ``review`` would raise."""
    change, authorization = await _authorised(ctx, actor, change_id)
    async with conflicts_recorded(ctx, actor, change, authorization.name):
        check_owed(change)
    return change


async def review(
    ctx: Context, actor: Actor, change_id: str, state: ReviewState, reason: str = ""
) -> Change:
    """Record that the change was accepted, or objected to with a reason. Return it.

    Raises NotAllowed, UnknownChange and Conflict, recorded, and InvalidInput without the reason.
    """
    reason = " ".join(reason.split())
    if state is ReviewState.OBJECTED and not reason:
        raise InvalidInput(REASON_MISSING)
    change, authorization = await _authorised(ctx, actor, change_id)
    actor = authorization.principal.actor
    given = Review(state, actor.user, ctx.clock.now(), reason, actor.terminal or "")

    def transition(current: Change) -> Change:
        check_owed(current)
        return current.revised(review=given)

    def step(tx: Transaction) -> Change | tuple[str, Decision]:
        detail = {"review": state.value, "reason": reason}
        after = decide_one(tx, ctx, authorization, change, REVIEWED, transition, detail)
        if isinstance(after, Change):
            tx.remove_deadline(review_key(after.id))
            tell_review(tx, ctx, after)
        return after

    return await commit_decision(ctx, authorization, change, step)


async def accept(ctx: Context, actor: Actor, change_id: str) -> Change:
    """Accept it. Raises what ``review`` raises."""
    return await review(ctx, actor, change_id, ReviewState.ACCEPTED)


async def object_to(ctx: Context, actor: Actor, change_id: str, reason: str) -> Change:
    """Object to it. Raises what ``review`` raises."""
    return await review(ctx, actor, change_id, ReviewState.OBJECTED, reason)


async def _authorised(ctx: Context, actor: Actor, change_id: str) -> tuple[Change, Authorization]:
    change, authorization = await authorised_change(ctx, actor, change_id, Right.APPROVE)
    mine = not authorization.principal.known_ids.isdisjoint(not_reviewers(change))
    if mine and change.review is not None:
        principal = authorization.principal
        await refuse(ctx, principal.actor, principal.name, change.customer, NOT_YOURS, change.id)
    return change, authorization


def check_owed(change: Change) -> None:
    """Raise Conflict where no review is owed."""
    if change.review is None:
        raise Conflict(f"{change.id} was not decided in an emergency: no review is owed.")
    if not change.is_review_owed:
        who = change.review.reviewer or "somebody"
        raise Conflict(f"{change.id} is reviewed already: {change.review.state} by <@{who}>.")
