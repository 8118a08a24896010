"""Make the token of an approved change when its requester presses a button."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import structlog

from bot.domain.actions import MakeToken, is_revealed_to_requester
from bot.domain.actor import Actor
from bot.domain.change import Change
from bot.domain.change_commands import TokenCommand
from bot.domain.change_request import Proposal
from bot.domain.change_state import State
from bot.domain.scope import Users
from bot.errors import Conflict, LeaseLost, StoreError
from bot.ports import Token, Transaction
from bot.service.access.authorise import Authorization, allow
from bot.service.access.change_lookup import change_of_channel
from bot.service.access.refusals import conflicts_recorded, refuse
from bot.service.change_types import token as tokens
from bot.service.change_types.attempt.send import AttemptResult
from bot.service.changes.attempt_outcome import outcome_detail
from bot.service.changes.claim import claim, release, release_now
from bot.service.changes.schedule import wait_reason
from bot.service.changes.start_attempt import start_approved
from bot.service.context import Context, record_step, save_change

MAX_PARALLEL_TOKENS = 4  # tokens: each may wait long for a silent API
SAVE_RETRY_SECONDS = 1.0  # seconds between two tries to save how it ended

# Shows the token to the person and returns "", or says in a sentence why that was not possible.
Reveal = Callable[[Token], Awaitable[str]]

log = structlog.get_logger(__name__)


def token_request(command: TokenCommand) -> Proposal:
    """Return the request for the command `token`."""
    scope = Users((command.address,))
    return Proposal(command.customer, MakeToken(command.notify), scope, command.reason)


async def may_reveal(ctx: Context, actor: Actor, change_id: str) -> tuple[Change, Authorization]:
    """Return the change and the authorization to show its token.

    Raises NotAllowed and Conflict, recorded.

    Only the requester may see it, and only while the change is approved. Rights are checked again.
    """
    change, principal = await change_of_channel(ctx, actor, change_id)
    if change.requester not in principal.known_ids:
        sentence = "A token is shown to nobody but who asked for it. Ask for one of your own."
        await refuse(ctx, principal.actor, principal.name, change.customer, sentence, change.id)
    authorization = await allow(
        ctx, principal, change.action.proposed_by, change.customer, change.id
    )
    async with conflicts_recorded(ctx, actor, change, authorization.name):
        if not is_revealed_to_requester(change.action) or change.state is not State.APPROVED:
            raise Conflict(_why_no_token(change))
    return change, authorization


async def reveal_token(ctx: Context, actor: Actor, change_id: str, reveal: Reveal) -> Change:
    """Make the token, show it once, and return the concluded change.

    The change is saved as executing first, so that repeated clicks send one request. ``reveal``
    gets the only copy. Raises NotAllowed, UnknownChange and Conflict, recorded; then nothing was
    requested.
    """
    change, authorization = await may_reveal(ctx, actor, change_id)
    async with conflicts_recorded(ctx, actor, change, authorization.name):
        taken = await _started(ctx, change)
        try:
            result = await _requested(ctx, taken, reveal)
            return await _concluded(ctx, authorization.principal.actor, taken, result)
        except Exception:
            await release_now(ctx, change.id)
            raise
        finally:
            ctx.wake_executor()
            ctx.wake_publisher()


async def _started(ctx: Context, change: Change) -> Change:
    """Claim the change, and save it as executing, with its request line.

    Raises Conflict where it may not start now.
    """

    def step(tx: Transaction) -> tuple[Change | None, Change, str]:
        claimed = tx.claimed_changes()
        if change.id not in claimed and len(claimed) >= MAX_PARALLEL_TOKENS:
            raise Conflict("Others are being made just now. Press it again in a minute.")
        claim(
            tx,
            ctx,
            change.id,
            f"{change.id} is under way already: there is one token, in one window.",
        )
        taken = start_approved(tx, ctx, change.id, None)
        if taken is None:
            release(tx, ctx, change.id)
        current = tx.change(change.id) or change
        waits = wait_reason(tx, ctx, current) if current.state is State.APPROVED else None
        return taken, current, waits.change_id if waits else ""

    taken, current, waits_for = await ctx.store.write(step)
    ctx.wake_publisher()
    if taken is not None:
        return taken
    if waits_for:
        raise Conflict(f"{waits_for} runs first. Press it again when that has ended.")
    if current.state is State.APPROVED:
        raise Conflict(f"{current.id} has expired: no token was asked for. Propose it again.")
    raise Conflict(_why_no_token(current))


async def _requested(ctx: Context, change: Change, reveal: Reveal) -> AttemptResult:
    answer = await tokens.ask(ctx, change)
    if isinstance(answer, AttemptResult):
        return answer
    try:
        why_not = await reveal(answer)
    except Exception as error:  # the token exists, and perhaps nobody saw it
        log.error("token.not_shown", change=change.id, error=type(error).__name__)  # noqa: TRY400  # it may hold the token
        why_not = "Something went wrong here."
    return tokens.made(answer, why_not)


async def _concluded(ctx: Context, actor: Actor, change: Change, result: AttemptResult) -> Change:
    """Save the outcome, retrying until the store takes it: it cannot be read back later."""

    def step(tx: Transaction) -> Change:
        current = tx.change(change.id)
        if current is None or current.state is not State.EXECUTING or result.event is None:
            raise Conflict(f"{change.id} was concluded meanwhile; look at its card.")
        ended = current.moved(
            result.event, outcome=result.outcome, finished_at=ctx.clock.now(), next_look_at=None
        )
        whose = {"user": tokens.user_of(ended), "asked_by": actor.terminal or actor.user}
        release(tx, ctx, change.id)
        record_step(
            tx, ctx.clock, ended, f"change.{ended.state}", whose | outcome_detail(result.outcome)
        )
        return save_change(tx, ended, outcome=True)

    while True:
        try:
            return await ctx.store.write(step)
        except LeaseLost:
            raise
        except StoreError as error:
            log.warning("token.not_saved", change=change.id, why=str(error))
            await ctx.sleep(SAVE_RETRY_SECONDS)


def _why_no_token(change: Change) -> str:
    if change.attempts:
        return (
            f"{change.id} is {change.state.words}: a token is never asked for twice. Its card and its outcome "
            "say what is known of the first one."
        )
    why = f" {change.decision_reason}" if change.decision_reason else ""
    return f"{change.id} is {change.state.words}: no token was asked for.{why}"
