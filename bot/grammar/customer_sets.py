"""Several customers in one command, and the commands `set create|show|list|delete`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click

from bot.domain.admin_commands import (
    CreateSetCommand,
    DeleteSetCommand,
    ListSetsCommand,
    ShowSetCommand,
)
from bot.domain.change_commands import ActivateCommand, BatchCommand, FlagCommand, RestoreCommand
from bot.domain.commands import Command
from bot.domain.customer_set import SetName
from bot.domain.identifiers import CUSTOMER, parse_customer
from bot.domain.limits import MAX_BATCH_CUSTOMERS
from bot.errors import InvalidInput
from bot.grammar import converters
from bot.grammar.command_leaf import Leaf
from bot.grammar.parameters import word


def customers_or_users() -> Iterator[click.Argument]:
    """Yield the arguments for one customer and its users, or for several customers and sets."""
    yield word("customer", converters.customer_or_set, "CUSTOMER", takes_name=True)
    yield word("others", converters.user_or_customer, "[USER...|CUSTOMER...]", nargs=-1)


def customers_and_users(
    customer: str | SetName, others: Sequence[str | SetName]
) -> tuple[tuple[str | SetName, ...], tuple[str, ...]]:
    """Return the customers and sets that are named, and the addresses among the ``others``."""
    named = tuple(one for one in (customer, *others) if isinstance(one, SetName) or "@" not in one)
    return named, tuple(str(one) for one in others if one not in named)


def for_each_customer(
    command: FlagCommand | ActivateCommand | RestoreCommand,
    named: Sequence[str | SetName],
    users: Sequence[str],
) -> Command:
    """Return the command, or the one for several customers where several are named, or a set.

    One that is named twice counts once. Raises InvalidInput.
    """
    customers = tuple(dict.fromkeys(named))
    if len(customers) == 1 and not isinstance(customers[0], SetName):
        return command
    if users:
        raise InvalidInput(
            f"“{users[0]}” is a user, and users are named for one customer: name one customer, or no users."
        )
    if command.emergency:
        raise InvalidInput("--emergency is for one customer: give the command once for each.")
    if isinstance(command, FlagCommand) and command.from_file:
        raise InvalidInput("--file asks for users of one customer: name one customer.")
    for one in customers:
        if not isinstance(one, SetName) and not CUSTOMER.fullmatch(one):
            raise InvalidInput(f"Of several customers, each is named by its number: “{one[:60]}”.")
    if len(customers) > MAX_BATCH_CUSTOMERS:
        raise InvalidInput(
            f"One card is for {MAX_BATCH_CUSTOMERS} customers, and these are {len(customers)}. Name fewer."
        )
    return BatchCommand(command, customers)


def set_leaves() -> Iterator[Leaf]:
    """Yield the commands below `set`."""
    name = word("name", converters.set_name)
    yield Leaf(
        "create",
        CreateSetCommand,
        name,
        word("customers", parse_customer, "CUSTOMER...", nargs=-1, required=True),
        meaning="Name several customers, so that a command can be for all of them: @NAME.",
        examples=("set create emea NUMBER NUMBER",),
    )
    yield Leaf(
        "show",
        ShowSetCommand,
        name,
        meaning="Show the customers of a set.",
        examples=("set show emea",),
    )
    yield Leaf(
        "list",
        ListSetsCommand,
        meaning="List the sets of customers.",
        examples=("set list",),
    )
    yield Leaf(
        "delete",
        DeleteSetCommand,
        name,
        meaning="Delete a set; its customers stay as they are.",
        examples=("set delete emea",),
    )
