"""The commands pending, audit and whoami, and which rights a person has at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.actor import Actor
from bot.domain.change import Change
from bot.domain.change_state import AWAITING, State
from bot.domain.commands import PendingCommand, WhoAmICommand
from bot.domain.roles import ANY_CUSTOMER, Decision, Right
from bot.ports import MessageKind, Transaction, message_key
from bot.service.access.authorise import allow
from bot.service.access.principals import Principal, identify, identify_viewer
from bot.service.access.remedies import incident_channels, who_grants
from bot.service.batches import card_id, whole
from bot.service.context import Context
from bot.service.queries.status import MAX_OPEN_CHANGES, UNSETTLED

# What waits for a person and lapses.
LAPSING = AWAITING | {State.APPROVED}
# Of reviews that are owed.
MAX_REVIEWS = 10
# In the reply to whoami without a customer.
MAX_CUSTOMERS = 10


@dataclass(frozen=True, slots=True)
class OpenChange:
    """A change, its customer's name, and where its card is; ``ts`` None: not posted."""

    change: Change
    name: str
    channel: str
    ts: str | None


@dataclass(frozen=True, slots=True)
class Pending:
    """Open changes, what lapses first on top, and how many ``more`` there are of the same customers.

    ``elsewhere`` is how many the person may see of other customers than those of this channel.
    ``may_view`` is whether they may view any customer at all, ``here`` whether they may in this
    channel. ``at`` is the time of the answer. ``reviews`` are changes that were decided in an emergency
    and are not reviewed, oldest first.
    """

    rows: tuple[OpenChange, ...]
    more: int
    elsewhere: int
    may_view: bool
    here: bool
    at: datetime
    reviews: tuple[OpenChange, ...] = ()


@dataclass(frozen=True, slots=True)
class CustomerRights:
    """A person's rights here for one customer.

    Each missing right has a sentence on who can grant it. ``anywhere`` are the rights by their own
    rows, whatever the channel is; ``channels`` are ids of channels where these count, where they
    do not here.
    """

    customer: str
    name: str
    decisions: tuple[tuple[Right, Decision, str], ...]
    anywhere: frozenset[Right] = frozenset()
    channels: tuple[str, ...] = ()

    @property
    def here(self) -> frozenset[Right]:
        """The rights in this channel."""
        return frozenset(right for right, decision, _ in self.decisions if decision.allowed)


async def pending(ctx: Context, actor: Actor, command: PendingCommand) -> Pending:
    """Return the open changes that this person may see by their own rows, what lapses first on top.

    In a channel with a customer that they may view there, those of its customers alone. Raises
    NotAllowed where they may not view the customer asked for.
    """
    here, anywhere = await _where_they_may_view(ctx, actor, command.customer)
    # Neither an incident channel of theirs nor a direct message narrows what they see.
    customers = here if here is None or here else anywhere

    def query(tx: Transaction) -> Pending:
        first = tx.changes(states=LAPSING, customers=customers, limit=MAX_OPEN_CHANGES, oldest=True)
        room = MAX_OPEN_CHANGES - len(first)
        then = tx.changes(states=UNSETTLED - LAPSING, customers=customers, limit=room)
        found = [*sorted(first, key=lambda one: one.deadline), *then]
        shown = one_each(tx, found)
        total = tx.count_changes(UNSETTLED, customers=customers)
        seen = tx.count_changes(UNSETTLED, customers=anywhere)
        return Pending(
            rows=tuple(open_change(tx, one, tx.customer_name(one.customer)) for one in shown),
            more=total - len(found),
            elsewhere=0 if command.customer else seen - total,
            may_view=anywhere is None or bool(anywhere),
            here=here is None or bool(here),
            at=ctx.clock.now(),
            reviews=tuple(
                open_change(tx, one, tx.customer_name(one.customer))
                for one in tx.reviews_owed(customers, MAX_REVIEWS)
            ),
        )

    return await ctx.store.read(query)


async def find_card(ctx: Context, change: Change) -> OpenChange:
    """Return a change with the place of its card."""
    return await ctx.store.read(
        lambda tx: open_change(tx, change, tx.customer_name(change.customer))
    )


async def whoami(ctx: Context, actor: Actor, command: WhoAmICommand) -> tuple[CustomerRights, ...]:
    """Return the rights of this person here, with the deciding rows or the missing roles.

    For one customer, or for the customers named by their rows and those of this channel.
    """
    principal = await identify(ctx, actor, command.customer)
    customers = sorted({row.customer for row in principal.rows})[:MAX_CUSTOMERS]
    if command.customer:
        customers = [command.customer]
    names = await ctx.store.read(lambda tx: tx.customer_names())
    found = []
    for customer in customers or [ANY_CUSTOMER]:
        own = frozenset(
            right
            for right in Right
            if principal.anywhere.decide(right, customer, ctx.clock.now()).allowed
        )
        # Few people are commanders: the others are not told that they are none.
        asked = [right for right in Right if right is not Right.COMMAND or right in own]
        decisions = [await _decided(ctx, principal, right, customer) for right in asked]
        rights = CustomerRights(customer, names.get(customer, ""), tuple(decisions), own)
        if own - rights.here:
            rights = replace(rights, channels=tuple(await incident_channels(ctx, customer)))
        found.append(rights)
    # A row of the channel for all customers gives nothing by itself.
    useful = [one for one in found if one.customer != ANY_CUSTOMER or one.anywhere]
    return tuple(useful or found[:1])


async def rights_anywhere(ctx: Context, actor: Actor) -> frozenset[Right]:
    """Return the rights that this person has for any customer in any channel."""
    principal = await identify(ctx, actor)
    anywhere = principal.anywhere
    now = ctx.clock.now()
    return frozenset(right for right in Right if anywhere.has_anywhere(right, now))


async def _decided(
    ctx: Context, principal: Principal, right: Right, customer: str
) -> tuple[Right, Decision, str]:
    decision = principal.decide(right, customer, ctx.clock.now())
    cure = (
        "" if decision.allowed else await who_grants(ctx, decision, customer, principal.actor.user)
    )
    return right, decision, cure


async def _where_they_may_view(
    ctx: Context, actor: Actor, customer: str | None
) -> tuple[frozenset[str] | None, frozenset[str] | None]:
    """Return the customers that this person may view here, and by their own rows; None means all.

    Raises NotAllowed where they may not view the one asked for.
    """
    if customer:
        principal = await identify(ctx, actor, customer)
        await allow(ctx, principal, Right.VIEW, customer, anywhere=True)
        here = principal.decide(Right.VIEW, customer, ctx.clock.now()).allowed
        return frozenset({customer} if here else ()), frozenset({customer})
    principal, visible = await identify_viewer(ctx, actor)
    if visible is None:
        return None, None
    return visible, principal.anywhere.customers(Right.VIEW, ctx.clock.now())


def one_each(tx: Transaction, changes: Sequence[Change]) -> list[Change]:
    """Return the changes, of those of a batch the whole once, where the first of them stands."""
    return [whole(tx, one) for one in {card_id(one): one for one in reversed(changes)}.values()][
        ::-1
    ]


def open_change(tx: Transaction, change: Change, name: str) -> OpenChange:
    """Return a change with the place of its card; ``name`` is the customer's."""
    card = tx.message(message_key(MessageKind.CARD, card_id(change)))
    return OpenChange(change, name, card.channel if card else "", card.ts if card else None)
