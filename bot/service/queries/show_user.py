"""Show one user: what the API tells of them, the last changes that reached them, what the reader may do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.change import Change
from bot.domain.commands import Actor
from bot.domain.mail_user import GROUPS
from bot.domain.roles import Right
from bot.domain.scope import Everyone, FileUsers, Filters, Groups, Users
from bot.ports import Transaction, UserState
from bot.service.access.authorise import authorise
from bot.service.context import Context
from bot.service.queries.read_user import read_user

MAX_SEARCHED_CHANGES = 100  # the customer's newest changes
MAX_SHOWN_CHANGES = 5


@dataclass(frozen=True, slots=True)
class ShownUser:
    """A user as told, the newest changes first, and the rights of whoever asked."""

    customer: str
    name: str
    user: UserState
    changes: tuple[Change, ...]
    rights: frozenset[Right]


async def show_user(ctx: Context, actor: Actor, customer: str, address: str) -> ShownUser:
    """Return what is known of a user, and record that it was shown.

    Raises NotAllowed, InvalidInput where there is no such user, and ContinuityError.
    """
    authorization = await authorise(ctx, actor, Right.VIEW, customer)
    user = await read_user(ctx, authorization, customer, address)
    now = ctx.clock.now()
    rights = frozenset(
        one for one in Right if authorization.principal.decide(one, customer, now).allowed
    )

    def query(tx: Transaction) -> ShownUser:
        newest = tx.changes(customer=customer, limit=MAX_SEARCHED_CHANGES)
        listed = [one.id for one in newest if isinstance(one.scope, FileUsers | Filters)]
        with_him = tx.reached(listed, user.address)
        reached = [one for one in newest if one.id in with_him or _reaches(one, user)]
        name = tx.customer_name(customer)
        return ShownUser(customer, name, user, tuple(reached[:MAX_SHOWN_CHANGES]), rights)

    return await ctx.store.read(query)


def _reaches(change: Change, user: UserState) -> bool:
    """Whether a change names the user, or was for everyone or for a group of theirs; whether they were among those of
    a file, or of a purge, its rows tell."""
    match change.scope:
        case Users(addresses=addresses):
            return user.address.lower() in {address.lower() for address in addresses}
        case Groups(names=names):
            mine = user.fields.get(GROUPS)
            return isinstance(mine, Sequence) and bool({*names}.intersection(map(str, mine)))
        case scope:
            return isinstance(scope, Everyone)
