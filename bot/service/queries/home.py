"""What one person sees in the Home tab: what is on, what waits for them, their last changes, their rights."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import partial

from bot.domain.actor import Actor
from bot.domain.change import Change
from bot.domain.change_state import State
from bot.domain.roles import Right
from bot.ports import Transaction
from bot.service.access.principals import Principal, identify
from bot.service.batches import waiting_customers
from bot.service.context import Context
from bot.service.queries.history import OpenChange, one_each, open_change
from bot.service.queries.on import OnList, what_is_on
from bot.service.reach.emergency import not_reviewers

# Of what waits; it is read before those are left out that are not for this person.
MAX_WAITING = 20
MAX_READ_WAITING = 200
MAX_OWN_CHANGES = 5
# Before those are left out that were decided together with another one.
MAX_READ_OWN = 100
# Of customers for which nothing is on by the bot: a tab is opened more often than a list is asked for.
MAX_ASKED_CUSTOMERS = 20


@dataclass(frozen=True, slots=True)
class Home:
    """What the tab shows.

    ``waiting`` are changes that the person may approve, confirm as their requester, or conclude where
    reading back did not, what needs a person and then what lapses first on top, and ``more`` there are besides. ``own`` are their last changes of customers that they may
    view, newest first.
    ``rights`` are the customers by right, None for all; ``names`` of customers by number. ``reviews`` are
    emergencies that this person may review.
    """

    on: OnList
    waiting: tuple[OpenChange, ...]
    more: int
    own: tuple[OpenChange, ...]
    rights: Mapping[Right, frozenset[str] | None]
    names: Mapping[str, str]
    reviews: tuple[OpenChange, ...] = ()


async def home(ctx: Context, actor: Actor) -> Home:
    """Return it by the person's own rows, whatever the channel is. Raises NotAllowed, recorded."""
    principal = await identify(ctx, replace(actor, channel=None))
    now = ctx.clock.now()
    rights = {right: principal.customers(right, now) for right in Right}
    held = {right: customers for right, customers in rights.items() if customers != frozenset()}
    found = await what_is_on(ctx, rights[Right.VIEW], others=MAX_ASKED_CUSTOMERS)

    def query(tx: Transaction) -> Home:
        names = tx.customer_names()

        def row(change: Change) -> OpenChange:
            return open_change(tx, change, names.get(change.customer, ""))

        waiting = _waiting(tx, principal, rights)
        own = tx.changes(
            requesters=principal.known_ids, customers=rights[Right.VIEW], limit=MAX_READ_OWN
        )
        return Home(
            on=found,
            waiting=tuple(map(row, waiting[:MAX_WAITING])),
            more=max(len(waiting) - MAX_WAITING, 0),
            own=tuple(map(row, one_each(tx, own)[:MAX_OWN_CHANGES])),
            rights=held,
            names=names,
            reviews=tuple(map(row, _to_review(tx, principal, rights[Right.APPROVE]))),
        )

    return await ctx.store.read(query)


def _waiting(
    tx: Transaction, principal: Principal, rights: Mapping[Right, frozenset[str] | None]
) -> list[Change]:
    """Return what this person may decide or conclude, what lapses first on top."""
    read, customers = (
        partial(tx.changes, limit=MAX_READ_WAITING, oldest=True),
        rights[Right.APPROVE],
    )
    # Of a batch, whoever may decide on all of it.
    others = [
        one
        for one in one_each(tx, read(states={State.AWAITING_APPROVAL}, customers=customers))
        if _is_for(principal, one)
        and (customers is None or customers.issuperset(waiting_customers(tx, one)))
    ]
    mine = read(states={State.AWAITING_CONFIRMATION}, requesters=principal.known_ids)
    unsettled = read(states={State.NEEDS_OPERATOR}, customers=rights[Right.PROPOSE])
    decided = sorted([*others, *one_each(tx, mine)], key=lambda one: one.deadline)
    return [*unsettled, *decided]


def _to_review(
    tx: Transaction, principal: Principal, customers: Collection[str] | None
) -> list[Change]:
    """Return the emergencies that this person may review, the oldest first."""
    owed = tx.reviews_owed(customers, MAX_READ_WAITING)
    theirs = [one for one in owed if principal.known_ids.isdisjoint(not_reviewers(one))]
    return theirs[:MAX_WAITING]


def _is_for(principal: Principal, change: Change) -> bool:
    """Whether somebody else asks, and this person has not approved yet."""
    approved = {one.approver for one in change.approvals}
    return principal.known_ids.isdisjoint(approved | {change.requester})
