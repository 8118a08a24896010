"""Delete all users of a customer by one request, which is never repeated without a person."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.change import Change
from bot.domain.change_state import Event
from bot.domain.outcome import Outcome
from bot.domain.scope import EVERY_USER
from bot.errors import BotError, ContinuityError, NotSent, Refused
from bot.ports import Receipt
from bot.service.change_types.attempt.pre_delete_export import (
    check_number,
    export,
    not_exported,
    nothing_deleted,
)
from bot.service.change_types.attempt.send import (
    AttemptResult,
    accepted,
    not_accepted,
    not_read_back,
    read_back_until_set,
    receipt_outcome,
    send,
)
from bot.service.context import Context


async def perform(ctx: Context, change: Change) -> AttemptResult:
    """Export, count once more, delete, count what is left."""
    try:
        await export(ctx, change, EVERY_USER)
    except (BotError, OSError) as error:
        return not_accepted(ctx, change, not_exported(change, error))

    async def delete() -> Receipt:
        # Inside the request: between two sends of it lies up to a minute.
        await _check_count(ctx, change)
        return await ctx.api.delete_users(change.customer, EVERY_USER)

    try:
        receipt = await send(ctx, change, delete)
    except NotSent as error:
        # Tried again it would be exported again, and every try leave another file with the requester.
        return not_accepted(
            ctx, change, Refused(f"{nothing_deleted(change)}. {error} Propose it again.")
        )
    except ContinuityError as error:
        return not_accepted(ctx, change, error)
    sent = await accepted(ctx, change, receipt_outcome(receipt))
    return await read_back_until_set(ctx, lambda: read_back(ctx, sent))


async def read_back(ctx: Context, change: Change) -> AttemptResult:
    """Count who is left: SUCCEED (nobody), ACCEPT (accepted, some still counted) or LOSE.

    Never None, after which it would be sent again: it might delete other users than approved.
    """
    before = change.outcome or Outcome()
    try:
        left = await ctx.api.count(change.customer)
    except ContinuityError as error:
        return not_read_back(before, error)
    then = (change.preview.total if change.preview else None) or left
    gone = max(then - left, 0)
    outcome = replace(
        before,
        sentence=f"{left:,} users are there. It is not sent again by itself." if left else "",
        total=then,
        in_state=gone,
        failed=0 if change.is_accepted else then - gone,
        read_back_at=ctx.clock.now(),
    )
    if not left:
        return AttemptResult(Event.SUCCEED, outcome)
    return AttemptResult(Event.ACCEPT if change.is_accepted else Event.LOSE, outcome)


async def _check_count(ctx: Context, change: Change) -> None:
    try:
        now = await ctx.api.count(change.customer)
    except ContinuityError as error:
        raise Refused(
            f"{nothing_deleted(change)}: they could not be counted again. {error}"
        ) from None
    try:
        check_number(change, now)
    except Refused as error:
        raise Refused(f"{nothing_deleted(change)}. {error}") from None
