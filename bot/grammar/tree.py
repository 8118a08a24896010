"""The click tree: every command with its parameters, its help and the Command that it becomes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import click

from bot.domain.change_commands import CancelCommand, FlagCommand, ReviewCommand
from bot.domain.commands import (
    AuditCommand,
    Command,
    HelpCommand,
    OnCommand,
    PendingCommand,
    ReportCommand,
    StatusCommand,
    WhoAmICommand,
)
from bot.domain.scope import Flag, Groups
from bot.domain.time_limit import AskedTime
from bot.errors import InvalidInput
from bot.grammar import converters
from bot.grammar.admin_commands import customer_leaves, role_leaves
from bot.grammar.command_leaf import Leaf
from bot.grammar.customer_sets import (
    customers_and_users,
    customers_or_users,
    for_each_customer,
    set_leaves,
)
from bot.grammar.drill_commands import drill_leaves
from bot.grammar.notice_command import notice_leaf
from bot.grammar.parameters import (
    audit_options,
    customer_argument,
    emergency_option,
    group_option,
    one_time,
    reason_option,
    scope_of,
    since_options,
    time_options,
    with_reason,
    word,
)
from bot.grammar.step_commands import step_leaves
from bot.grammar.timed_commands import timed_leaves
from bot.grammar.user_commands import user_leaves, users_leaves


def _top_leaves() -> Iterator[Leaf]:
    yield _flag_leaf(
        Flag.FAILOVER,
        "Propose to send mail to the emergency webmail (on) or back (off).",
        "failover on NUMBER --group emea --group germany --reason Exchange down",
        "failover on NUMBER",
        "failover on NUMBER --for 2h",
        "failover on NUMBER --emergency --reason Exchange down",
        "failover off NUMBER jo@example.com sam@example.com",
        "failover on NUMBER @emea",
    )
    yield _flag_leaf(
        Flag.ACCESS,
        "Propose to let users log in to the emergency webmail (on) or not (off).",
        "access off NUMBER jo@example.com --reason has left",
        "access on NUMBER",
    )
    yield from step_leaves()
    yield Leaf(
        "status",
        StatusCommand,
        customer_argument(),
        group_option(),
        build=_status,
        meaning="Count the users by flag, and show the last changes and what is under way.",
        examples=("status NUMBER", "status NUMBER --group emea --group germany"),
    )
    yield Leaf(
        "on",
        OnCommand,
        customer_argument(optional=True),
        meaning="List what is in failover or has access now: since when, by whom, who cannot read.",
        examples=("on", "on NUMBER"),
    )
    yield Leaf(
        "pending",
        PendingCommand,
        customer_argument(optional=True),
        meaning="List the changes that wait, with links to their cards.",
        examples=("pending", "pending NUMBER"),
    )
    yield Leaf(
        "cancel",
        CancelCommand,
        word("change_id", converters.change_id, "CHANGE"),
        meaning="Withdraw a change that is not executed yet.",
        examples=("cancel C-7K3MX",),
    )
    yield from timed_leaves()
    yield notice_leaf()
    yield Leaf(
        "review",
        ReviewCommand,
        word("change_id", converters.change_id, "CHANGE"),
        word("state", converters.review, "accept|object"),
        word("reason", shown="[REASON]", required=False),
        build=with_reason(ReviewCommand),
        meaning="Review what a commander decided alone: accept it, or object and say why.",
        examples=("review C-7K3MX accept", "review C-7K3MX object The approver was there"),
        last_takes_rest=True,
    )
    yield Leaf(
        "audit",
        AuditCommand,
        word(
            "which",
            converters.customer_or_change,
            "[CUSTOMER|CHANGE]",
            required=False,
            takes_name=True,
        ),
        *audit_options(),
        build=_audit,
        meaning="Show the last audit entries, or the whole story of one change.",
        examples=(
            "audit NUMBER",
            "audit C-7K3MX",
            "audit NUMBER --since 24h",
            "audit NUMBER --since 2026-03-01 --until 2026-03-14 --file",
        ),
    )
    yield Leaf(
        "report",
        ReportCommand,
        word(
            "which",
            converters.customer_or_change,
            "[CUSTOMER|CHANGE]",
            required=False,
            takes_name=True,
        ),
        *since_options(),
        build=_report,
        meaning="Post a report on an incident here: PDF with a timeline, CSV and JSON.",
        examples=("report NUMBER --since 6h", "report C-7K3MX", "report --since 2h"),
    )
    yield Leaf(
        "whoami",
        WhoAmICommand,
        customer_argument(optional=True),
        meaning="Show what you may do here, which row says so, and who can grant what is missing.",
        examples=("whoami", "whoami NUMBER"),
    )
    yield Leaf(
        "help",
        HelpCommand,
        word("topic", converters.topic, "[COMMAND]", required=False),
        meaning="Explain a command.",
        examples=("help", "help more", "help failover", "help role grant"),
        last_takes_rest=True,
    )


def _flag_leaf(flag: Flag, meaning: str, *examples: str) -> Leaf:
    return Leaf(
        flag.value,
        FlagCommand,
        word("direction", converters.direction, "on|off"),
        *customers_or_users(),
        group_option(),
        *time_options(),
        click.Option(
            ["--file", "from_file"],
            is_flag=True,
            help="a form asks for a file with up to 5,000 users",
        ),
        emergency_option(),
        reason_option(),
        build=_set_flag(flag),
        meaning=meaning,
        examples=examples,
    )


def _set_flag(flag: Flag) -> Callable[..., Command]:
    def build(
        direction: bool,
        customer: str,
        others: tuple[str, ...],
        groups: tuple[str, ...],
        reason: str | None,
        from_file: bool,
        lasts: AskedTime | None,
        until: AskedTime | None,
        emergency: bool,
    ) -> Command:
        named, users = customers_and_users(customer, others)
        time = one_time(lasts, until)
        if from_file and emergency:
            raise InvalidInput(
                "--emergency does not go with --file: propose it with --file, then press Emergency… on "
                "its card."
            )
        if from_file and (users or groups):
            raise InvalidInput("--file asks for the users in a file: name no users or groups here.")
        scope = scope_of(users, groups, "For a longer list: --file.")
        command = FlagCommand(
            flag, direction, customer, scope, reason or "", from_file, time, emergency
        )
        return for_each_customer(command, named, users)

    return build


def _status(customer: str, groups: tuple[str, ...]) -> Command:
    return StatusCommand(customer, Groups(groups).names if groups else ())


def _audit(which: tuple[str | None, str | None] | None, **filters: Any) -> Command:
    customer, change_id = which or (None, None)
    return AuditCommand(customer, change_id, **filters)


def _report(which: tuple[str | None, str | None] | None, **times: Any) -> Command:
    customer, change_id = which or (None, None)
    return ReportCommand(customer, change_id, **times)


def _group(name: str, *leaves: click.Command) -> click.Group:
    return click.Group(name, commands=list(leaves), add_help_option=False)


TREE = _group(
    "continuity",
    *_top_leaves(),
    *users_leaves(),
    _group("user", *user_leaves()),
    _group("drill", *drill_leaves()),
    _group("role", *role_leaves()),
    _group("customer", *customer_leaves()),
    _group("set", *set_leaves()),
)


def leaves(group: click.Group = TREE, path: str = "") -> Iterator[tuple[str, Leaf]]:
    """Return every command with its whole name, as `role grant`, in the order of the tree."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from leaves(command, f"{path}{name} ")
        elif isinstance(command, Leaf):
            yield f"{path}{name}", command
