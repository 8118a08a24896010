"""Whether a person may do something, here, for this customer.

Without an answer from Slack they may not.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import NoReturn

from bot.domain.commands import Actor
from bot.domain.limits import MAX_NAMED_PEOPLE
from bot.domain.roles import GRANTED_IN_SLACK, ROLES_WITH, Decision, Grant, Right, Role
from bot.errors import SlackError
from bot.ports import Transaction
from bot.service.access.principals import Principal, identify, rows_for
from bot.service.access.refusals import refuse
from bot.service.context import Context, RefusalKind

# People who are looked up in Slack, to name some of them in a refusal.
MAX_LOOKED_UP = 10


@dataclass(frozen=True, slots=True)
class Authorization:
    """A granted authorisation: to whom, for which right, and by which role rows."""

    principal: Principal
    evidence: tuple[Grant, ...]
    right: Right

    @property
    def name(self) -> str:
        """The person's name, as Slack had it at this time."""
        return self.principal.name

    @property
    def rows(self) -> str:
        """The role rows as text, for the audit trail."""
        return "; ".join(
            f"{row.subject.id} {row.role} {row.customer} granted by {row.granted_by}"
            for row in self.evidence
        )


async def authorise(
    ctx: Context, actor: Actor, right: Right, customer: str, change_id: str = ""
) -> Authorization:
    """Return the authorization, or record the refusal and raise NotAllowed.

    The sentence has the reason and who can grant the right. ``change_id`` is the change concerned,
    in whose history the refusal appears.
    """
    principal = await identify(ctx, actor, customer)
    return await allow(ctx, principal, right, customer, change_id)


async def allow(
    ctx: Context, principal: Principal, right: Right, customer: str, change_id: str = ""
) -> Authorization:
    """Do the same for a person who was identified with the rows for this customer."""
    decision = principal.decide(right, customer, ctx.clock.now())
    if not decision.allowed:
        if principal.usergroups_error:
            sentence = f"Your user groups could not be read, so the answer is no. {principal.usergroups_error}"
            who = (principal.actor, principal.name, customer, sentence, change_id)
            await refuse(ctx, *who, kind=RefusalKind.SLACK_SILENT)
        await refuse_by_rows(ctx, principal.actor, principal.name, decision, customer, change_id)
    return Authorization(principal, decision.evidence, right)


async def refuse_by_rows(
    ctx: Context, actor: Actor, name: str, decision: Decision, customer: str, change_id: str
) -> NoReturn:
    """Record a refusal by the role rows, then raise NotAllowed with who can grant the right."""
    cure = await who_grants(ctx, decision, customer, actor.user)
    sentence = f"{decision.reason} {cure}"
    await refuse(ctx, actor, name, customer, sentence, change_id, kind=RefusalKind.NO_RIGHT)


def still_allowed(
    tx: Transaction,
    ctx: Context,
    actor: Actor,
    right: Right,
    groups: Collection[str],
    customer: str,
    *,
    counts: Callable[[Grant], bool] = lambda _: True,
) -> Decision:
    """Decide again inside a transaction, by the role rows for which ``counts`` is true."""
    ids = tx.ids_of(actor.user)
    rows = tuple(filter(counts, rows_for(tx, actor, ids, groups, customer)))
    return Principal(actor, "", tuple(groups), rows, ids=ids).decide(
        right, customer, ctx.clock.now()
    )


async def who_grants(ctx: Context, decision: Decision, customer: str, asking: str) -> str:
    """Return a sentence with mentions of admins who can grant what the person ``asking`` lacks.

    Not the person themselves, and nobody whom Slack bars.
    """
    admins, there = await _holders(ctx, {Role.ADMIN}, customer, asking)
    nobody = "no admin who is here now" if admins else "no admin yet"
    who = ", ".join(f"<@{one}>" for one in there) or nobody
    in_slack = there and decision.missing & GRANTED_IN_SLACK
    where = "" if in_slack else ", on the terminal: python app.py role grant"
    return f"Who can grant it: {who}{where}."


async def who_approves(ctx: Context, customer: str, asking: str) -> str:
    """Return a sentence with mentions of others who can approve a change of the person ``asking``.

    Where there is nobody, it says who can grant it.
    """
    _, there = await _holders(ctx, ROLES_WITH[Right.APPROVE], customer, asking)
    if there:
        return f"Who can approve it: {', '.join(f'<@{one}>' for one in there)}."
    missing = Decision(allowed=False, reason="", missing=ROLES_WITH[Right.APPROVE])
    return f"Nobody else can approve it yet. {await who_grants(ctx, missing, customer, asking)}"


async def _holders(
    ctx: Context, roles: Collection[Role], customer: str, asking: str
) -> tuple[list[str], list[str]]:
    """Return the ids that hold one of the roles, and some of those whom Slack does not bar.

    The person ``asking`` is not among them. Where Slack does not answer, the row counts.
    """
    now = ctx.clock.now()

    def query(tx: Transaction) -> set[str]:
        rows = (row for role in roles for row in tx.grants(customer=customer, role=role))
        return {one.subject.id for one in rows if one.covers(customer, now)} - tx.ids_of(asking)

    holders = sorted(await ctx.store.read(query))[:MAX_LOOKED_UP]
    active = await asyncio.gather(*(_if_active(ctx, one) for one in holders))
    return holders, [one for one in dict.fromkeys(active) if one][:MAX_NAMED_PEOPLE]


async def _if_active(ctx: Context, holder: str) -> str:
    try:
        person = await ctx.directory.person(holder)
    except SlackError:
        return holder
    return "" if person.barred else person.id
