"""The users of a customer as CSV on standard output; what is said of them goes to standard error."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing

import click

from bot.domain.commands import Actor, ListUsers
from bot.errors import BotError, ContinuityError
from bot.service.context import Context
from bot.service.queries.list_users import (
    batches,
    csv_of,
    note_end,
    note_export,
    note_list,
    order_list,
)
from bot.slack.views.list_users import nobody
from bot.terminal.exec.parse import ExecArguments
from bot.terminal.mrkdwn import plain
from bot.terminal.output import inert


async def list_users(
    ctx: Context, actor: Actor, _: ExecArguments, command: ListUsers
) -> AsyncIterator[str]:
    """Yield the lines of the file, many at a time. Raises NotAllowed, and BotError where it breaks off."""
    order = await order_list(ctx, actor, command)
    await note_list(ctx, order)
    read = 0
    try:
        async with aclosing(batches(ctx, order)) as stream:
            async for batch in stream:
                if not read:
                    await note_export(ctx, order, order.total)
                yield "".join(csv_of(batch, header=not read))
                read += len(batch)
    except ContinuityError as error:
        told = (
            f"The list broke off after {read:,} users: what was printed is not the whole. {error}"
        )
        await note_end(ctx, order, read, told)
        raise BotError(told) from None
    await note_end(ctx, order, read, "")
    last = f"{read:,} users." if read else nobody(order)
    click.echo(inert(plain(last)), err=True)
