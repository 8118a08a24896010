"""`exec extend` and `exec keep`: another end of a timed change, or none."""

from __future__ import annotations

from bot.domain.actor import Actor
from bot.domain.change_commands import ExtendCommand, KeepCommand
from bot.domain.change_request import ChangeRequest
from bot.service.changes.timed.move import extend_request, keep_request
from bot.service.context import Context
from bot.terminal.exec.arguments import ExecArguments
from bot.terminal.exec.user_files import PreparedRequest


async def extend(
    ctx: Context, actor: Actor, _: ExecArguments, command: ExtendCommand
) -> PreparedRequest:
    """Return the request for a later end."""
    asked = (command.change_id, command.by, command.reason)
    return await _of_timed(ctx, command.change_id, await extend_request(ctx, actor, *asked))


async def keep(
    ctx: Context, actor: Actor, _: ExecArguments, command: KeepCommand
) -> PreparedRequest:
    """Return the request for no end."""
    return await _of_timed(
        ctx, command.change_id, await keep_request(ctx, actor, command.change_id)
    )


async def _of_timed(ctx: Context, change_id: str, request: ChangeRequest) -> PreparedRequest:
    """Return the request, told in the channel of the timed change."""
    timed = await ctx.store.read(lambda tx: tx.change(change_id))
    return PreparedRequest(request, channel=timed.channel if timed else "")
