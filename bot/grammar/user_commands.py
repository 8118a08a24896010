"""The commands `user show|edit|delete`, `users`, `import`, `purge`, `token`, `password`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from bot.domain.change_commands import (
    DeleteUserCommand,
    EditUserCommand,
    ImportUsersCommand,
    PasswordCommand,
    PurgeUsersCommand,
    TokenCommand,
)
from bot.domain.commands import Command, ListUsersCommand, ShowUserCommand
from bot.grammar.command_leaf import Leaf
from bot.grammar.parameters import (
    customer_argument,
    filter_options,
    filters_from,
    reason_option,
    user_argument,
    with_reason,
)


def user_leaves() -> Iterator[Leaf]:
    """Yield the commands below `user`."""
    yield Leaf(
        "show",
        ShowUserCommand,
        customer_argument(),
        user_argument(),
        meaning="Show one user: fields, flags, and the last changes.",
        examples=("user show NUMBER jo@example.com",),
    )
    yield Leaf(
        "edit",
        EditUserCommand,
        customer_argument(),
        user_argument(),
        reason_option(),
        build=with_reason(EditUserCommand),
        meaning="Propose other values for the fields of one user; a form asks for them.",
        examples=("user edit NUMBER jo@example.com",),
    )
    yield Leaf(
        "delete",
        DeleteUserCommand,
        customer_argument(),
        user_argument(),
        reason_option(),
        build=with_reason(DeleteUserCommand),
        meaning="Propose to delete one user; a form asks for the address once more.",
        examples=("user delete NUMBER jo@example.com --reason has left",),
    )


def users_leaves() -> Iterator[Leaf]:
    """Yield the other commands for users."""
    yield Leaf(
        "users",
        ListUsersCommand,
        customer_argument(),
        *filter_options(),
        click.Option(
            ["--here"],
            is_flag=True,
            help="everybody in this channel sees the list; only in the customer's incident channels",
        ),
        build=_list_users,
        meaning="List the users to you alone: the first ones in a table, all of them in a CSV file.",
        examples=(
            "users NUMBER --failover on --activated no",
            "users NUMBER --group emea --here",
        ),
    )
    yield Leaf(
        "import",
        ImportUsersCommand,
        customer_argument(),
        reason_option(),
        build=with_reason(ImportUsersCommand),
        meaning="Propose to update users from a CSV or JSON file; a form asks for it.",
        examples=("import NUMBER",),
    )
    yield Leaf(
        "purge",
        PurgeUsersCommand,
        customer_argument(),
        *filter_options(),
        reason_option(),
        build=_purge,
        meaning="Propose to delete every user that matches; a form asks for the number once more.",
        examples=("purge NUMBER --group left --access off",),
    )
    yield Leaf(
        "token",
        TokenCommand,
        customer_argument(),
        user_argument(),
        click.Option(
            ["--notify"], is_flag=True, help="it is sent to the user by mail, and not shown"
        ),
        reason_option(),
        build=with_reason(TokenCommand),
        meaning="Propose to make an activation token, the key to the mailbox of this user.",
        examples=("token NUMBER jo@example.com", "token NUMBER jo@example.com --notify"),
        silent_refusal="The command token takes the customer and one address, and perhaps --notify and "
        "--reason. What you typed is not repeated here, since it may hold a secret.",
    )
    yield Leaf(
        "password",
        PasswordCommand,
        user_argument(),
        meaning="Set the password of a user by a token; a form asks for both. Off by default.",
        examples=("password jo@example.com",),
        silent_refusal="The command password takes the address alone: a form asks for the rest. What you "
        "typed may have been kept: take another password, and another token.",
    )


def _list_users(customer: str, here: bool, **filters: Any) -> Command:
    return ListUsersCommand(customer, filters_from(**filters), here)


def _purge(customer: str, reason: str | None, **filters: Any) -> Command:
    return PurgeUsersCommand(customer, filters_from(**filters), reason or "")
