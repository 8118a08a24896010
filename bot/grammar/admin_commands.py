"""The commands of admins: `role list|grant|revoke` and `customer name`."""

from __future__ import annotations

from collections.abc import Iterator

import click

from bot.domain.admin_commands import (
    GrantRoleCommand,
    ListRolesCommand,
    NameCustomerCommand,
    RevokeRoleCommand,
)
from bot.domain.commands import Command
from bot.domain.identifiers import parse_customer
from bot.domain.limits import MAX_GRANT_HOURS
from bot.domain.roles import Role, Subject, check_grantable
from bot.errors import InvalidInput
from bot.grammar import converters
from bot.grammar.command_leaf import Leaf
from bot.grammar.parameters import word


def role_leaves() -> Iterator[Leaf]:
    """Yield the commands below `role`."""
    grant = (
        word("subject", converters.subject),
        word("role", converters.role),
        word("customer", converters.named_customer_or_any, takes_name=True),
    )
    yield Leaf(
        "list",
        ListRolesCommand,
        word("which", converters.which_grants, "[SUBJECT] [ROLE] [CUSTOMER]", nargs=-1),
        build=_role_list,
        meaning="List who has which role for which customer.",
        examples=("role list", "role list U0OPERATOR operator NUMBER"),
        takes_every_customer=True,
    )
    yield Leaf(
        "grant",
        GrantRoleCommand,
        *grant,
        click.Option(
            ["--hours"],
            type=converters.hours,
            metavar="N",
            help=f"the grant ends by itself after 1 to {MAX_GRANT_HOURS} hours",
        ),
        build=_role_grant,
        meaning="Give a role to a person, a user group or a channel; * is every customer.",
        examples=(
            "role grant U0OPERATOR operator NUMBER --hours 8",
            "role grant C0INCIDENT incident *",
        ),
        takes_every_customer=True,
    )
    yield Leaf(
        "revoke",
        RevokeRoleCommand,
        *grant,
        meaning="Take a role away.",
        examples=("role revoke S0ONCALL viewer NUMBER",),
        takes_every_customer=True,
    )


def _role_list(which: tuple[Subject | Role | str, ...]) -> Command:
    subjects = [each for each in which if isinstance(each, Subject)]
    roles = [each for each in which if isinstance(each, Role)]
    customers = [each for each in which if isinstance(each, str) and not isinstance(each, Role)]
    if max(len(subjects), len(roles), len(customers)) > 1:
        raise InvalidInput("At most one subject, one role and one customer, please.")
    return ListRolesCommand(
        next(iter(subjects), None), next(iter(roles), None), next(iter(customers), None)
    )


def _role_grant(subject: Subject, role: Role, customer: str, hours: int | None) -> Command:
    check_grantable(subject, role)
    return GrantRoleCommand(subject, role, customer, hours)


def customer_leaves() -> Iterator[Leaf]:
    """Yield the commands below `customer`."""
    yield Leaf(
        "name",
        NameCustomerCommand,
        word("customer", parse_customer),
        word("name", converters.customer_name),
        meaning="Give a customer the name that is shown wherever its number is.",
        examples=("customer name NUMBER Example & Sons",),
        last_takes_rest=True,
    )
