"""Propose another end for a timed change that is on, or that it stays."""

from __future__ import annotations

from datetime import datetime

from bot.domain.actions import MoveEnd, Restore, SetFlag, at_the_end, opposite
from bot.domain.actor import Actor
from bot.domain.change import Change, switch_of
from bot.domain.change_request import Proposal
from bot.domain.time_limit import AskedTime, check_time_limit
from bot.domain.time_zone import zone_named
from bot.errors import Conflict, InvalidInput
from bot.service.access.change_lookup import authorised_change
from bot.service.access.refusals import conflicts_recorded
from bot.service.changes.propose import propose
from bot.service.context import Context
from bot.service.time_zone import zone_of


async def may_extend(ctx: Context, actor: Actor, change_id: str) -> Change:
    """Return the timed change for the form. Raises what ``extend`` would raise."""
    change, _ = await authorised_change(ctx, actor, change_id)
    async with conflicts_recorded(ctx, actor, change):
        _end(change)
    return change


async def extend(
    ctx: Context, actor: Actor, change_id: str, by: AskedTime, reason: str
) -> tuple[Change, bool]:
    """Propose that the change ends so much later, or at this time.

    Raises what ``propose`` and ``extend_request`` raise.
    """
    return await propose(ctx, actor, await extend_request(ctx, actor, change_id, by, reason))


async def keep(ctx: Context, actor: Actor, change_id: str) -> tuple[Change, bool]:
    """Propose that the change stays, and is not taken back by itself. Raises as ``extend``."""
    return await propose(ctx, actor, await keep_request(ctx, actor, change_id))


async def extend_request(
    ctx: Context, actor: Actor, change_id: str, by: AskedTime, reason: str
) -> Proposal:
    """Return the request for a later end.

    Raises NotAllowed and UnknownChange, InvalidInput for a time that is none, and Conflict where the
    change is not on any more.
    """
    change = await may_extend(ctx, actor, change_id)
    before, now, name = _end(change), ctx.clock.now(), await zone_of(ctx, actor.user)
    if by.lasts is not None:
        until = before + by.lasts
        check_time_limit(until - now)
    else:
        until = by.limit(now, zone_named(name)).end(now)
        if until <= before:
            raise InvalidInput(
                f"{change.id} is on until {before:%Y-%m-%d %H:%M} UTC: this time is not later. To have it "
                "off earlier, press Back now."
            )
    return _request(change, until, name, reason)


async def keep_request(ctx: Context, actor: Actor, change_id: str) -> Proposal:
    """Return the request for no end. Raises as ``extend_request``, but for times."""
    change = await may_extend(ctx, actor, change_id)
    return _request(change, None, "", f"Keeps {change.id}")


def _request(change: Change, until: datetime | None, zone: str, reason: str) -> Proposal:
    # What stays: after a restore that is access.
    back = at_the_end(change.action)
    stays = opposite(back) if isinstance(change.action, Restore) and back else None
    switch = stays if isinstance(stays, SetFlag) else switch_of(change)
    action = MoveEnd(change.id, switch.flag, switch.on, _end(change), until, zone)
    return Proposal(change.customer, action, change.scope, reason)


def _end(change: Change) -> datetime:
    if change.ends_at is None:
        raise Conflict(f"{change.id} is not on for a time any more: there is no end to move.")
    return change.ends_at
