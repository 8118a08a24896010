"""Whether what a person is shown is of a rehearsal, so that it gets the label."""

from __future__ import annotations

from bot.domain.change import CHANGE_ID
from bot.errors import StoreUnusable
from bot.service.context import Context
from bot.slack.payloads import ActionPayload, Payload, ViewPayload


async def is_of_drill(ctx: Context, payload: Payload, about: str = "") -> bool:
    """Whether ``about``, or what was pressed or submitted, is a drill's change or its customer.

    ``about`` begins with the id of a change or the number of a customer, ``""`` for neither.
    """
    given = about or _about(payload)
    first = given.replace(":", " ").partition(" ")[0]
    if not CHANGE_ID.fullmatch(first):
        return ctx.is_drill(first)
    try:
        change = await ctx.store.read(lambda tx: tx.change(first))
    except StoreUnusable:
        return False
    return change is not None and change.drill


def _about(payload: Payload) -> str:
    match payload:
        case ActionPayload():
            return payload.value or payload.about
        case ViewPayload():
            return payload.value
        case _:
            return ""
