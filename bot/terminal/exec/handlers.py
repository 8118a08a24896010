"""What `exec` takes, by command: changes, queries, exports and prompts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from dataclasses import replace
from typing import Any

from bot.domain.batch import label
from bot.domain.change_request import ChangeRequest
from bot.domain.commands import (
    ActivateCommand,
    Actor,
    BatchCommand,
    CancelCommand,
    Command,
    DeleteUserCommand,
    EditUserCommand,
    EndDrillCommand,
    ExtendCommand,
    FlagCommand,
    ImportUsersCommand,
    KeepCommand,
    ListDrillsCommand,
    ListUsersCommand,
    NoticeCommand,
    OnCommand,
    PasswordCommand,
    PurgeUsersCommand,
    RestoreCommand,
    ReviewCommand,
    ShowUserCommand,
    StartDrillCommand,
    StatusCommand,
    StillNeededCommand,
    TokenCommand,
)
from bot.domain.roles import Role, SubjectKind
from bot.errors import InvalidInput
from bot.ports import Transaction
from bot.service.access.refusals import record_refusal
from bot.service.changes import decide
from bot.service.changes.batch.request import batch_requests
from bot.service.changes.terminal import TerminalRequest
from bot.service.changes.time_limit import timed_request
from bot.service.changes.timed.move import extend_request, keep_request
from bot.service.changes.token_reveal import token_request
from bot.service.context import Context
from bot.service.drills.end import end_drill
from bot.service.drills.listed import drills
from bot.service.drills.start import start_drill
from bot.service.queries.on import on
from bot.service.queries.show_user import show_user
from bot.service.queries.status import status
from bot.service.report.still_needed import still_needed
from bot.service.user_texts.make import NoticeWish, make_notice
from bot.settings import Settings
from bot.slack.views import drills as drills_view
from bot.slack.views import on as on_view
from bot.slack.views import status as view
from bot.slack.views.mrkdwn import format_time
from bot.slack.views.show_user import user_details
from bot.slack.views.texts import drill as drill_texts
from bot.slack.views.texts import report as report_texts
from bot.terminal.exec.arguments import ExecArguments, subject_id
from bot.terminal.exec.delete_user import delete_user
from bot.terminal.exec.edit_user import edit_user
from bot.terminal.exec.emergency import check_emergency, is_emergency, review_at_terminal
from bot.terminal.exec.list_users import list_users
from bot.terminal.exec.password import prompt_password
from bot.terminal.exec.purge_users import purge_users
from bot.terminal.exec.step_runner import StepRunner
from bot.terminal.exec.user_files import PreparedRequest, from_file
from bot.terminal.mrkdwn import plain
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


async def _extend(
    ctx: Context, actor: Actor, _: ExecArguments, command: ExtendCommand
) -> PreparedRequest:
    asked = (command.change_id, command.by, command.reason)
    return await _of_timed(ctx, command.change_id, await extend_request(ctx, actor, *asked))


async def _keep(
    ctx: Context, actor: Actor, _: ExecArguments, command: KeepCommand
) -> PreparedRequest:
    return await _of_timed(
        ctx, command.change_id, await keep_request(ctx, actor, command.change_id)
    )


async def _of_timed(ctx: Context, change_id: str, request: ChangeRequest) -> PreparedRequest:
    """Return the request, told in the channel of the timed change."""
    timed = await ctx.store.read(lambda tx: tx.change(change_id))
    return PreparedRequest(request, channel=timed.channel if timed else "")


async def _cancel(ctx: Context, actor: Actor, command: CancelCommand) -> str:
    await decide.cancel(ctx, actor, command.change_id)
    return f"{command.change_id} is withdrawn."


async def _still_needed(ctx: Context, actor: Actor, command: StillNeededCommand) -> str:
    said = await still_needed(ctx, actor, command.change_id, command.reason)
    return plain(report_texts.SAID.format(change=said.change_id, until=format_time(said.until)))


async def _start_drill(ctx: Context, actor: Actor, command: StartDrillCommand) -> str:
    drill = await start_drill(ctx, actor, command.customer, command.scenario)
    return drill_texts.STARTED_REPLY.format(scenario=drill.scenario.value, customer=drill.customer)


async def _end_drill(ctx: Context, actor: Actor, command: EndDrillCommand) -> str:
    drill = await end_drill(ctx, actor, command.customer)
    return drill_texts.ENDED_REPLY.format(scenario=drill.scenario.value, customer=drill.customer)


async def _drills(ctx: Context, actor: Actor, command: ListDrillsCommand) -> AsyncIterator[str]:
    yield plain(drills_view.listed(*await drills(ctx, actor, command.customer)).text)


async def _status(ctx: Context, actor: Actor, command: StatusCommand) -> AsyncIterator[str]:
    found = await status(ctx, actor, command.customer, command.groups)
    yield plain(view.status(found).text)


async def _on(ctx: Context, actor: Actor, command: OnCommand) -> AsyncIterator[str]:
    for line in on_view.lines(await on(ctx, actor, command.customer)):
        yield plain(line)


async def _show_user(ctx: Context, actor: Actor, command: ShowUserCommand) -> AsyncIterator[str]:
    user = await show_user(ctx, actor, command.customer, command.address)
    yield plain(user_details(user).text)


async def _notice(ctx: Context, actor: Actor, command: NoticeCommand) -> AsyncIterator[str]:
    wish = NoticeWish(command.customer, command.languages, command.portal_url, command.contact)
    made = await make_notice(ctx, actor, wish)
    for language, text in made.texts.items():
        yield text if len(made.texts) == 1 else f"--- {language} ---\n{text}\n"


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
    ExtendCommand: _extend,
    KeepCommand: _keep,
}
# Done at once; they return what is said of it.
ACTS: dict[type[Command], Act] = {
    CancelCommand: _cancel,
    StillNeededCommand: _still_needed,
    StartDrillCommand: _start_drill,
    EndDrillCommand: _end_drill,
    ReviewCommand: review_at_terminal,
}
QUERIES: dict[type[Command], Query] = {
    StatusCommand: _status,
    OnCommand: _on,
    ListDrillsCommand: _drills,
    ShowUserCommand: _show_user,
}
# Their chunks are written without change: a file is to be the same wherever it was made.
EXPORTS: dict[type[Command], Query] = {
    ListUsersCommand: list_users,
    NoticeCommand: _notice,
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
