"""What `exec` does at once, without a question: each returns what is said of it."""

from __future__ import annotations

from bot.domain.actor import Actor
from bot.domain.change_commands import CancelCommand, StillNeededCommand
from bot.domain.commands import EndDrillCommand, StartDrillCommand
from bot.service.changes import decide
from bot.service.context import Context
from bot.service.drills.end import end_drill
from bot.service.drills.start import start_drill
from bot.service.report.still_needed import still_needed
from bot.slack.views.mrkdwn import format_time
from bot.slack.views.texts import drill as drill_texts
from bot.slack.views.texts import report as report_texts
from bot.terminal.mrkdwn import plain


async def cancel(ctx: Context, actor: Actor, command: CancelCommand) -> str:
    """Withdraw a change."""
    await decide.cancel(ctx, actor, command.change_id)
    return f"{command.change_id} is withdrawn."


async def say_still_needed(ctx: Context, actor: Actor, command: StillNeededCommand) -> str:
    """Record why what is on is still needed."""
    said = await still_needed(ctx, actor, command.change_id, command.reason)
    return plain(report_texts.SAID.format(change=said.change_id, until=format_time(said.until)))


async def begin_drill(ctx: Context, actor: Actor, command: StartDrillCommand) -> str:
    """Begin a drill."""
    drill = await start_drill(ctx, actor, command.customer, command.scenario)
    return drill_texts.STARTED_REPLY.format(scenario=drill.scenario.value, customer=drill.customer)


async def stop_drill(ctx: Context, actor: Actor, command: EndDrillCommand) -> str:
    """End a drill."""
    drill = await end_drill(ctx, actor, command.customer)
    return drill_texts.ENDED_REPLY.format(scenario=drill.scenario.value, customer=drill.customer)
