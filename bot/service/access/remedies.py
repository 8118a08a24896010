"""What helps somebody who was refused: who may do it, who grants the right, and where it works."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence

from bot.domain.limits import MAX_NAMED_CHANNELS, MAX_NAMED_PEOPLE
from bot.domain.roles import (
    ANY_CUSTOMER,
    DIRECT_MESSAGE,
    GRANTED_IN_SLACK,
    NOT_THROUGH_A_USERGROUP,
    ROLES_WITH,
    Decision,
    Grant,
    Right,
    Role,
    SubjectKind,
)
from bot.errors import SlackError
from bot.ports import Transaction
from bot.program import PROGRAM
from bot.service.access.principals import Principal
from bot.service.context import Context

# People, and channels, that are looked up in Slack, to name some of them in a refusal.
MAX_LOOKED_UP = 10


async def who_grants(ctx: Context, decision: Decision, customer: str, asking: str) -> str:
    """Return a sentence with mentions of admins who can grant what the person ``asking`` lacks.

    Not the person themselves, and nobody whom Slack bars.
    """
    rows, there = await _holders(ctx, {Role.ADMIN}, customer, asking)
    nobody = "no admin who is here now" if rows else "no admin yet"
    who = ", ".join(there) or nobody
    in_slack = there and decision.missing & GRANTED_IN_SLACK
    where = "" if in_slack else f", on the terminal: `{PROGRAM} role grant`"
    return f"Who can grant it: {who}{where}."


async def admins_of(ctx: Context, customer: str, asking: str) -> list[str]:
    """Return mentions of some admins of this customer whom Slack does not bar, but ``asking``."""
    _, there = await _holders(ctx, {Role.ADMIN}, customer, asking)
    return there


async def who_approves(ctx: Context, customer: str, asking: str, change_id: str = "") -> str:
    """Return a sentence with mentions of others who can approve a change of the person ``asking``.

    Where there is nobody, it says who can grant it.
    """
    if there := await who_can(ctx, Right.APPROVE, customer, asking, change_id):
        return f"Who can approve it: {', '.join(there)}."
    missing = Decision(allowed=False, reason="", missing=ROLES_WITH[Right.APPROVE])
    return f"Nobody else can approve it yet. {await who_grants(ctx, missing, customer, asking)}"


async def who_can(
    ctx: Context, right: Right, customer: str, asking: str, change_id: str = ""
) -> list[str]:
    """Return mentions of people and user groups that have this right, but the person ``asking``.

    For an approval of a change, its requester and those who gave theirs are left out.
    """
    _, there = await _holders(ctx, ROLES_WITH[right], customer, asking, right, change_id)
    return there


async def remedy(
    ctx: Context, principal: Principal, decision: Decision, customer: str, change_id: str = ""
) -> tuple[str, bool]:
    """Return in sentences what helps after this refusal, and whether others can be asked here.

    Who may do it is told only to somebody who may view the customer; they are asked in an incident
    channel of the customer alone.
    """
    now, asking = ctx.clock.now(), principal.actor.user
    if decision.missing == {Role.INCIDENT}:
        return await _where(ctx, principal, decision, customer), False
    grants = await who_grants(ctx, decision, customer, asking)
    sees = principal.anywhere.decide(Right.VIEW, customer, now).allowed
    if decision.right is None or not sees:
        return grants, False
    there = await who_can(ctx, decision.right, customer, asking, change_id)
    words = f"Who can: {', '.join(there)}. {grants}" if there else grants
    here = principal.actor.channel is not None
    if not (here and principal.decide(Right.VIEW, customer, now).allowed):
        return words, False
    return words, bool(there or await admins_of(ctx, customer, asking))


async def incident_channels(ctx: Context, customer: str) -> list[str]:
    """Return the ids of channels in which commands on this customer work.

    Channels for all customers count where it has none of its own. Those that Slack does not show to the bot, in which it is not, or that are shared with another
    company are left out.
    """
    now = ctx.clock.now()
    rows = await ctx.store.read(lambda tx: tx.grants(customer=customer, role=Role.INCIDENT))
    for among in (customer, ANY_CUSTOMER):
        ids = sorted({r.subject.id for r in rows if r.customer == among and r.in_force(now)})
        works = await asyncio.gather(*(_if_works(ctx, one) for one in ids[:MAX_LOOKED_UP]))
        if found := [one for one in works if one][:MAX_NAMED_CHANNELS]:
            return found
    return []


async def _where(ctx: Context, principal: Principal, decision: Decision, customer: str) -> str:
    """Say in which channels it works, and how this one becomes such a channel.

    Slack draws a link to a private channel without its name to people who are not in it.
    """
    channels = await incident_channels(ctx, customer)
    links = ", ".join(f"<#{one}>" for one in channels)
    use = f"Use {links}." if links else "There is none yet."
    here = principal.actor.channel or ""
    if here.startswith(DIRECT_MESSAGE):
        return use
    if not principal.anywhere.decide(Right.ADMINISTER, customer, ctx.clock.now()).allowed:
        return f"{use} {await who_grants(ctx, decision, customer, principal.actor.user)}"
    command = f"role grant {here} incident {customer}"
    if channels:
        return f"{use} To make this one right, type there: `/continuity {command}`."
    return f"{use} To make this one right, type on the terminal: `{PROGRAM} {command}`."


async def _holders(
    ctx: Context,
    roles: Collection[Role],
    customer: str,
    asking: str,
    right: Right | None = None,
    change_id: str = "",
) -> tuple[Sequence[Grant], list[str]]:
    """Return the rows of others that give one of the roles, and mentions of some who hold them.

    Nobody whom Slack bars is mentioned. Where Slack does not answer, the row counts.
    """
    now = ctx.clock.now()

    def query(tx: Transaction) -> list[Grant]:
        rows = (row for role in roles for row in tx.grants(customer=customer, role=role))
        without = tx.ids_of(asking)
        if right is Right.APPROVE and (change := tx.change(change_id) if change_id else None):
            for one in (change.requester, *(given.approver for given in change.approvals)):
                without |= tx.ids_of(one)
        return [
            row
            for row in rows
            if _counts(row) and row.covers(customer, now) and row.subject.id not in without
        ]

    rows = sorted(await ctx.store.read(query), key=lambda row: row.subject.id)
    people = dict.fromkeys(r.subject.id for r in rows if r.subject.kind is SubjectKind.USER)
    groups = dict.fromkeys(r.subject.id for r in rows if r.subject.kind is SubjectKind.USERGROUP)
    active = await asyncio.gather(*(_if_active(ctx, one) for one in [*people][:MAX_LOOKED_UP]))
    named = [f"<@{one}>" for one in dict.fromkeys(active) if one]
    return rows, [*named, *(f"<!subteam^{one}>" for one in groups)][:MAX_NAMED_PEOPLE]


def _counts(row: Grant) -> bool:
    group = row.subject.kind is SubjectKind.USERGROUP
    return not (group and row.role in NOT_THROUGH_A_USERGROUP)


async def _if_active(ctx: Context, holder: str) -> str:
    try:
        person = await ctx.directory.person(holder)
    except SlackError:
        return holder
    return "" if person.barred else person.id


async def _if_works(ctx: Context, channel: str) -> str:
    try:
        found = await ctx.directory.channel(channel)
    except SlackError:
        return ""
    return channel if found.bot_is_member and found.shared_outside is False else ""
