"""What one `exec` works with: the use cases' context, the settings and the arguments."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from bot.continuity.client import client_of
from bot.domain.change import Change
from bot.domain.change_state import UNDER_WAY, State
from bot.ports import Message, MessageKind
from bot.service.changes.terminal import OfflineDirectory, current_change
from bot.service.context import Context
from bot.service.replicas.database_clock import DatabaseClock
from bot.settings import Settings
from bot.slack.api.health import why_unreachable
from bot.slack.outbox.message_rendering import render
from bot.slack.views.table import without_tables
from bot.store.opening import open_store
from bot.store.times import SystemClock
from bot.terminal.exec.arguments import ExecArguments
from bot.terminal.exec.export_file import FileExportSink
from bot.terminal.exec.replica import TerminalReplica, replica_on
from bot.terminal.exec.step_runner import StepRunner
from bot.terminal.mrkdwn import plain, words
from bot.terminal.output import print_text

FAILED, PARTIAL, NOT_KNOWN = 1, 3, 4  # exit statuses
STATUSES = {
    State.APPLIED: 0,
    State.PARTIAL: PARTIAL,
    **dict.fromkeys(UNDER_WAY | {State.APPROVED, State.NEEDS_OPERATOR}, NOT_KNOWN),
}


@dataclass(frozen=True, slots=True)
class ExecSession:
    """One command at the terminal. Nothing runs between the steps of ``runner``, so prompts may
    wait."""

    ctx: Context
    bell: asyncio.Event
    settings: Settings
    arguments: ExecArguments
    export_sink: FileExportSink
    runner: StepRunner
    replica: TerminalReplica

    async def close(self) -> None:
        """Close the connections and the database."""
        await self.ctx.api.aclose()
        await self.ctx.store.close()

    async def silence(self) -> str:
        """Return why Slack does not answer, or ``""`` if it does."""
        print_text("Asking whether Slack answers …")
        token = self.settings.slack_bot_token.get_secret_value()
        return await why_unreachable(token, self.settings.slack_api_url)

    async def current(self, change: Change) -> Change:
        """Return the change as it is stored now."""
        return await current_change(self.ctx, change)

    async def rendered(self, change: Change, kind: MessageKind) -> str:
        """Return the text of the change's card or outcome, as Slack would show it, without
        buttons."""
        row = Message("", kind, change.id, change.channel, change.revision)
        view = await self.ctx.store.read(lambda tx: render(tx, row, self.ctx.clock.now()))
        return plain(words(without_tables(view.blocks), buttons=False))


async def open_session(
    settings: Settings, arguments: ExecArguments, runner: StepRunner
) -> ExecSession:
    """Open the database and return the session. Raises ConfigurationError and StoreError."""
    clock = DatabaseClock(SystemClock())
    store = await open_store(settings.database, clock=clock)
    await clock.measure(store)
    replica = replica_on(settings.database, store, settings.lease, clock)
    bell = asyncio.Event()
    export_sink = FileExportSink(arguments.export)
    ctx = Context(
        store=store,
        api=client_of(settings, before_request=replica.check_request),
        directory=OfflineDirectory(),
        clock=clock,
        export_sink=export_sink,
        quiet_period=timedelta(seconds=settings.quiet_period),
        effect_timeout=timedelta(seconds=settings.settle),
        allow_passwords=settings.allow_password_command,
        ops_channel=settings.ops_channel,
        is_drill=settings.is_drill,
        pagers=settings.pagers,
        replica_id=lambda: replica.id,
        wake_executor=bell.set,
    )
    return ExecSession(ctx, bell, settings, arguments, export_sink, runner, replica)
