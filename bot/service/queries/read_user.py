"""Read one user for an authorised person. It is recorded, since it is personal data."""

from __future__ import annotations

import asyncio
from http import HTTPStatus

from bot.errors import Ambiguous, InvalidInput, Refused
from bot.ports import Transaction, UserState
from bot.service.access.authorise import Authorization
from bot.service.change_types.attempt.address_spelling import one_user
from bot.service.context import Context, no_answer, record


async def read_user(
    ctx: Context, authorization: Authorization, customer: str, address: str
) -> UserState:
    """Return a user as the API shows them, within the time of a preview.

    Raises InvalidInput where there is no such user, and ContinuityError.
    """
    try:
        async with asyncio.timeout(ctx.preview_seconds):
            user = await one_user(ctx, customer, address)
    except TimeoutError:
        raise Ambiguous(no_answer(ctx)) from None
    except Refused as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise
        sentence = f"Customer {customer} has no user {address}: wrong address or number?"
        raise InvalidInput(sentence) from None

    def step(tx: Transaction) -> None:
        who = {"name": authorization.name, "customer": customer}
        detail = {"user": user.address, "rows": authorization.rows}
        record(tx, ctx.clock, "user.shown", authorization.principal.actor, **who, detail=detail)

    await ctx.store.write(step)
    return user
