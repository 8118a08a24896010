"""The request of a command with its time limit, counted in the time zone of who asks."""

from __future__ import annotations

from bot.domain.actor import Actor
from bot.domain.change_commands import ActivateCommand, FlagCommand, RestoreCommand
from bot.domain.change_request import ChangeRequest, Proposal
from bot.domain.customer_rule import AccessAfter
from bot.domain.time_limit import TimeLimit
from bot.domain.time_zone import zone_named
from bot.ports import Transaction
from bot.service.access.customer_rules import rule_of
from bot.service.context import Context
from bot.service.time_zone import zone_of

TimedCommand = FlagCommand | ActivateCommand | RestoreCommand


async def timed_request(ctx: Context, actor: Actor, command: TimedCommand) -> ChangeRequest:
    """Return what the command asks for. Raises InvalidInput where its time is past, too short or too
    long."""
    limit = await time_limit_of(ctx, actor, command)
    if limit is None:
        return command
    return Proposal(
        command.customer, command.action, command.scope, command.reason, time_limit=limit
    )


async def time_limit_of(ctx: Context, actor: Actor, command: TimedCommand) -> TimeLimit | None:
    """Return the time limit of a command, None where it has none.

    A time of day is in the zone of the person; at the terminal in that of its machine. Of a restore it
    is that of the customer's rule, unless the command has another one.
    """
    if isinstance(command, RestoreCommand):
        asked, customer = command.access_after, command.customer
        return asked.limit if asked else await ctx.store.read(lambda tx: access_limit(tx, customer))
    if command.time is None:
        return None
    name, zone = "", None
    if not actor.terminal:
        name = await zone_of(ctx, actor.user)
        zone = zone_named(name)
    return command.time.limit(ctx.clock.now(), zone, name)


def access_limit(tx: Transaction, customer: str) -> TimeLimit | None:
    """Return after how long a restore of this customer takes access back, by its rule."""
    return AccessAfter(rule_of(tx, customer).access_after).limit
