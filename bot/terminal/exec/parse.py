"""What was typed behind `exec`, read; what cannot be used is refused, and the refusal recorded."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.commands import (
    Actor,
    AuditCommand,
    Command,
    GrantRoleCommand,
    HelpCommand,
    ListRolesCommand,
    NameCustomerCommand,
    PendingCommand,
    RevokeRoleCommand,
    WhoAmICommand,
)
from bot.domain.roles import SubjectKind, parse_subject
from bot.errors import InvalidInput
from bot.grammar import parse
from bot.service.access.refusals import record_refusal
from bot.service.context import Context
from bot.terminal.admin import at_this_terminal
from bot.terminal.output import refuse_undecoded

ELSEWHERE: dict[type[Command], str] = {
    AuditCommand: "audit show",
    HelpCommand: "exec --help",
    NameCustomerCommand: "customer name",
    PendingCommand: "audit show",
    GrantRoleCommand: "role grant",
    ListRolesCommand: "role list",
    RevokeRoleCommand: "role revoke",
    WhoAmICommand: "role list",
}


@dataclass(frozen=True, slots=True)
class ExecArguments:
    """The command, for whom, approved by whom, told where; ``yes`` asks for no confirmation.

    ``file`` is the path of the users' file of a command that takes one, ``fields`` are those of a user that get other values, ``export`` is the file for the data of users
    who are deleted in bulk.
    """

    text: str
    person: str
    approvers: tuple[str, ...] = ()
    channel: str = ""
    yes: bool = False
    file: str = ""
    skip_wrong: bool = False
    fields: tuple[str, ...] = ()
    export: str = ""


async def read(ctx: Context, asked: ExecArguments) -> tuple[Actor, Command]:
    """Return who sits here for whom, and the command. Raises InvalidInput."""
    actor = at_this_terminal()
    try:
        person = subject(asked.person, SubjectKind.USER, "--as")
        actor = Actor(person, None, terminal=actor.terminal)
        refuse_undecoded(asked.text, "The command")
        command = parse(asked.text)
        if type(command) in ELSEWHERE:
            where = f"python app.py {ELSEWHERE[type(command)]}"
            raise InvalidInput(f"exec does not take this. Instead: {where}")
    except InvalidInput as error:
        await record_refusal(ctx, actor, str(error))
        raise
    return actor, command


def subject(text: str, kind: SubjectKind, option: str) -> str:
    """Return the id, where it is one of this kind. Raises InvalidInput."""
    found = parse_subject(text)
    if found.kind is not kind:
        raise InvalidInput(f"{option} takes the id of a {kind}; {text} is none.")
    return found.id
