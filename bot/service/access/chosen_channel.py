"""A channel that a person chooses in a form counts only where they are in it."""

from __future__ import annotations

from bot.domain.commands import Actor
from bot.domain.roles import Role, Subject, SubjectKind
from bot.errors import SlackError
from bot.ports import Transaction
from bot.service.access.principals import identify
from bot.service.access.refusals import refuse
from bot.service.context import Context, RefusalKind

NOT_IN_IT = "You are not in this channel, so nothing was done. Join it, or choose another one."


async def check_in_channel(ctx: Context, actor: Actor, customer: str) -> None:
    """Raise NotAllowed, recorded, where the person is not in the channel that they chose, or Slack does not
    tell."""
    principal = await identify(ctx, actor, customer)
    who = (principal.actor, principal.name, customer)
    try:
        if await ctx.directory.is_in_channel(principal.known_ids, actor.channel or ""):
            return
    except SlackError as error:
        sentence = (
            f"Slack did not tell whether you are in this channel, so nothing was done. {error}"
        )
        await refuse(ctx, *who, sentence, kind=RefusalKind.SLACK_SILENT)
    await refuse(ctx, *who, NOT_IN_IT, kind=RefusalKind.OTHER_CHANNEL)


def is_incident_channel(
    tx: Transaction, ctx: Context, channel: str, customer: str | None = None
) -> bool:
    """Whether commands work in a channel: on this customer, or on any (None)."""
    rows = tx.grants(subjects=[Subject(SubjectKind.CHANNEL, channel)], role=Role.INCIDENT)
    now = ctx.clock.now()
    return any(row.in_force(now) if customer is None else row.covers(customer, now) for row in rows)
