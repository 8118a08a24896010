"""`exec "user edit …" --set FIELD=VALUE`: the request to change fields of one user."""

from __future__ import annotations

from bot.domain.actions import EditUser
from bot.domain.actor import Actor
from bot.domain.change_commands import EditUserCommand
from bot.domain.change_request import Proposal
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
from bot.service.change_types.attempt.new_groups import known_groups
from bot.service.context import Context
from bot.service.queries.read_user import read_user
from bot.terminal.exec.arguments import ExecArguments
from bot.terminal.exec.user_files import PreparedRequest
from bot.terminal.output import refuse_undecoded


async def edit_user(
    ctx: Context, actor: Actor, arguments: ExecArguments, command: EditUserCommand
) -> PreparedRequest:
    """Return the request to set what `--set` names and the user does not have yet.

    Raises InvalidInput, NotAllowed and ContinuityError.
    """
    wanted = _wanted(arguments.fields)
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
    scope, remarks = Users((user.address,)), remarks_on(fields)
    return PreparedRequest(
        Proposal(command.customer, EditUser(fields), scope, command.reason, remarks)
    )


def _wanted(given: tuple[str, ...]) -> dict[str, Value]:
    """Return the values by field from arguments such as `displayName=Jo B`.

    Groups are separated by commas; an empty value takes the user out of all groups. Raises
    InvalidInput.
    """
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
