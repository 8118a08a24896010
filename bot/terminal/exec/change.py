"""A change at the terminal: propose, show, confirm, execute or wait for the executor, report."""

from __future__ import annotations

import asyncio
import contextlib

import click

from bot.domain.actions import DeleteUser, Restore, is_revealed_to_requester
from bot.domain.actor import Actor
from bot.domain.change import CLICKED, Change
from bot.domain.change_state import AWAITING, State
from bot.domain.commands import Command
from bot.domain.scope import single_address
from bot.domain.steps import moved_mail
from bot.errors import BotError, Conflict, NotAllowed
from bot.ports import MessageKind
from bot.program import PROGRAM
from bot.service.batches import members_of
from bot.service.changes.preview import preview
from bot.service.changes.terminal import (
    TerminalRequest,
    decide_at_terminal,
    propose_at_terminal,
    withdraw_at_terminal,
)
from bot.slack.views.texts import notice as texts
from bot.terminal.exec.executor_lease import ExecutorLease
from bot.terminal.exec.handlers import prepare, terminal_request
from bot.terminal.exec.progress import describe, is_settled
from bot.terminal.exec.session import FAILED, NOT_KNOWN, STATUSES, ExecSession
from bot.terminal.exec.token import check_no_bot_runs, print_token
from bot.terminal.output import print_text


def carry_out(session: ExecSession, actor: Actor, command: Command) -> int:
    """Propose, decide and execute a change; return the exit status. Raises BotError."""
    ctx, runner = session.ctx, session.runner
    prepared = runner.run(prepare(ctx, session.arguments, actor, command))
    request = runner.run(
        terminal_request(ctx, session.settings, session.arguments, actor, prepared)
    )
    if revealed := is_revealed_to_requester(request.request.action):
        runner.run(check_no_bot_runs(ctx, actor, request.request.customer, session.replica))
    change, new = runner.run(propose_at_terminal(ctx, request, session.silence))
    session.export_sink.change_id = change.id
    change = _decide(session, request, change, new)
    if revealed and change.state is State.APPROVED:
        try:
            change = runner.run(print_token(ctx, actor, change, session.replica))
        except KeyboardInterrupt:
            runner.last()
            change = runner.finish(session.current(change))
            runner.finish(_report(session, change))
            return STATUSES.get(change.state, FAILED)
    return runner.finish(_execute(session, change))


def _decide(session: ExecSession, request: TerminalRequest, change: Change, new: bool) -> Change:
    """Show what would happen, ask, and decide; a new change that is not decided is withdrawn."""
    ctx, runner = session.ctx, session.runner
    if change.state not in AWAITING:
        print_text(f"{change.id} asks for the same and is {describe(change)}")
        return change
    try:
        change = runner.run(_with_preview(session, change))
        if change.state not in AWAITING:
            return change
        print_text(runner.run(session.rendered(change, MessageKind.CARD)))
        runner.check()
        _confirm(session, request, change)
        return runner.run(decide_at_terminal(ctx, request, change, session.silence))
    except (BotError, click.Abort, KeyboardInterrupt) as error:
        current = runner.finish(session.current(change))
        moved_on = not isinstance(error, BotError) or isinstance(error, Conflict)
        if moved_on and current.state not in AWAITING:
            return current  # somebody was faster, or it was decided before it was interrupted
        if new:
            runner.finish(withdraw_at_terminal(ctx, request, change))
        if isinstance(error, BotError):
            raise
        how = "is withdrawn" if new else "still waits for its decision"
        raise NotAllowed(f"Not confirmed: nothing was sent, and {change.id} {how}.") from None


async def _with_preview(session: ExecSession, change: Change) -> Change:
    members = await session.ctx.store.read(lambda tx: members_of(tx, change))
    await asyncio.gather(*(preview(session.ctx, one) for one in members if one.preview is None))
    return await session.current(change)


def _confirm(session: ExecSession, request: TerminalRequest, change: Change) -> None:
    """Have the number or address typed, unless `--yes` was given. Raises click.Abort."""
    if request.emergency:
        print_text(
            f"{request.actor.user} decides this alone: no approval is needed. Everybody who could"
        )
        print_text("approve it is told, and one of them has to review it.")
    elif change.state is State.AWAITING_APPROVAL:
        names = ", ".join(request.approvers)
        where = request.actor.terminal
        print_text(f"You say that {names} approved this. It is recorded as said at {where}, and")
        print_text("whoever is named is told directly as soon as Slack answers.")
    if session.arguments.yes or session.arguments.customer_again:
        return
    what, wanted = "customer number", change.customer
    if change.batch:
        what, wanted = "number of customers", change.customer.partition(" ")[0]
    if isinstance(change.action, DeleteUser):
        what, wanted = "user's address", single_address(change.scope)
    prompt = f"To go on with {change.action.title}, type the {what} {wanted}"
    if click.prompt(prompt, default="", show_default=False).strip() != wanted:
        raise click.Abort


async def _execute(session: ExecSession, change: Change) -> int:
    """Execute, or wait for the process that does; report, and return the exit status."""
    drain, reported = session.settings.drain, False
    lease = ExecutorLease(session.ctx, session.bell, session.replica, drain)
    try:
        with session.runner.interruptible(), contextlib.suppress(asyncio.CancelledError):
            async with lease:
                try:
                    change = await lease.wait_until(change, is_settled, describe)
                    await _report(session, change)
                    reported = True
                except asyncio.CancelledError:
                    words = f"Interrupted. What was begun has {drain:g} s; again, and it is left."
                    print_text(words)
        session.runner.last()
        if not reported:
            change = await session.current(change)
            await _report(session, change)
    except BotError as error:  # it is approved, and its outcome cannot be read here
        print_text(str(error))
        return NOT_KNOWN
    return STATUSES.get(change.state, FAILED)


async def _report(session: ExecSession, change: Change) -> None:
    """Print the outcome, or how the change stands, and who is told of it in Slack."""
    if not is_settled(change):
        print_text(f"{change.id} is {describe(change)}")
        print_text(
            "The running bot, the next one started, or the same command again goes on with it."
        )
        print_text(f"Follow it: {PROGRAM} audit show --change {change.id}")
        return
    if change.state in AWAITING:
        print_text(f"{change.id} waits for a decision again: give the same command to see why.")
        return
    print_text(await session.rendered(change, MessageKind.OUTCOME))
    if change.is_pointless:
        return  # nobody else is told
    if change.ends_at is not None:
        what = "Access off" if isinstance(change.action, Restore) else "Back"
        print_text(
            f"{what} by itself {change.ends_at:%Y-%m-%d %H:%M} UTC, by the bot that runs then."
        )
        print_text("Without one, the next that is started makes it, late.")
    if moved_mail(change):
        print_text(texts.AT_TERMINAL.format(program=PROGRAM, customer=change.customer))
    recipients = ", ".join([change.channel, *(one.approver for one in change.approvals)])
    if any(one.via != CLICKED for one in change.approvals):
        recipients += ", who asked for it, the admins of the customer and the operations channel"
    if change.emergency:
        recipients += ", and everybody who could have approved it"
    print_text(f"Told in Slack as soon as it answers and the bot runs: {recipients}.")
