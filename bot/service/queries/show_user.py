"""Show one user: their state in the API, the last changes for them, and what the reader may do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.actor import Actor
from bot.domain.change import Change
from bot.domain.mail_user import GROUPS
from bot.domain.roles import Right
from bot.ports import Transaction, UserState
from bot.service.access.authorise import authorise
from bot.service.context import Context
from bot.service.queries.read_user import read_user

# The newest changes of the customer.
MAX_SEARCHED_CHANGES = 100
MAX_SHOWN_CHANGES = 5


@dataclass(frozen=True, slots=True)
class ShownUser:
    """A user, the last changes, newest first, and the rights of the person who asked."""

    customer: str
    name: str
    user: UserState
    changes: tuple[Change, ...]
    rights: frozenset[Right]


async def show_user(ctx: Context, actor: Actor, customer: str, address: str) -> ShownUser:
    """Return a user with the last changes, and record that they were shown.

    Raises NotAllowed, InvalidInput where there is no such user, and ContinuityError.
    """
    authorization = await authorise(ctx, actor, Right.VIEW, customer)
    user = await read_user(ctx, authorization, customer, address)
    now = ctx.clock.now()
    rights = frozenset(
        one for one in Right if authorization.principal.decide(one, customer, now).allowed
    )

    def query(tx: Transaction) -> ShownUser:
        changes = tx.changes_of_user(
            customer,
            user.address,
            _groups(user),
            searched=MAX_SEARCHED_CHANGES,
            limit=MAX_SHOWN_CHANGES,
        )
        return ShownUser(customer, tx.customer_name(customer), user, tuple(changes), rights)

    return await ctx.store.read(query)


def _groups(user: UserState) -> list[str]:
    groups = user.fields.get(GROUPS)
    return [str(one) for one in groups] if isinstance(groups, Sequence) else []
