"""The arguments of `exec`, and the command among them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.actor import Actor
from bot.domain.admin_commands import (
    CreateSetCommand,
    DeleteSetCommand,
    GrantRoleCommand,
    ListRolesCommand,
    ListSetsCommand,
    NameCustomerCommand,
    RevokeRoleCommand,
    ShowSetCommand,
)
from bot.domain.commands import AuditCommand, Command, HelpCommand, PendingCommand, WhoAmICommand
from bot.domain.roles import SubjectKind, parse_subject
from bot.errors import InvalidInput
from bot.grammar import SyntaxProblem, parse, unknown_customer
from bot.program import PROGRAM
from bot.service.access.customer_names import customer_name, customer_number, with_number
from bot.service.access.refusals import record_refusal
from bot.service.context import Context
from bot.terminal.admin import at_this_terminal
from bot.terminal.output import print_text, refuse_undecoded

ELSEWHERE: dict[type[Command], str] = {
    AuditCommand: "audit show",
    HelpCommand: "exec --help",
    NameCustomerCommand: "customer name",
    PendingCommand: "audit show",
    GrantRoleCommand: "role grant",
    ListRolesCommand: "role list",
    RevokeRoleCommand: "role revoke",
    WhoAmICommand: "role list",
    CreateSetCommand: "set create",
    ShowSetCommand: "set show",
    ListSetsCommand: "set list",
    DeleteSetCommand: "set delete",
}


@dataclass(frozen=True, slots=True)
class ExecArguments:
    """The options of `exec`; ``text`` is the command as it would be typed behind `/continuity`.

    ``person`` is who asks, ``channel`` is told of it, ``yes`` asks for no confirmation. ``file`` is
    the path of a file of users, ``fields`` are the `FIELD=VALUE` of `user edit`, ``export`` is the
    file for the data of users who are deleted in bulk, ``customer_again`` the number that is typed in an
    emergency.
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
    customer_again: str = ""

    def refuse_yes(self) -> None:
        """Raise InvalidInput if `--yes` was given for what cannot be undone."""
        if self.yes:
            raise InvalidInput("There is no way back from this, so --yes does not go with it.")


def joined(words: Sequence[str]) -> str:
    """Return the words of a shell as one text.

    The first may be the whole command. What the shell took as one word of those behind it, because it
    was in quotes, is in quotes again.
    """
    return " ".join([*words[:1], *(_as_one_word(word) for word in words[1:])])


def _as_one_word(word: str) -> str:
    if word and not any(map(str.isspace, word)):
        return word
    name, equals, value = word.partition("=") if word.startswith("--") else ("", "", word)
    # With both kinds of quotes in it, it is a reason, or refused by the grammar.
    quote = next((one for one in "\"'" if one not in value), "")
    return f"{name}{equals}{quote}{value}{quote}"


async def parse_arguments(ctx: Context, arguments: ExecArguments) -> tuple[Actor, Command]:
    """Return the person who asks, at this terminal, and the command. Raises InvalidInput,
    recorded."""
    actor = at_this_terminal()
    try:
        person = subject_id(arguments.person, SubjectKind.USER, "--as")
        actor = Actor(person, None, terminal=actor.terminal)
        refuse_undecoded(arguments.text, "The command")
        command = parse(arguments.text)
        if type(command) in ELSEWHERE:
            where = f"{PROGRAM} {ELSEWHERE[type(command)]}"
            raise InvalidInput(f"exec does not take this. Instead: {where}")
        if name := customer_name(command):
            found = await with_number(ctx, actor, command)
            if found is None:
                raise unknown_customer(arguments.text, name)
            print_text(f"{name} is {customer_number(found)}.", err=True)
            command = found
    except SyntaxProblem as problem:
        await record_refusal(ctx, actor, problem.sentence)
        raise
    except InvalidInput as error:
        await record_refusal(ctx, actor, str(error))
        raise
    return actor, command


def subject_id(text: str, kind: SubjectKind, option: str) -> str:
    """Return the Slack id in ``text``. Raises InvalidInput unless it is one of this kind."""
    found = parse_subject(text)
    if found.kind is not kind:
        raise InvalidInput(f"{option} takes the id of a {kind}; {text} is none.")
    return found.id
