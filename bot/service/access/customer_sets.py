"""Sets of customers: written by admins of each customer in them, named by whoever may act on these."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence

from bot.domain.actor import Actor
from bot.domain.admin_commands import CreateSetCommand
from bot.domain.configuration import Kind
from bot.domain.customer_set import CustomerSet, SetName, make_set
from bot.domain.roles import Right
from bot.errors import InvalidInput
from bot.ports import Transaction
from bot.service.access.authorise import Authorization, allow_all
from bot.service.access.configuration import all_supported, configure, unconfigure
from bot.service.access.principals import identify
from bot.service.context import Context

NO_SET = "There is no set {name} that you may see. `/continuity set list` lists them."


def all_sets(tx: Transaction) -> Mapping[str, CustomerSet]:
    """Return the sets by name; one that cannot be read, or was written by hand, is left out."""
    found = dict[str, CustomerSet]()
    for entry in all_supported(tx, tx.configured(Kind.SET)):
        with contextlib.suppress(InvalidInput):
            found[entry.name] = CustomerSet.of(entry)
    return found


async def create_set(ctx: Context, actor: Actor, command: CreateSetCommand) -> CustomerSet:
    """Write a set, as an admin of each customer in it, and of each that was in it before.

    Raises NotAllowed, recorded, and InvalidInput.
    """
    made = make_set(command.name, command.customers)
    before = (await ctx.store.read(all_sets)).get(made.name)
    customers = dict.fromkeys((*made.customers, *(before.customers if before else ())))
    allowed = await _administering(ctx, actor, [*customers])
    by = allowed.principal
    await configure(ctx, by.actor, Kind.SET, made.name, made.terms(), who=by.name)
    return made


async def delete_set(ctx: Context, actor: Actor, name: SetName) -> CustomerSet:
    """Delete a set, as an admin of each customer in it. Raises NotAllowed, recorded, and InvalidInput."""
    found = await show_set(ctx, actor, name)
    allowed = await _administering(ctx, actor, found.customers)
    by = allowed.principal
    await unconfigure(ctx, by.actor, Kind.SET, name, who=by.name)
    return found


async def list_sets(ctx: Context, actor: Actor) -> Sequence[CustomerSet]:
    """Return the sets with a customer that this person may view, by name. Raises NotAllowed, recorded."""
    principal = await identify(ctx, actor)
    visible = principal.anywhere.customers(Right.VIEW, ctx.clock.now())
    sets = await ctx.store.read(all_sets)
    return [
        one
        for _, one in sorted(sets.items())
        if visible is None or not visible.isdisjoint(one.customers)
    ]


async def show_set(ctx: Context, actor: Actor, name: SetName) -> CustomerSet:
    """Return a set that this person may see. Raises InvalidInput where there is none."""
    for one in await list_sets(ctx, actor):
        if one.name == name:
            return one
    raise InvalidInput(NO_SET.format(name=name))


async def _administering(ctx: Context, actor: Actor, customers: Sequence[str]) -> Authorization:
    principal = await identify(ctx, actor)
    return await allow_all(ctx, principal, Right.ADMINISTER, customers)
