"""`rule`: what holds for a customer besides approvals."""

from __future__ import annotations

from dataclasses import replace

import click

from bot.domain.configuration import Kind
from bot.domain.customer_rule import (
    ALLOWED,
    DEFAULT,
    FORBIDDEN,
    CustomerRule,
    customer_rule_for,
    parse_access_after,
)
from bot.domain.policy import ANY
from bot.errors import InvalidInput
from bot.grammar import converters
from bot.service.access.customer_rules import rule_of
from bot.terminal.database_session import with_admin_session, with_store
from bot.terminal.output import inert


@click.group()
def rule() -> None:
    """When access goes off after a restore, and whether break-glass is allowed, per customer."""


@rule.command("set")
@click.argument("customer")
@click.option("--access-after", metavar="TIME", help="After a restore: 48h, 3d, or never.")
@click.option("--emergency", type=click.Choice([ALLOWED, FORBIDDEN]), help="Break-glass.")
def rule_set(customer: str, access_after: str | None, emergency: str | None) -> None:
    """Set the rule of CUSTOMER ('*' or a number); what is not given stays as it applies now."""
    whose = converters.customer_or_any(customer)
    if access_after is None and emergency is None:
        raise InvalidInput("Give --access-after or --emergency.")
    wanted = _now(whose)
    if access_after is not None:
        wanted = replace(wanted, access_after=parse_access_after(access_after))
    if emergency is not None:
        wanted = replace(wanted, emergency=emergency == ALLOWED)
    with_admin_session(lambda admin: admin.set_customer_rule(whose, wanted))
    click.echo(f"{whose}: {wanted.words()}.")


@rule.command("list")
def rule_list() -> None:
    """List all rules; `default` is for customers without one."""
    made = with_store(lambda store: store.read(lambda tx: tx.configured(Kind.CUSTOMER_RULE)))
    for entry in made:
        words = _words(entry.name, customer_rule_for(made, entry.name))
        click.echo(inert(f"{words}; set by {entry.set_by}"))
    if all(entry.name != ANY for entry in made):
        click.echo(_words("default", DEFAULT))


@rule.command("remove")
@click.argument("customer")
def rule_remove(customer: str) -> None:
    """Remove the rule of CUSTOMER ('*' or a number)."""
    whose = converters.customer_or_any(customer)
    with_admin_session(lambda admin: admin.set_customer_rule(whose, None))
    click.echo(f"{whose}: removed. Now: {_now(whose).words()}.")


def _now(whose: str) -> CustomerRule:
    return with_store(lambda store: store.read(lambda tx: rule_of(tx, whose)))


def _words(name: str, what: CustomerRule) -> str:
    return f"{name:8} {what.words()}"
