"""`exec`: a command given at the terminal, for when Slack is down; the same rules, no Slack."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import timedelta

import click

from bot import telemetry
from bot.continuity.client import client_of
from bot.domain.actions import DeleteUser, is_revealed_to_requester
from bot.domain.change import AWAITING, CLICKED, UNDER_WAY, Change, State
from bot.domain.commands import Actor, CancelCommand, Command
from bot.domain.scope import single_address
from bot.errors import Ambiguous, BotError, Conflict, NotAllowed
from bot.ports import Message, MessageKind
from bot.service.changes import decide
from bot.service.changes.preview import preview
from bot.service.changes.terminal import (
    OfflineDirectory,
    TerminalRequest,
    decide_here,
    propose_here,
    take_back,
)
from bot.service.context import Context
from bot.settings import Settings
from bot.settings_check import check_terminal
from bot.slack.api.health import why_unreachable
from bot.slack.outbox.render import render
from bot.slack.views.mrkdwn import people_by_id
from bot.store.sqlite.lock import DatabaseLock
from bot.store.sqlite.store import SqliteStore
from bot.store.times import SystemClock
from bot.terminal.exec.executor_lease import ExecutorLease
from bot.terminal.exec.export_file import FileExportSink
from bot.terminal.exec.handlers import FILES, LOOKS, TYPED, order, prepared
from bot.terminal.exec.parse import ExecArguments, read
from bot.terminal.exec.progress import in_a_line, is_settled
from bot.terminal.exec.steps import StepRunner
from bot.terminal.exec.token import check_alone, show_here
from bot.terminal.mrkdwn import plain, words
from bot.terminal.output import inert
from bot.terminal.run import secrets_of

FAILED, PARTIAL, NOT_KNOWN = 1, 3, 4  # exit statuses
STATUSES = {
    State.APPLIED: 0,
    State.PARTIAL: PARTIAL,
    **dict.fromkeys(UNDER_WAY | {State.APPROVED, State.NEEDS_OPERATOR}, NOT_KNOWN),
}


def execute(settings: Settings, asked: ExecArguments) -> int:
    """Carry it out, print how it goes and return the exit status.

    Raises BotError with the sentence to tell; the refusal is recorded then.
    """
    check_terminal(settings)
    telemetry.set_up("ERROR", settings.log_format, secrets_of(settings), to_stderr=True)
    with StepRunner() as runner:
        counter = runner.run(_open(settings, asked))
        try:
            return counter.serve(runner)
        except BotError as error:
            raise BotError(people_by_id(str(error))) from None
        except KeyboardInterrupt:
            _say("Interrupted. What was begun may have taken effect; this tells it:")
            _say("python app.py audit show --last 10")
            return NOT_KNOWN
        finally:
            runner.last()
            runner.finish(counter.close())


@dataclass(frozen=True, slots=True)
class ExecSession:
    """Where one command is handed in. Between the steps nothing runs: a prompt may take its time."""

    ctx: Context
    bell: asyncio.Event
    settings: Settings
    asked: ExecArguments
    export_sink: FileExportSink

    def serve(self, runner: StepRunner) -> int:
        """Carry out what was asked; return the exit status."""
        ctx = self.ctx
        actor, command = runner.run(read(ctx, self.asked))
        if isinstance(command, CancelCommand):
            runner.run(decide.cancel(ctx, actor, command.change_id))
            _say(f"{command.change_id} is withdrawn.")
        elif look := LOOKS.get(type(command)):
            runner.run(self._look(runner, look(ctx, actor, self.asked, command)))
        elif file := FILES.get(type(command)):
            runner.run(self._write(runner, file(ctx, actor, self.asked, command)))
        elif typed := TYPED.get(type(command)):
            try:
                typed(runner, ctx, actor, command, _say)
            except Ambiguous as error:
                _say(str(error))
                return NOT_KNOWN
        else:
            return self._changed(runner, actor, command)
        return 0

    def _changed(self, runner: StepRunner, actor: Actor, command: Command) -> int:
        """Propose, decide and carry out a change; return the exit status."""
        ctx, lock = self.ctx, DatabaseLock(self.settings.database)
        made = runner.run(prepared(ctx, self.asked, actor, command))
        asked = runner.run(order(ctx, self.settings, self.asked, actor, made))
        if by_hand := is_revealed_to_requester(made.request.action):
            runner.run(check_alone(ctx, actor, made.request.customer, lock))
        found = runner.run(propose_here(ctx, asked, self._silence))
        self.export_sink.change_id = found[0].id
        change = self._decided(runner, asked, *found)
        if by_hand and change.state is State.APPROVED:
            try:
                change = runner.run(show_here(ctx, actor, change, lock, _say))
            except KeyboardInterrupt:
                runner.last()
                change = runner.finish(self._current(change))
                runner.finish(self._tell(change))
                return STATUSES.get(change.state, FAILED)
        return runner.finish(self._follow(runner, change))

    async def _look(self, runner: StepRunner, lines: AsyncIterator[str]) -> None:
        with _readings(runner):
            async for line in lines:
                _say(line)

    async def _write(self, runner: StepRunner, pieces: AsyncIterator[str]) -> None:
        on_screen = sys.stdout.isatty()  # there, nothing may move the cursor
        with _readings(runner):
            async for piece in pieces:
                if on_screen:
                    _say(piece)
                else:
                    click.echo(piece.encode(), nl=False)

    async def close(self) -> None:
        """Close the connections and the database."""
        await self.ctx.api.aclose()
        await self.ctx.store.close()

    async def _silence(self) -> str:
        _say("Asking whether Slack answers …")
        token = self.settings.slack_bot_token.get_secret_value()
        return await why_unreachable(token, self.settings.slack_api_url)

    def _decided(
        self, runner: StepRunner, asked: TerminalRequest, change: Change, new: bool
    ) -> Change:
        """Show what would happen, ask, decide; what is not decided is withdrawn again."""
        if change.state not in AWAITING:
            _say(f"{change.id} asks for the same and is {in_a_line(change)}")
            return change
        try:
            change = runner.run(self._previewed(change))
            if change.state not in AWAITING:
                return change
            _say(runner.run(self._shown(change, MessageKind.CARD)))
            runner.check()
            self._confirm(asked, change)
            return runner.run(decide_here(self.ctx, asked, change, self._silence))
        except (BotError, click.Abort, KeyboardInterrupt) as error:
            current = runner.finish(self._current(change))
            moved_on = not isinstance(error, BotError) or isinstance(error, Conflict)
            if moved_on and current.state not in AWAITING:
                return current  # somebody was faster, or it was decided before it was interrupted
            if new:
                runner.finish(take_back(self.ctx, asked, change))
            if isinstance(error, BotError):
                raise
            how = "is withdrawn" if new else "still waits for its decision"
            raise NotAllowed(f"Not confirmed: nothing was sent, and {change.id} {how}.") from None

    async def _previewed(self, change: Change) -> Change:
        if change.preview is None:
            await preview(self.ctx, change)
        return await self._current(change)

    def _confirm(self, asked: TerminalRequest, change: Change) -> None:
        if change.state is State.AWAITING_APPROVAL:
            names = ", ".join(asked.approvers)
            where = asked.actor.terminal
            _say(f"You say that {names} approved this. It is recorded as said at {where}, and")
            _say("whoever is named is told directly as soon as Slack answers.")
        if self.asked.yes:
            return
        what, wanted = "customer number", change.customer
        if isinstance(change.action, DeleteUser):
            what, wanted = "user's address", single_address(change.scope)
        ask = f"To go on with {change.action.title}, type the {what} {wanted}"
        if click.prompt(ask, default="", show_default=False).strip() != wanted:
            raise click.Abort

    async def _follow(self, runner: StepRunner, change: Change) -> int:
        """Execute, or wait for who does; tell the outcome, or how it stands when interrupted."""
        lock, drain = DatabaseLock(self.settings.database), self.settings.drain
        lease = ExecutorLease(self.ctx, self.bell, lock, drain, _say)
        told = False
        try:
            with runner.interruptible(), contextlib.suppress(asyncio.CancelledError):
                async with lease:
                    try:
                        change = await lease.wait_until(change, is_settled, in_a_line)
                        await self._tell(change)
                        told = True
                    except asyncio.CancelledError:
                        _say(f"Interrupted. What was begun has {drain:g} s; again, and it is left.")
            runner.last()
            if not told:
                change = await self._current(change)
                await self._tell(change)
        except BotError as error:  # approved it is, and what became of it cannot be read here
            _say(str(error))
            return NOT_KNOWN
        return STATUSES.get(change.state, FAILED)

    async def _tell(self, change: Change) -> None:
        if not is_settled(change):
            _say(f"{change.id} is {in_a_line(change)}")
            _say(
                "The running bot, the next one started, or the same command again goes on with it."
            )
            _say(f"Follow it: python app.py audit show --change {change.id}")
            return
        if change.state in AWAITING:
            _say(f"{change.id} waits for a decision again: give the same command to see why.")
            return
        _say(await self._shown(change, MessageKind.OUTCOME))
        told = ", ".join([change.channel, *(one.approver for one in change.approvals)])
        if any(one.via != CLICKED for one in change.approvals):
            told += ", who asked for it, the admins of the customer and the operations channel"
        _say(f"Told in Slack as soon as it answers and the bot runs: {told}.")

    async def _shown(self, change: Change, kind: MessageKind) -> str:
        row = Message("", kind, change.id, change.channel, change.revision)
        view = await self.ctx.store.read(lambda tx: render(tx, row, self.ctx.clock.now()))
        return plain(words(view.blocks, buttons=False))

    async def _current(self, change: Change) -> Change:
        return await self.ctx.store.read(lambda tx: tx.change(change.id)) or change


async def _open(settings: Settings, asked: ExecArguments) -> ExecSession:
    store = await SqliteStore.open_async(settings.database)
    bell = asyncio.Event()
    export_sink = FileExportSink(asked.export)
    ctx = Context(
        store=store,
        api=client_of(settings),
        directory=OfflineDirectory(),
        clock=SystemClock(),
        export_sink=export_sink,
        quiet_period=timedelta(seconds=settings.quiet_period),
        effect_timeout=timedelta(seconds=settings.settle),
        allow_passwords=settings.allow_password_command,
        ops_channel=settings.ops_channel,
        wake_executor=bell.set,
    )
    return ExecSession(ctx, bell, settings, asked, export_sink)


@contextlib.contextmanager
def _readings(runner: StepRunner) -> Iterator[None]:
    """A signal ends what only reads, without a word more."""
    with runner.interruptible():
        try:
            yield
        except asyncio.CancelledError:
            raise click.Abort from None


def _say(text: str) -> None:
    for line in text.splitlines():
        click.echo(inert(line))
