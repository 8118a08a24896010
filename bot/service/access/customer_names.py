"""Customers by name: only those that the person may see, and only by the whole name."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.domain.actor import Actor
from bot.domain.commands import Command
from bot.domain.identifiers import CUSTOMER, CustomerName
from bot.domain.roles import ANY_CUSTOMER, Right
from bot.ports import Transaction
from bot.service.access.principals import identify
from bot.service.context import Context


def customer_name(command: Command) -> CustomerName | None:
    """Return the name that stands in a command for the customer's number, or None."""
    customer = getattr(command, "customer", None)
    return customer if isinstance(customer, CustomerName) else None


def customer_number(command: Command) -> str:
    """Return the number in a command whose customer was named."""
    return str(getattr(command, "customer", ""))


async def with_number(ctx: Context, actor: Actor, command: Command) -> Command | None:
    """Return the command with the number of the customer that it names.

    None unless exactly one customer that the person may see, here or by rows of their own, has this
    name: unknown, ambiguous and hidden are one answer. Capitals and the number of spaces do not count.
    Raises NotAllowed, recorded, like every command.
    """
    name = customer_name(command)
    if name is None:
        return command
    wanted, now = _normal(name), ctx.clock.now()
    principal = await identify(ctx, actor)
    names = await ctx.store.read(lambda tx: tx.customer_names())
    found = [
        number
        for number, one in names.items()
        if _normal(one) == wanted
        and any(
            who.decide(Right.VIEW, number, now).allowed for who in (principal, principal.anywhere)
        )
    ]
    named: Any = command
    return replace(named, customer=found[0]) if len(found) == 1 else None


async def suggest_customers(
    ctx: Context, actor: Actor, typed: str, right: Right = Right.VIEW, *, every: str = ""
) -> dict[str, str]:
    """Return the names by number of the customers that fit what is typed, the nearest first.

    Only those on which the person has the right by rows of their own, whatever the channel is.
    ``every`` is the name of `*`, which is offered to who has the right on all. Raises NotAllowed, recorded.
    """
    wanted, now = _normal(typed), ctx.clock.now()
    principal = await identify(ctx, replace(actor, channel=None))
    among = principal.customers(right, now)

    def query(tx: Transaction) -> dict[str, str]:
        names = tx.customer_names()
        numbers = set(known_customers(tx, now) if among is None else among)
        if among is None and CUSTOMER.fullmatch(typed.strip().upper()):
            numbers.add(typed.strip().upper())
        all_of_them = {ANY_CUSTOMER: every} if every and among is None else {}
        return all_of_them | {one: names.get(one, "") for one in numbers}

    found = await ctx.store.read(query)
    fits = {one: name for one, name in found.items() if wanted in _normal(f"{one} {name}")}

    def begins(number: str) -> bool:
        return _normal(number).startswith(wanted) or _normal(fits[number]).startswith(wanted)

    return {one: fits[one] for one in sorted(fits, key=lambda one: (not begins(one), one))}


def known_customers(tx: Transaction, now: datetime) -> set[str]:
    """Return the customers that a role row in force or a name is about."""
    granted = {row.customer for row in tx.grants() if row.in_force(now)}
    return (granted | set(tx.customer_names())) - {ANY_CUSTOMER}


def _normal(name: str) -> str:
    return " ".join(name.casefold().split())
