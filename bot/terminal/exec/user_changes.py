"""One user edited or deleted, and users deleted in bulk, as `exec` takes them."""

from __future__ import annotations

from bot.domain.actions import DeleteUser, EditUser, PurgeUsers
from bot.domain.commands import (
    Actor,
    DeleteUserCommand,
    EditUserCommand,
    Proposal,
    PurgeUsersCommand,
)
from bot.domain.mail_user import (
    FIELDS,
    GROUPS,
    SEPARATED_BY_COMMAS,
    Value,
    check_field,
    differences,
    matches_api_value,
    remarks_on,
)
from bot.domain.roles import Right
from bot.domain.scope import Users
from bot.domain.user_files.group_cell import with_separators
from bot.errors import InvalidInput
from bot.service.access.authorise import authorise
from bot.service.changes.user_file_checks import known_groups
from bot.service.context import Context
from bot.service.queries.read_user import read_user
from bot.terminal.exec.parse import ExecArguments
from bot.terminal.output import refuse_undecoded


async def edit(
    ctx: Context, actor: Actor, asked: ExecArguments, command: EditUserCommand
) -> Proposal:
    """Return the wish to set what `--set` names, from how the user is now.

    Raises InvalidInput, NotAllowed and ContinuityError.
    """
    wanted = _wanted(asked.fields)
    authorization = await authorise(ctx, actor, Right.PROPOSE, command.customer)
    user = await read_user(ctx, authorization, command.customer, command.address)
    own = user.fields
    differ = {
        name: value for name, value in wanted.items() if not matches_api_value(own.get(name), value)
    }
    groups = with_separators(differ.get(GROUPS, ()))
    known = await known_groups(ctx, command.customer, groups) if groups else ()
    checked = {
        name: check_field(
            name, value, own=own.get(name), known=known, separator_hint=SEPARATED_BY_COMMAS
        )
        for name, value in differ.items()
    }
    fields = differences(own, checked)
    if not fields:
        raise InvalidInput(f"{user.address} is so already: nothing to change.")
    who, remarks = Users((user.address,)), remarks_on(fields)
    return Proposal(command.customer, EditUser(fields), who, command.reason, remarks)


async def delete(
    _: Context, __: Actor, asked: ExecArguments, command: DeleteUserCommand
) -> Proposal:
    """Return the wish to delete a user. Raises InvalidInput."""
    _must_be_typed(asked)
    return Proposal(command.customer, DeleteUser(), Users((command.address,)), command.reason)


async def purge(
    _: Context, __: Actor, asked: ExecArguments, command: PurgeUsersCommand
) -> Proposal:
    """Return the wish to delete users in bulk. Raises InvalidInput."""
    _must_be_typed(asked)
    if not asked.export:
        raise InvalidInput(
            "Before users are deleted their data are written to a file. Name a new one: --export FILE."
        )
    return Proposal(command.customer, PurgeUsers(), command.filters, command.reason)


def _must_be_typed(asked: ExecArguments) -> None:
    if asked.yes:
        raise InvalidInput("There is no way back from this, so --yes does not go with it.")


def _wanted(given: tuple[str, ...]) -> dict[str, Value]:
    """Read `displayName=Jo B`; groups are separated by commas, and none at all takes the user out of all."""
    if not given:
        raise InvalidInput(f"Name what to change: --set FIELD=VALUE, one of {', '.join(FIELDS)}.")
    wanted: dict[str, Value] = {}
    for one in given:
        refuse_undecoded(one, "--set")
        name, equals, text = one.partition("=")
        if not equals:
            raise InvalidInput("--set takes FIELD=VALUE, as in --set displayName='Jo Example'.")
        if name in wanted:
            raise InvalidInput(f"--set names {name} twice.")
        if name not in FIELDS:
            check_field(name, text)
        groups = tuple(part.strip() for part in text.split(",") if part.strip())
        wanted[name] = groups if name == GROUPS else text
    return wanted
