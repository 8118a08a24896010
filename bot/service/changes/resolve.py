"""What an operator can do: read back again, retry, mark as applied, give up."""

from __future__ import annotations

from bot.domain.actor import Actor
from bot.domain.change import Change
from bot.domain.change_state import Event, State
from bot.domain.outcome import Outcome
from bot.domain.policy import START_TIME
from bot.domain.roles import Right
from bot.errors import Conflict
from bot.ports import Transaction
from bot.service.access.authorise import allow
from bot.service.access.change_lookup import authorised_change, change_of_channel
from bot.service.access.refusals import conflicts_recorded
from bot.service.changes.attempt_outcome import outcome_detail
from bot.service.changes.claim import claim, release, release_now
from bot.service.changes.decision_transaction import apply_decision, check_authorised
from bot.service.changes.executor import read_back
from bot.service.context import Context, record_step, save_change


async def read_back_again(ctx: Context, actor: Actor, change_id: str) -> Change:
    """Read the change back once more; nothing is sent.

    It is applied where the API shows it as wanted. Needs the right to approve, or the one to propose
    such a change.
    """
    change, principal = await change_of_channel(ctx, actor, change_id)
    approver = principal.decide(Right.APPROVE, change.customer, ctx.clock.now()).allowed
    right = Right.APPROVE if approver else change.action.proposed_by
    authorization = await allow(ctx, principal, right, change.customer, change.id)

    def transition(current: Change) -> Change:
        if current.state is not State.NEEDS_OPERATOR:
            raise Conflict(f"{current.id} is {current.state.words} already.")
        return current.revised()

    change = await apply_decision(ctx, authorization, change, "change.look_asked", transition)
    async with conflicts_recorded(ctx, actor, change, authorization.name):
        taken = f"{change.id} is being read back already."
        await ctx.store.write(lambda tx: claim(tx, ctx, change.id, taken))
    try:
        return await _read_back_claimed(ctx, actor, change, authorization.name)
    except Exception:
        await release_now(ctx, change.id)
        raise
    finally:
        ctx.wake_executor()


async def _read_back_claimed(ctx: Context, actor: Actor, change: Change, name: str) -> Change:
    """Read it back, and save what it came to. Raises Conflict where that was not needed any more."""
    result = await read_back(ctx, change)

    def step(tx: Transaction) -> Change:
        release(tx, ctx, change.id)
        current = tx.change(change.id)
        if current is None or current.state is not State.NEEDS_OPERATOR:
            raise Conflict(f"{change.id} was concluded meanwhile; look at its card.")
        if result.event in (None, Event.LOSE, Event.ACCEPT):
            after = current.revised(outcome=result.outcome)
            record_step(tx, ctx.clock, after, "change.read_back", outcome_detail(result.outcome))
            return save_change(tx, after)
        after = current.moved(result.event, outcome=result.outcome, finished_at=ctx.clock.now())
        record_step(tx, ctx.clock, after, f"change.{after.state}", outcome_detail(result.outcome))
        return save_change(tx, after, outcome=True, by=actor.user)

    async with conflicts_recorded(ctx, actor, change, name):
        after = await ctx.store.write(step)
    ctx.wake_publisher()
    return after


async def retry(ctx: Context, actor: Actor, change_id: str, reason: str) -> Change:
    """Have the change sent once more.

    It waits for conflicting changes, and goes back to its approvers where another change ran
    meanwhile.
    """
    change, authorization = await authorised_change(ctx, actor, change_id)

    def move(current: Change) -> Change:
        return current.moved(
            Event.RETRY,
            deadline=ctx.clock.now() + START_TIME,
            decision_reason=f"Tried again: {reason}",
            outcome=None,
            finished_at=None,
            stopped_by=None,
            postponed=0,
        )

    return await apply_decision(ctx, authorization, change, "change.retry_asked", move)


async def mark_applied(ctx: Context, actor: Actor, change_id: str, reason: str) -> Change:
    """Conclude that the change took effect, because this person says so."""
    return await _conclude(ctx, actor, change_id, Event.SUCCEED, reason, "change.marked_applied")


async def give_up(ctx: Context, actor: Actor, change_id: str, reason: str) -> Change:
    """Close the change though it is not known what is set."""
    return await _conclude(ctx, actor, change_id, Event.GIVE_UP, reason, "change.given_up")


async def may_resolve(ctx: Context, actor: Actor, change_id: str) -> Change:
    """Return the change for the form that asks why. Raises what the three above would raise."""
    return await check_authorised(ctx, actor, change_id, Event.RETRY)


async def _conclude(
    ctx: Context, actor: Actor, change_id: str, event: Event, reason: str, kind: str
) -> Change:
    change, authorization = await authorised_change(ctx, actor, change_id)

    def move(current: Change) -> Change:
        current.after(Event.GIVE_UP)  # raises where it does not need an operator
        return current.moved(
            event,
            settled_by=authorization.principal.actor.user,
            decision_reason=reason,
            outcome=current.outcome or Outcome(),
            finished_at=ctx.clock.now(),
        )

    return await apply_decision(ctx, authorization, change, kind, move, outcome=True)
