"""What an admin sees of what holds for the customers that they administer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.actor import Actor
from bot.domain.configuration import Entry
from bot.domain.notify import NotifyRule
from bot.domain.policy import PolicyRule
from bot.domain.roles import Grant, Right
from bot.ports import Transaction
from bot.service.access.principals import identify
from bot.service.access.refusals import refuse
from bot.service.context import Context, RefusalKind


@dataclass(frozen=True, slots=True)
class Administered:
    """The rows of the ``customers`` (None for all) that a person administers.

    ``person`` are their ids, ``names`` those of customers by number, ``at`` the time of the answer.
    """

    person: frozenset[str]
    customers: frozenset[str] | None
    names: Mapping[str, str]
    grants: tuple[Grant, ...]
    policy: tuple[PolicyRule, ...]
    notify: tuple[NotifyRule, ...]
    configured: tuple[Entry, ...]
    at: datetime

    def covers(self, customer: str) -> bool:
        """Whether rows of this customer, or of `*`, are theirs to change."""
        return self.customers is None or customer in self.customers


async def administered(ctx: Context, actor: Actor) -> Administered:
    """Return it by the person's own rows, whatever the channel is. Raises NotAllowed, recorded."""
    principal = await identify(ctx, replace(actor, channel=None))
    now = ctx.clock.now()
    customers = principal.customers(Right.ADMINISTER, now)
    if customers is not None and not customers:
        sentence = "You may not administer any customer: it needs the role admin."
        kind = RefusalKind.NO_RIGHT
        await refuse(ctx, principal.actor, principal.name, "", sentence, kind=kind)

    def query(tx: Transaction) -> Administered:
        found = Administered(
            principal.known_ids, customers, tx.customer_names(), (), (), (), (), now
        )
        return replace(
            found,
            grants=tuple(row for row in tx.grants() if found.covers(row.customer)),
            policy=tuple(row for row in tx.policy_rules() if found.covers(row.customer)),
            notify=tuple(row for row in tx.notify_rules() if found.covers(row.customer)),
            configured=tuple(tx.configured()),
        )

    return await ctx.store.read(query)
