"""`set`: several customers under one name."""

from __future__ import annotations

from collections.abc import Mapping

import click

from bot.domain.configuration import Kind
from bot.domain.customer_set import CustomerSet, make_set, parse_set_name
from bot.errors import InvalidInput
from bot.service.access.customer_sets import all_sets
from bot.terminal.database_session import with_admin_session, with_store
from bot.terminal.output import inert


@click.group("set")
def customer_set() -> None:
    """Several customers under one name, for commands that are for all of them."""


@customer_set.command("create")
@click.argument("name")
@click.argument("customers", nargs=-1, required=True)
def set_create(name: str, customers: tuple[str, ...]) -> None:
    """Write the set NAME of these CUSTOMERS; one of this name is replaced."""
    made = make_set(parse_set_name(name), customers)
    with_admin_session(lambda admin: admin.configure(Kind.SET, made.name, made.terms()))
    click.echo(_line(made))


@customer_set.command("show")
@click.argument("name")
def set_show(name: str) -> None:
    """Show the customers of the set NAME, with their names."""
    wanted = parse_set_name(name)
    sets, names = with_store(
        lambda store: store.read(lambda tx: (all_sets(tx), tx.customer_names()))
    )
    for number in _found(sets, wanted).customers:
        click.echo(inert(f"{number:8} {names.get(number, '')}".rstrip()))


@customer_set.command("list")
def set_list() -> None:
    """List all sets."""
    for _, one in sorted(with_store(lambda store: store.read(all_sets)).items()):
        click.echo(_line(one))


@customer_set.command("delete")
@click.argument("name")
def set_delete(name: str) -> None:
    """Delete the set NAME; its customers stay as they are."""
    wanted = parse_set_name(name)
    with_admin_session(lambda admin: admin.unconfigure(Kind.SET, wanted))
    click.echo(f"{wanted}: deleted.")


def _found(sets: Mapping[str, CustomerSet], name: str) -> CustomerSet:
    if name not in sets:
        raise InvalidInput(f"There is no set {name}.")
    return sets[name]


def _line(one: CustomerSet) -> str:
    return f"{one.name:16} {' '.join(one.customers)}"
