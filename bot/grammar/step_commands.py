"""The commands in the manual's order: access and failover on, failover off and access off later."""

from __future__ import annotations

from collections.abc import Iterator

import click

from bot.domain.change_commands import ActivateCommand, RestoreCommand
from bot.domain.commands import Command
from bot.domain.customer_rule import AccessAfter, parse_access_after
from bot.domain.customer_set import SetName
from bot.domain.time_limit import AskedTime
from bot.grammar.command_leaf import Leaf
from bot.grammar.customer_sets import (
    customers_and_users,
    customers_or_users,
    for_each_customer,
)
from bot.grammar.parameters import (
    emergency_option,
    group_option,
    one_time,
    reason_option,
    scope_of,
    time_options,
)


def step_leaves() -> Iterator[Leaf]:
    """Yield the commands."""
    yield Leaf(
        "activate",
        ActivateCommand,
        *customers_or_users(),
        group_option(),
        *time_options(),
        emergency_option(),
        reason_option(),
        build=_activate,
        meaning="Propose access on, then failover on, each read back: one decision, one card.",
        examples=(
            "activate NUMBER --reason Exchange down",
            "activate NUMBER --group emea --for 4h",
            "activate NUMBER jo@example.com",
            "activate NUMBER @emea",
        ),
    )
    yield Leaf(
        "restore",
        RestoreCommand,
        *customers_or_users(),
        group_option(),
        click.Option(
            ["--access-after"],
            type=_access_after,
            metavar="TIME",
            help="access goes off by itself so long after: 48h or 3d; or never",
        ),
        emergency_option(),
        reason_option(),
        build=_restore,
        meaning="Propose failover off; access goes off later by itself, or stays: one decision.",
        examples=(
            "restore NUMBER --reason Exchange is up again",
            "restore NUMBER --access-after never",
            "restore NUMBER --group emea --access-after 24h",
        ),
    )


def _access_after(text: str) -> AccessAfter:
    return AccessAfter(parse_access_after(text))


def _activate(
    customer: str,
    others: tuple[str | SetName, ...],
    groups: tuple[str, ...],
    lasts: AskedTime | None,
    until: AskedTime | None,
    emergency: bool,
    reason: str | None,
) -> Command:
    named, users = customers_and_users(customer, others)
    scope, time = scope_of(users, groups), one_time(lasts, until)
    command = ActivateCommand(customer, scope, reason or "", time, emergency)
    return for_each_customer(command, named, users)


def _restore(
    customer: str,
    others: tuple[str | SetName, ...],
    groups: tuple[str, ...],
    access_after: AccessAfter | None,
    emergency: bool,
    reason: str | None,
) -> Command:
    named, users = customers_and_users(customer, others)
    scope = scope_of(users, groups)
    command = RestoreCommand(customer, scope, reason or "", access_after, emergency)
    return for_each_customer(command, named, users)
