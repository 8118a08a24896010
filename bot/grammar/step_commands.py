"""The commands in the manual's order: access and failover on, failover off and access off later."""

from __future__ import annotations

from collections.abc import Iterator

import click

from bot.domain.commands import ActivateCommand, Command, RestoreCommand
from bot.domain.customer_rule import AccessAfter, parse_access_after
from bot.domain.time_limit import AskedTime
from bot.grammar import converters
from bot.grammar.command_leaf import Leaf
from bot.grammar.parameters import (
    customer_argument,
    group_option,
    one_time,
    reason_option,
    scope_of,
    time_options,
    word,
)


def step_leaves() -> Iterator[Leaf]:
    """Yield the commands."""
    yield Leaf(
        "activate",
        ActivateCommand,
        customer_argument(),
        word("users", converters.address, "[USER...]", nargs=-1),
        group_option(),
        *time_options(),
        reason_option(),
        build=_activate,
        meaning="Propose access on, then failover on, each read back: one decision, one card.",
        examples=(
            "activate NUMBER --reason Exchange down",
            "activate NUMBER --group emea --for 4h",
            "activate NUMBER jo@example.com",
        ),
    )
    yield Leaf(
        "restore",
        RestoreCommand,
        customer_argument(),
        word("users", converters.address, "[USER...]", nargs=-1),
        group_option(),
        click.Option(
            ["--access-after"],
            type=_access_after,
            metavar="TIME",
            help="access goes off by itself so long after: 48h or 3d; or never",
        ),
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
    users: tuple[str, ...],
    groups: tuple[str, ...],
    lasts: AskedTime | None,
    until: AskedTime | None,
    reason: str | None,
) -> Command:
    scope = scope_of(users, groups)
    return ActivateCommand(customer, scope, reason or "", one_time(lasts, until))


def _restore(
    customer: str,
    users: tuple[str, ...],
    groups: tuple[str, ...],
    access_after: AccessAfter | None,
    reason: str | None,
) -> Command:
    return RestoreCommand(customer, scope_of(users, groups), reason or "", access_after)
