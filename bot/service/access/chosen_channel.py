"""A channel that a person chooses in a form, or acts on from elsewhere, counts only where they are in it."""

from __future__ import annotations

from bot.domain.actor import Actor
from bot.domain.roles import Role, Subject, SubjectKind
from bot.errors import SlackError
from bot.ports import Transaction
from bot.service.access.principals import Principal, identify
from bot.service.access.refusals import refuse
from bot.service.context import Context, RefusalKind

NOT_IN_IT = "You are not in this channel, so nothing was done. Join it, or choose another one."


async def check_in_channel(ctx: Context, actor: Actor, customer: str) -> None:
    """Raise NotAllowed, recorded, where the person is not in the channel that they chose, or Slack does not
    tell."""
    principal = await identify(ctx, actor, customer)
    await check_member(ctx, principal, actor.channel or "", customer, NOT_IN_IT)


async def check_member(
    ctx: Context,
    principal: Principal,
    channel: str,
    customer: str,
    not_in_it: str,
    *,
    cure: str = "",
    change_id: str = "",
) -> None:
    """Raise NotAllowed with ``not_in_it``, recorded, where the person is not in a channel, or Slack does not
    tell."""
    sentence, kind = not_in_it, RefusalKind.OTHER_CHANNEL
    try:
        if await ctx.directory.is_in_channel(principal.known_ids, channel):
            return
    except SlackError as error:
        kind, cure = RefusalKind.SLACK_SILENT, ""
        sentence = (
            f"Slack did not tell whether you are in this channel, so nothing was done. {error}"
        )
    who = (principal.actor, principal.name, customer, sentence, change_id)
    await refuse(ctx, *who, kind=kind, cure=cure)


def is_incident_channel(
    tx: Transaction, ctx: Context, channel: str, customer: str | None = None
) -> bool:
    """Whether commands work in a channel: on this customer, or on any (None)."""
    rows = tx.grants(subjects=[Subject(SubjectKind.CHANNEL, channel)], role=Role.INCIDENT)
    now = ctx.clock.now()
    return any(row.in_force(now) if customer is None else row.covers(customer, now) for row in rows)
