"""Count the users who match: a count of 0 is believed only where the API lists nobody either."""

from __future__ import annotations

from contextlib import aclosing

from bot.domain.scope import EVERY_USER, Filters
from bot.service.context import Context

NOT_CREDIBLE = "The API counts no users here, and lists some: its counts cannot be relied on."


async def count(ctx: Context, customer: str, filters: Filters = EVERY_USER) -> int | None:
    """Return how many users match; None where the API counts none and lists some.

    Raises ContinuityError.
    """
    total = await ctx.api.count(customer, filters)
    return None if not total and await lists_users(ctx, customer, filters) else total


async def lists_users(ctx: Context, customer: str, filters: Filters = EVERY_USER) -> bool:
    """Whether the API lists a user who matches. Raises ContinuityError."""
    async with aclosing(ctx.api.users(customer, filters)) as listed:
        async for _ in listed:
            return True
    return False
