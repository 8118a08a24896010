"""What a command for several customers asks for: a request for each of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bot.domain.actor import Actor
from bot.domain.change_commands import BatchCommand, RestoreCommand
from bot.domain.change_request import ChangeRequest
from bot.domain.customer_set import SetName
from bot.errors import InvalidInput
from bot.service.access.customer_sets import show_set
from bot.service.access.refusals import record_refusal
from bot.service.changes.time_limit import timed_request
from bot.service.context import Context


async def batch_requests(
    ctx: Context, actor: Actor, command: BatchCommand
) -> Sequence[ChangeRequest]:
    """Return the requests, in the order in which the customers are named; one named twice counts once.

    Raises InvalidInput, recorded, for a set that does not exist, and what ``timed_request`` raises.
    """
    customers = dict[str, None]()
    try:
        for one in command.named:
            found = (
                (await show_set(ctx, actor, one)).customers if isinstance(one, SetName) else (one,)
            )
            customers |= dict.fromkeys(found)
    except InvalidInput as error:
        await record_refusal(ctx, actor, str(error))
        raise
    if isinstance(command.command, RestoreCommand):  # its time is that of each customer's rule
        each = [replace(command.command, customer=customer) for customer in customers]
        return [await timed_request(ctx, actor, one) for one in each]
    request: Any = await timed_request(ctx, actor, command.command)
    return [replace(request, customer=customer) for customer in customers]
