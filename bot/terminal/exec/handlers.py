"""What `exec` takes: commands that only look, and those that become a change."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from bot.domain.commands import (
    Actor,
    ChangeRequest,
    Command,
    DeleteUserCommand,
    EditUserCommand,
    FlagCommand,
    ImportUsersCommand,
    ListUsersCommand,
    PasswordCommand,
    PurgeUsersCommand,
    ShowUserCommand,
    StatusCommand,
    TokenCommand,
)
from bot.domain.roles import SubjectKind
from bot.errors import InvalidInput
from bot.service.access.refusals import record_refusal
from bot.service.changes.terminal import TerminalRequest
from bot.service.changes.token_reveal import token_request
from bot.service.context import Context
from bot.service.queries.show_user import show_user
from bot.service.queries.status import status
from bot.settings import Settings
from bot.slack.views import status as view
from bot.slack.views.show_user import one_user
from bot.terminal.exec import user_changes
from bot.terminal.exec.list_users import list_users
from bot.terminal.exec.parse import ExecArguments, subject
from bot.terminal.exec.steps import StepRunner
from bot.terminal.exec.token import set_here
from bot.terminal.exec.user_files import PreparedRequest, from_file
from bot.terminal.mrkdwn import plain

# They raise InvalidInput for what cannot be used; the refusal is recorded by whoever called.
Prepare = Callable[[Context, Actor, ExecArguments, Any], Awaitable[PreparedRequest]]
Typed = Callable[[StepRunner, Context, Actor, Any, Callable[[str], None]], None]
Look = Callable[[Context, Actor, ExecArguments, Any], AsyncIterator[str]]  # lines to print


async def _switch(
    ctx: Context, actor: Actor, asked: ExecArguments, command: FlagCommand
) -> PreparedRequest:
    if command.from_file or asked.file:
        return await from_file(ctx, actor, asked, command)
    return PreparedRequest(command)


async def _import(
    ctx: Context, actor: Actor, asked: ExecArguments, command: ImportUsersCommand
) -> PreparedRequest:
    return await from_file(ctx, actor, asked, command)


def _proposed(
    request: Callable[[Context, Actor, ExecArguments, Any], Awaitable[ChangeRequest]],
) -> Prepare:
    async def prepare(
        ctx: Context, actor: Actor, asked: ExecArguments, command: Command
    ) -> PreparedRequest:
        return PreparedRequest(await request(ctx, actor, asked, command))

    return prepare


async def _status(
    ctx: Context, actor: Actor, _: ExecArguments, command: StatusCommand
) -> AsyncIterator[str]:
    told = await status(ctx, actor, command.customer, command.groups)
    yield plain(view.status(told).text)


async def _user(
    ctx: Context, actor: Actor, _: ExecArguments, command: ShowUserCommand
) -> AsyncIterator[str]:
    shown = await show_user(ctx, actor, command.customer, command.address)
    yield plain(one_user(shown).text)


async def _token(
    _: Context, __: Actor, ___: ExecArguments, command: TokenCommand
) -> PreparedRequest:
    return PreparedRequest(token_request(command))


PREPARED: dict[type[Command], Prepare] = {
    FlagCommand: _switch,
    ImportUsersCommand: _import,
    TokenCommand: _token,
    EditUserCommand: _proposed(user_changes.edit),
    DeleteUserCommand: _proposed(user_changes.delete),
    PurgeUsersCommand: _proposed(user_changes.purge),
}
LOOKS: dict[type[Command], Look] = {StatusCommand: _status, ShowUserCommand: _user}
# They ask for more, unseen, between steps of their own.
TYPED: dict[type[Command], Typed] = {PasswordCommand: set_here}
# Their pieces are written as they are: a file is to be the same wherever it was made.
FILES: dict[type[Command], Look] = {ListUsersCommand: list_users}


async def prepared(
    ctx: Context, asked: ExecArguments, actor: Actor, command: Command
) -> PreparedRequest:
    """Return the wish of a command. Raises InvalidInput, recorded."""
    try:
        return await PREPARED[type(command)](ctx, actor, asked, command)
    except InvalidInput as error:
        await record_refusal(ctx, actor, str(error))
        raise


async def order(
    ctx: Context, settings: Settings, asked: ExecArguments, actor: Actor, made: PreparedRequest
) -> TerminalRequest:
    """Return all that a change needs to know. Raises InvalidInput."""
    channel = asked.channel or settings.ops_channel
    try:
        if not channel:
            raise InvalidInput(
                "Which channel is told? Name it by --channel C…, or set OPS_CHANNEL."
            )
        subject(channel, SubjectKind.CHANNEL, "--channel or OPS_CHANNEL")
        for user_changes in asked.approvers:
            subject(user_changes, SubjectKind.USER, "--approved-by")
        if asked.approvers and not settings.slack_bot_token.get_secret_value():
            raise InvalidInput(
                "SLACK_BOT_TOKEN is missing. --approved-by is accepted only while Slack is down, and "
                "without the token that cannot be found out."
            )
    except InvalidInput as error:
        await record_refusal(ctx, actor, str(error), customer=made.request.customer)
        raise
    return TerminalRequest(actor, made.request, channel, asked.approvers, made.extra_writes)
