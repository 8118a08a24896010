"""What `exec` takes, by command: changes, queries, exports and prompts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from dataclasses import replace
from typing import Any

from bot.domain.actor import Actor
from bot.domain.batch import label
from bot.domain.change_commands import (
    ActivateCommand,
    BatchCommand,
    CancelCommand,
    DeleteUserCommand,
    EditUserCommand,
    ExtendCommand,
    FlagCommand,
    ImportUsersCommand,
    KeepCommand,
    PasswordCommand,
    PurgeUsersCommand,
    RestoreCommand,
    ReviewCommand,
    StillNeededCommand,
    TokenCommand,
)
from bot.domain.commands import (
    Command,
    EndDrillCommand,
    ListDrillsCommand,
    ListUsersCommand,
    NoticeCommand,
    OnCommand,
    ShowUserCommand,
    StartDrillCommand,
    StatusCommand,
)
from bot.domain.roles import Role, SubjectKind
from bot.errors import InvalidInput
from bot.ports import Transaction
from bot.service.access.refusals import record_refusal
from bot.service.changes.batch.request import batch_requests
from bot.service.changes.terminal import TerminalRequest
from bot.service.changes.time_limit import timed_request
from bot.service.changes.token_reveal import token_request
from bot.service.context import Context
from bot.settings import Settings
from bot.terminal.exec import acts, reads, timed
from bot.terminal.exec.arguments import ExecArguments, subject_id
from bot.terminal.exec.delete_user import delete_user
from bot.terminal.exec.edit_user import edit_user
from bot.terminal.exec.emergency import check_emergency, is_emergency, review_at_terminal
from bot.terminal.exec.list_users import list_users
from bot.terminal.exec.password import prompt_password
from bot.terminal.exec.purge_users import purge_users
from bot.terminal.exec.step_runner import StepRunner
from bot.terminal.exec.user_files import PreparedRequest, from_file
from bot.terminal.output import print_text

# Raises InvalidInput for what cannot be used; `prepare` records it.
Prepare = Callable[[Context, Actor, ExecArguments, Any], Awaitable[PreparedRequest]]
Act = Callable[[Context, Actor, Any], Coroutine[Any, Any, str]]
Query = Callable[[Context, Actor, Any], AsyncIterator[str]]
Prompt = Callable[[StepRunner, Context, Actor, Any], None]


async def _flag(
    ctx: Context, actor: Actor, arguments: ExecArguments, command: FlagCommand
) -> PreparedRequest:
    if command.from_file or arguments.file:
        return await from_file(ctx, actor, arguments, command)
    return PreparedRequest(await timed_request(ctx, actor, command))


async def _of_steps(
    ctx: Context, actor: Actor, _: ExecArguments, command: ActivateCommand | RestoreCommand
) -> PreparedRequest:
    return PreparedRequest(await timed_request(ctx, actor, command))


async def _batch(
    ctx: Context, actor: Actor, _: ExecArguments, command: BatchCommand
) -> PreparedRequest:
    first, *others = await batch_requests(ctx, actor, command)
    return PreparedRequest(first, others=tuple(others))


async def _token(
    _: Context, __: Actor, ___: ExecArguments, command: TokenCommand
) -> PreparedRequest:
    return PreparedRequest(token_request(command))


CHANGES: dict[type[Command], Prepare] = {
    FlagCommand: _flag,
    ActivateCommand: _of_steps,
    RestoreCommand: _of_steps,
    BatchCommand: _batch,
    ImportUsersCommand: from_file,
    TokenCommand: _token,
    EditUserCommand: edit_user,
    DeleteUserCommand: delete_user,
    PurgeUsersCommand: purge_users,
    ExtendCommand: timed.extend,
    KeepCommand: timed.keep,
}
# Done at once; they return what is said of it.
ACTS: dict[type[Command], Act] = {
    CancelCommand: acts.cancel,
    StillNeededCommand: acts.say_still_needed,
    StartDrillCommand: acts.begin_drill,
    EndDrillCommand: acts.stop_drill,
    ReviewCommand: review_at_terminal,
}
QUERIES: dict[type[Command], Query] = {
    StatusCommand: reads.read_status,
    OnCommand: reads.read_on,
    ListDrillsCommand: reads.read_drills,
    ShowUserCommand: reads.read_user,
}
# Their chunks are written without change: a file is to be the same wherever it was made.
EXPORTS: dict[type[Command], Query] = {
    ListUsersCommand: list_users,
    NoticeCommand: reads.print_notice,
}
# They ask for secrets, with hidden input, between steps of their own.
PROMPTS: dict[type[Command], Prompt] = {PasswordCommand: prompt_password}


async def prepare(
    ctx: Context, arguments: ExecArguments, actor: Actor, command: Command
) -> PreparedRequest:
    """Return the request that a command makes. Raises InvalidInput, recorded."""
    try:
        check_emergency(arguments, command)
        prepared = await CHANGES[type(command)](ctx, actor, arguments, command)
    except InvalidInput as error:
        await record_refusal(ctx, actor, str(error))
        raise
    return replace(prepared, emergency=is_emergency(command))


async def _told_channel(ctx: Context, settings: Settings, customers: Sequence[str]) -> str:
    """Return the only incident channel of all the customers, else OPS_CHANNEL. Raises InvalidInput."""
    now = ctx.clock.now()

    def query(tx: Transaction) -> list[set[str]]:
        return [
            {
                row.subject.id
                for row in tx.grants(customer=one, role=Role.INCIDENT)
                if row.covers(one, now)
            }
            for one in customers
        ]

    found = await ctx.store.read(query)
    channels = sorted(found[0].intersection(*found[1:]))
    customer = customers[0] if len(customers) == 1 else label(len(customers))
    if len(channels) == 1:
        print_text(f"The channel that is told: {channels[0]}, the only one of {customer}.")
        return channels[0]
    if not settings.ops_channel:
        raise InvalidInput(
            f"Which channel is told? {customer} has {len(channels)} incident channels. Name one by "
            "--channel C…, or set OPS_CHANNEL."
        )
    return settings.ops_channel


async def terminal_request(
    ctx: Context,
    settings: Settings,
    arguments: ExecArguments,
    actor: Actor,
    prepared: PreparedRequest,
) -> TerminalRequest:
    """Return the request with its channel and approvers. Raises InvalidInput, recorded."""
    channel = arguments.channel or prepared.channel
    try:
        if not channel:
            customers = [one.customer for one in (prepared.request, *prepared.others)]
            channel = await _told_channel(ctx, settings, customers)
        subject_id(channel, SubjectKind.CHANNEL, "--channel or OPS_CHANNEL")
        for approver in arguments.approvers:
            subject_id(approver, SubjectKind.USER, "--approved-by")
        if arguments.approvers and not settings.slack_bot_token.get_secret_value():
            raise InvalidInput(
                "SLACK_BOT_TOKEN is missing. --approved-by is accepted only while Slack is down, and "
                "without the token that cannot be found out."
            )
    except InvalidInput as error:
        await record_refusal(ctx, actor, str(error), customer=prepared.request.customer)
        raise
    return TerminalRequest(
        actor,
        prepared.request,
        channel,
        arguments.approvers,
        prepared.extra_writes,
        prepared.others,
        prepared.emergency,
    )
