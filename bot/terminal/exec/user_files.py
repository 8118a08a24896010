"""`--file PATH`: the request that a file of users makes, to import them or to set a flag."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

import click

from bot.domain.actor import Actor
from bot.domain.change_commands import FlagCommand, ImportUsersCommand
from bot.domain.change_request import ChangeRequest
from bot.domain.limits import MAX_FILE_BYTES
from bot.domain.roles import Right
from bot.domain.scope import Everyone
from bot.domain.user_files.upload import LineError
from bot.errors import InvalidInput
from bot.service.access.authorise import authorise
from bot.service.changes.propose import ExtraWrites
from bot.service.changes.time_limit import time_limit_of
from bot.service.changes.user_files import read_user_file, summarise_errors
from bot.service.context import Context
from bot.terminal.exec.arguments import ExecArguments
from bot.terminal.output import inert

MAX_PRINTED_ERRORS = 50  # one line each


@dataclass(frozen=True, slots=True)
class PreparedRequest:
    """A request, and what is stored together with its change; None where that is nothing.

    ``others`` are the same for further customers.
    ``channel`` is told of it where none is named, ``""`` for that of the customer.
    ``emergency``: a commander decides it alone.
    """

    request: ChangeRequest
    extra_writes: ExtraWrites | None = None
    others: tuple[ChangeRequest, ...] = ()
    channel: str = ""
    emergency: bool = False


async def from_file(
    ctx: Context, actor: Actor, arguments: ExecArguments, command: ImportUsersCommand | FlagCommand
) -> PreparedRequest:
    """Read the file and return its request; wrong rows are printed. Raises InvalidInput and
    NotAllowed."""
    if not arguments.file:
        raise InvalidInput("Which file? Name it by --file PATH behind the command.")
    if isinstance(command, FlagCommand) and not isinstance(command.scope, Everyone):
        raise InvalidInput("The users are named in the file or in the command, not in both.")
    data = await asyncio.to_thread(_read, arguments.file)
    name, skip = Path(arguments.file).name, arguments.skip_wrong
    await authorise(ctx, actor, Right.PROPOSE, command.customer)  # the API may be asked
    limit = await time_limit_of(ctx, actor, command) if isinstance(command, FlagCommand) else None
    found = await read_user_file(ctx, data, name, command, skip_wrong=skip, time_limit=limit)
    _print_errors(found.errors)
    if found.request is None:
        raise InvalidInput(f"{summarise_errors(found.errors)} Leave them out with --skip-wrong.")
    if found.note:
        click.echo(inert(found.note))
    return PreparedRequest(found.request, found.extra_writes)


def _print_errors(errors: tuple[LineError, ...]) -> None:
    for error in errors[:MAX_PRINTED_ERRORS]:
        where = f" ({error.column})" if error.column else ""
        click.echo(inert(f"Line {error.line}{where}: {error.sentence}"), err=True)
    if len(errors) > MAX_PRINTED_ERRORS:
        click.echo(f"… and {len(errors) - MAX_PRINTED_ERRORS:,} more", err=True)


def _read(path: str) -> bytes:
    try:
        with Path(path).open("rb") as file:
            return file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise InvalidInput(f"The file {path} cannot be read: {error.strerror}.") from None
