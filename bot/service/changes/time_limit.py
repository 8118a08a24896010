"""The request of a flag with its time limit, counted in the time zone of who asks."""

from __future__ import annotations

from bot.domain.change_request import ChangeRequest, Proposal
from bot.domain.commands import Actor, FlagCommand
from bot.domain.time_limit import TimeLimit
from bot.domain.time_zone import zone_named
from bot.service.context import Context
from bot.service.time_zone import zone_of


async def timed_request(ctx: Context, actor: Actor, command: FlagCommand) -> ChangeRequest:
    """Return what the command asks for. Raises InvalidInput where its time is past, too short or too
    long."""
    limit = await time_limit_of(ctx, actor, command)
    if limit is None:
        return command
    return Proposal(
        command.customer, command.action, command.scope, command.reason, time_limit=limit
    )


async def time_limit_of(ctx: Context, actor: Actor, command: FlagCommand) -> TimeLimit | None:
    """Return the time limit of a command, None where it has none.

    A time of day is in the zone of the person; at the terminal in that of its machine.
    """
    if command.time is None:
        return None
    name, zone = "", None
    if not actor.terminal:
        name = await zone_of(ctx, actor.user)
        zone = zone_named(name)
    return command.time.limit(ctx.clock.now(), zone, name)
