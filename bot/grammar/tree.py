"""The click tree: which commands there are, what each takes, and the Command it becomes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import click

from bot.domain.commands import (
    Audit,
    Cancel,
    Command,
    Help,
    NameCustomer,
    Pending,
    RoleGrant,
    RoleList,
    RoleRevoke,
    SetFlag,
    Status,
    WhoAmI,
)
from bot.domain.roles import Role, Subject, check_grantable
from bot.domain.scope import Everyone, Flag, Groups, Scope, Users, parse_customer
from bot.errors import InvalidInput
from bot.grammar import words
from bot.grammar.leaf import Leaf


def _set_flag(flag: Flag) -> Callable[..., Command]:
    def build(
        direction: bool,
        customer: str,
        users: tuple[str, ...],
        groups: tuple[str, ...],
        reason: str | None,
    ) -> Command:
        if users and groups:
            raise InvalidInput(
                f"“{users[0]}” is a user and {groups[0]} a group: name users or groups, not both."
            )
        scope: Scope = Everyone()
        if groups:
            scope = Groups(groups)
        elif users:
            scope = Users(users)
        return SetFlag(flag, direction, customer, scope, reason or "")

    return build


def _audit(which: tuple[str | None, str | None] | None) -> Command:
    customer, change_id = which or (None, None)
    return Audit(customer, change_id)


def _role_list(which: tuple[Subject | Role | str, ...]) -> Command:
    subjects = [each for each in which if isinstance(each, Subject)]
    roles = [each for each in which if isinstance(each, Role)]
    customers = [each for each in which if isinstance(each, str) and not isinstance(each, Role)]
    if max(len(subjects), len(roles), len(customers)) > 1:
        raise InvalidInput("At most one subject, one role and one customer, please.")
    return RoleList(
        next(iter(subjects), None), next(iter(roles), None), next(iter(customers), None)
    )


def _role_grant(subject: Subject, role: Role, customer: str, hours: int | None) -> Command:
    check_grantable(subject, role)
    return RoleGrant(subject, role, customer, hours)


def _word(
    name: str, read: Callable[[str], Any] = str, shown: str = "", **more: Any
) -> click.Argument:
    return click.Argument([name], type=read, metavar=shown or name.upper(), **more)


def _customer(*, optional: bool = False) -> click.Argument:
    shown = "[CUSTOMER]" if optional else "CUSTOMER"
    return _word("customer", parse_customer, shown, required=not optional)


def _flag_leaf(flag: Flag, meaning: str, *examples: str) -> Leaf:
    return Leaf(
        flag.value,
        _set_flag(flag),
        _word("direction", words.direction, "on|off"),
        _customer(),
        _word("users", words.address, "[USER...]", nargs=-1),
        click.Option(
            ["--group", "groups"],
            type=str,
            multiple=True,
            metavar="GROUP",
            help="only users in this failover group; repeat it for several, up to 16",
        ),
        click.Option(
            ["--reason"],
            type=str,
            metavar="TEXT",
            help="why: the text up to the next option or the end, at most 300 characters",
        ),
        meaning=meaning,
        right="propose",
        examples=examples,
    )


def _role_leaves() -> Iterator[Leaf]:
    grant = (
        _word("subject", words.subject),
        _word("role", words.role),
        _word("customer", words.customer_or_any),
    )
    yield Leaf(
        "list",
        _role_list,
        _word("which", words.which_grants, "[SUBJECT] [ROLE] [CUSTOMER]", nargs=-1),
        meaning="List who has which role for which customer.",
        right="administer",
        examples=("role list", "role list U0OPERATOR operator 44444"),
    )
    yield Leaf(
        "grant",
        _role_grant,
        *grant,
        click.Option(
            ["--hours"],
            type=words.hours,
            metavar="N",
            help=f"the grant ends by itself after 1 to {words.MAX_HOURS} hours",
        ),
        meaning="Give a role to a person, a user group or a channel; * is every customer.",
        right="administer",
        examples=(
            "role grant U0OPERATOR operator 44444 --hours 8",
            "role grant C0INCIDENT incident *",
        ),
    )
    yield Leaf(
        "revoke",
        RoleRevoke,
        *grant,
        meaning="Take a role away.",
        right="administer",
        examples=("role revoke S0ONCALL viewer 44444",),
    )


def _single_leaves() -> Iterator[Leaf]:
    yield _flag_leaf(
        Flag.FAILOVER,
        "Propose to send mail to the emergency webmail (on) or back (off).",
        "failover on 44444 --group emea --group germany --reason Exchange down",
        "failover on 44444",
        "failover off 44444 jo@example.com sam@example.com",
    )
    yield _flag_leaf(
        Flag.ACCESS,
        "Propose to let users log in to the emergency webmail (on) or not (off).",
        "access off 44444 jo@example.com --reason has left",
        "access on 44444",
    )
    yield Leaf(
        "status",
        Status,
        _customer(),
        meaning="Count the users by flag, and show the last changes and what is under way.",
        right="view",
        examples=("status 44444",),
    )
    yield Leaf(
        "pending",
        Pending,
        _customer(optional=True),
        meaning="List the changes that wait, with links to their cards.",
        right="view",
        examples=("pending", "pending 44444"),
    )
    yield Leaf(
        "cancel",
        Cancel,
        _word("change_id", words.change_id, "CHANGE"),
        meaning="Withdraw a change that is not executed yet.",
        right="propose",
        examples=("cancel C-7K3MX",),
    )
    yield Leaf(
        "audit",
        _audit,
        _word("which", words.customer_or_change, "[CUSTOMER|CHANGE]", required=False),
        meaning="Show the last audit entries, or the whole story of one change.",
        right="view",
        examples=("audit 44444", "audit C-7K3MX"),
    )
    yield Leaf(
        "whoami",
        WhoAmI,
        _customer(optional=True),
        meaning="Show what you may do here, which row says so, and who can grant what is missing.",
        right=None,
        examples=("whoami", "whoami 44444"),
    )
    yield Leaf(
        "help",
        Help,
        _word("topic", words.topic, "[COMMAND]", required=False),
        meaning="Explain a command.",
        right=None,
        examples=("help", "help failover", "help role grant"),
        runs_on=True,
    )


def _group(name: str, *leaves: click.Command) -> click.Group:
    return click.Group(name, commands=list(leaves), add_help_option=False)


TREE = _group(
    "continuity",
    *_single_leaves(),
    _group("role", *_role_leaves()),
    _group(
        "customer",
        Leaf(
            "name",
            NameCustomer,
            _customer(),
            _word("name", words.customer_name),
            meaning="Give a customer the name that is shown wherever its number is.",
            right="administer",
            examples=("customer name 44444 Example & Sons",),
            runs_on=True,
        ),
    ),
)


def leaves(group: click.Group = TREE, path: str = "") -> Iterator[tuple[str, Leaf]]:
    """Return every command with its whole name, as `role grant`, in the order of the tree."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from leaves(command, f"{path}{name} ")
        elif isinstance(command, Leaf):
            yield f"{path}{name}", command
