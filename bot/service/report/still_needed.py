"""“Still needed”: somebody says why, and the report is silent of it for a day."""

from __future__ import annotations

from bot.domain.actor import Actor
from bot.domain.change import Change
from bot.domain.limits import MIN_REASON_CHARS
from bot.domain.on import STILL_NEEDED, OnEntry, StillNeeded
from bot.domain.report import SILENT
from bot.domain.roles import Right
from bot.errors import Conflict, InvalidInput
from bot.ports import Transaction
from bot.service.access.authorise import Authorization
from bot.service.access.change_lookup import as_in_own_channel, authorised_change
from bot.service.context import Context, record
from bot.service.on_entries import entries_of


async def may_say(ctx: Context, actor: Actor, change_id: str) -> Change:
    """Return the change that this person may say it of: whoever may propose, as for the way back.

    Raises NotAllowed and UnknownChange, recorded, and Conflict where it is not on any more.
    """
    change, _ = await _authorised(ctx, actor, change_id)
    await ctx.store.read(lambda tx: _check_on(tx, change))
    return change


async def still_needed(ctx: Context, actor: Actor, change_id: str, reason: str) -> StillNeeded:
    """Record that it is still needed. Raises as ``may_say``, and InvalidInput without a reason."""
    why = " ".join(reason.split())
    if len(why) < MIN_REASON_CHARS:
        raise InvalidInput(f"Say why, in {MIN_REASON_CHARS} characters or more.")
    change, authorization = await _authorised(ctx, actor, change_id)
    now = ctx.clock.now()
    person = authorization.principal.actor.user
    said = StillNeeded(change.id, person, why, now, now + SILENT)

    def step(tx: Transaction) -> None:
        _check_on(tx, change)
        tx.put_still_needed(said)
        who = {"name": authorization.name, "customer": change.customer, "change_id": change.id}
        detail = {"reason": why, "until": said.until.isoformat(), "rows": authorization.rows}
        record(tx, ctx.clock, STILL_NEEDED, authorization.principal.actor, **who, detail=detail)

    await ctx.store.write(step)
    return said


async def _authorised(ctx: Context, actor: Actor, change_id: str) -> tuple[Change, Authorization]:
    actor = await as_in_own_channel(ctx, actor, change_id)
    return await authorised_change(ctx, actor, change_id, Right.PROPOSE)


def _check_on(tx: Transaction, change: Change) -> OnEntry:
    for one in entries_of(tx, [change.customer]).get(change.customer, ()):
        if one.change.id == change.id:
            return one
    raise Conflict(f"What {change.id} switched on is not on any more: there is nothing to say.")
