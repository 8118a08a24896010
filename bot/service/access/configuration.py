"""Set and remove what admins configure by name, and record it.

Who calls this has checked that the actor may do it.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.domain.audit.configuration_history import CONFIGURED, UNCONFIGURED, detail_of
from bot.domain.commands import Actor
from bot.domain.configuration import Entry, Kind
from bot.errors import InvalidInput
from bot.ports import Transaction
from bot.service.context import Context, record


async def configure(
    ctx: Context,
    actor: Actor,
    kind: Kind,
    name: str,
    terms: Mapping[str, object],
    *,
    customer: str = "",
    who: str = "",
) -> Entry:
    """Write an entry and return it; one of the same kind and name is replaced.

    ``customer`` is whom it is about, ``""`` for no one customer, ``who`` the actor's name.
    """
    by = actor.terminal or actor.user
    entry = Entry(kind, name, terms, by, ctx.clock.now())

    def step(tx: Transaction) -> None:
        tx.put_configured(entry)
        detail = detail_of(kind, name, terms)
        record(tx, ctx.clock, CONFIGURED, actor, name=who, customer=customer, detail=detail)

    await ctx.store.write(step)
    return entry


async def unconfigure(
    ctx: Context, actor: Actor, kind: Kind, name: str, *, customer: str = "", who: str = ""
) -> None:
    """Remove an entry. Raises InvalidInput where there is none."""

    def step(tx: Transaction) -> None:
        if not tx.remove_configured(kind, name):
            raise InvalidInput(f"There is no {kind.replace('_', ' ')} {name}.")
        detail = detail_of(kind, name)
        record(tx, ctx.clock, UNCONFIGURED, actor, name=who, customer=customer, detail=detail)

    await ctx.store.write(step)
