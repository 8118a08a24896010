"""`exec "users …"`: a customer's users as CSV on standard output, messages on standard error."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing

import click

from bot.domain.actor import Actor
from bot.domain.commands import ListUsersCommand
from bot.errors import BotError, ContinuityError
from bot.service.context import Context
from bot.service.queries.list_users import (
    batches,
    csv_of,
    record_export,
    record_export_end,
    record_list,
    request_list,
)
from bot.slack.views.list_users import no_users
from bot.terminal.mrkdwn import plain
from bot.terminal.output import inert


async def list_users(ctx: Context, actor: Actor, command: ListUsersCommand) -> AsyncIterator[str]:
    """Yield the file in chunks. Raises NotAllowed, and BotError if the list breaks off."""
    order = await request_list(ctx, actor, command)
    await record_list(ctx, order)
    read = 0
    try:
        async with aclosing(batches(ctx, order)) as stream:
            async for batch in stream:
                if not read:
                    await record_export(ctx, order, order.total)
                yield "".join(csv_of(batch, header=not read))
                read += len(batch)
    except ContinuityError as error:
        sentence = (
            f"The list broke off after {read:,} users: what was printed is not the whole. {error}"
        )
        await record_export_end(ctx, order, read, sentence)
        raise BotError(sentence) from None
    await record_export_end(ctx, order, read, "")
    last = f"{read:,} users." if read else no_users(order)
    click.echo(inert(plain(last)), err=True)
