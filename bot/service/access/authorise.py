"""Whether a person may do something, here, for this customer.

Without an answer from Slack they may not.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import NoReturn

from bot.domain.actor import Actor
from bot.domain.roles import ANY_CUSTOMER, Decision, Grant, Right
from bot.ports import Transaction
from bot.service.access.principals import Principal, identify, rows_for
from bot.service.access.refusals import refuse
from bot.service.access.remedies import remedy
from bot.service.context import Context, RefusalKind

# Customers that a refusal names.
MAX_NAMED_CUSTOMERS = 5


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
        return _as_text(self.evidence)

    def rows_on(self, customer: str) -> str:
        """Return those of the rows that are about this customer."""
        return _as_text(row for row in self.evidence if row.customer in (ANY_CUSTOMER, customer))


def _as_text(rows: Iterable[Grant]) -> str:
    return "; ".join(
        f"{row.subject.id} {row.role} {row.customer} granted by {row.granted_by}" for row in rows
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
    ctx: Context,
    principal: Principal,
    right: Right,
    customer: str,
    change_id: str = "",
    *,
    anywhere: bool = False,
) -> Authorization:
    """Do the same for a person who was identified with the rows for this customer.

    ``anywhere``: their own rows are enough, whatever the channel is.
    """
    deciding = principal.anywhere if anywhere else principal
    decision = deciding.decide(right, customer, ctx.clock.now())
    if not decision.allowed:
        if principal.usergroups_error:
            sentence = f"Your user groups could not be read, so nothing was done. {principal.usergroups_error}"
            who = (principal.actor, principal.name, customer, sentence, change_id)
            await refuse(ctx, *who, kind=RefusalKind.SLACK_SILENT)
        await refuse_by_rows(ctx, principal, decision, customer, change_id)
    return Authorization(principal, decision.evidence, right)


async def administrator(ctx: Context, actor: Actor, customer: str) -> tuple[Actor, str]:
    """Return who changes what holds for a customer, with the id that Slack answers with, and their name.

    At the terminal whoever is there; in Slack whoever administers the customer. Raises NotAllowed,
    recorded.
    """
    if actor.terminal:
        return actor, ""
    authorization = await authorise(ctx, actor, Right.ADMINISTER, customer)
    return authorization.principal.actor, authorization.name


async def allow_all(
    ctx: Context,
    principal: Principal,
    right: Right,
    customers: Sequence[str],
    change_id: str = "",
) -> Authorization:
    """Do the same for several customers: the right is needed for each of them.

    ``principal`` has the rows for all of them.
    """
    now = ctx.clock.now()
    decisions = {one: principal.decide(right, one, now) for one in customers}
    missing = [one for one, decision in decisions.items() if not decision.allowed]
    if missing and (len(customers) == 1 or principal.usergroups_error):
        await allow(ctx, principal, right, missing[0], change_id)
    if missing:
        first = missing[0]
        cure, _ = await remedy(ctx, principal, decisions[first], first, change_id)
        sentence = _missing_for(right, missing, len(customers))
        who = (principal.actor, principal.name, first, sentence, change_id)
        await refuse(ctx, *who, kind=RefusalKind.NO_RIGHT, cure=f"For {first}: {cure}")
    rows = dict.fromkeys(row for one in decisions.values() for row in one.evidence)
    return Authorization(principal, tuple(rows), right)


def _missing_for(right: Right, missing: Sequence[str], customers: int) -> str:
    named = ", ".join(missing[:MAX_NAMED_CUSTOMERS])
    more = len(missing) - MAX_NAMED_CUSTOMERS
    others = f" and {more} more" if more > 0 else ""
    return (
        f"You may not {right} for {len(missing)} of the {customers} customers here: {named}{others}. "
        "One decision is for all of them."
    )


async def refuse_by_rows(
    ctx: Context, principal: Principal, decision: Decision, customer: str, change_id: str = ""
) -> NoReturn:
    """Record a refusal by the role rows, then raise NotAllowed with what helps."""
    cure, can_ask = await remedy(ctx, principal, decision, customer, change_id)
    who = (principal.actor, principal.name, customer, decision.reason, change_id)
    ask = decision.right if can_ask else None
    await refuse(ctx, *who, kind=RefusalKind.NO_RIGHT, cure=cure, ask=ask)


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
