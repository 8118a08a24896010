"""`exec`: carry out one command at the terminal, for when Slack is down; the same rules, no
Slack."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Iterator

import click

from bot import telemetry
from bot.domain.actor import Actor
from bot.domain.commands import Command
from bot.errors import Ambiguous, BotError
from bot.program import PROGRAM
from bot.setting_secrets import secrets_of
from bot.settings import Settings
from bot.settings_check import check_terminal
from bot.slack.views.mrkdwn import mentions_as_ids
from bot.terminal.exec.arguments import ExecArguments, parse_arguments
from bot.terminal.exec.change import carry_out
from bot.terminal.exec.handlers import ACTS, EXPORTS, PROMPTS, QUERIES
from bot.terminal.exec.session import NOT_KNOWN, ExecSession, open_session
from bot.terminal.exec.step_runner import StepRunner
from bot.terminal.output import print_text


def execute(settings: Settings, arguments: ExecArguments) -> int:
    """Carry out the command, print how it goes and return the exit status.

    Raises BotError with the sentence to print; a refusal is recorded before it is raised.
    """
    check_terminal(settings)
    telemetry.set_up("ERROR", settings.log_format, secrets_of(settings), to_stderr=True)
    with StepRunner() as runner:
        session = runner.run(open_session(settings, arguments, runner))
        try:
            return _dispatch(session)
        except BotError as error:
            raise BotError(mentions_as_ids(str(error))) from None
        except KeyboardInterrupt:
            print_text("Interrupted. What was begun may have taken effect; this tells it:")
            print_text(f"{PROGRAM} audit show --last 10")
            return NOT_KNOWN
        finally:
            runner.last()
            runner.finish(session.close())


def _dispatch(session: ExecSession) -> int:
    runner, arguments = session.runner, session.arguments
    actor, command = runner.run(parse_arguments(session.ctx, arguments))
    if act := ACTS.get(type(command)):
        print_text(runner.run(act(session.ctx, actor, command)))
    elif query := QUERIES.get(type(command)):
        runner.run(_print_lines(runner, query(session.ctx, actor, command)))
    elif export := EXPORTS.get(type(command)):
        runner.run(_write(runner, export(session.ctx, actor, command)))
    elif type(command) in PROMPTS:
        return _prompt(session, actor, command)
    else:
        return carry_out(session, actor, command)
    return 0


def _prompt(session: ExecSession, actor: Actor, command: Command) -> int:
    try:
        PROMPTS[type(command)](session.runner, session.ctx, actor, command)
    except Ambiguous as error:
        print_text(str(error))
        return NOT_KNOWN
    return 0


async def _print_lines(runner: StepRunner, lines: AsyncIterator[str]) -> None:
    with _aborted_by_signal(runner):
        async for line in lines:
            print_text(line)


async def _write(runner: StepRunner, chunks: AsyncIterator[str]) -> None:
    on_screen = sys.stdout.isatty()  # there, nothing may move the cursor
    with _aborted_by_signal(runner):
        async for chunk in chunks:
            if on_screen:
                print_text(chunk)
            else:
                click.echo(chunk.encode(), nl=False)


@contextlib.contextmanager
def _aborted_by_signal(runner: StepRunner) -> Iterator[None]:
    """Let a signal end what only reads, without another message."""
    with runner.interruptible():
        try:
            yield
        except asyncio.CancelledError:
            raise click.Abort from None
