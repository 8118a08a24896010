"""Users deleted in bulk: by one request where it is every user, else one by one (docs/adr/0005)."""

from __future__ import annotations

import asyncio
from functools import partial

from bot.domain.change import Change, Preview
from bot.domain.scope import EVERY_USER, Filters
from bot.errors import ContinuityError, Refused
from bot.service.acts import purge_all, purge_each
from bot.service.acts.perform import Verdict
from bot.service.context import Context, no_answer

# One request and one row each, and the rows of all of them are saved in one step.
MOST = 20_000


def patience(ctx: Context) -> float:
    """Return more seconds than ``count`` gives itself."""
    return 2 * ctx.preview_time


async def count(ctx: Context, change: Change) -> Preview:
    """Return how many users match, and of how many. Raises Refused also where that is not known:
    nobody can approve to delete he does not know how many."""
    filters = _filters(change)
    matching = partial(
        ctx.api.count,
        change.customer,
        groups=filters.groups,
        access=filters.access,
        activation=filters.activation,
    )
    facts = []
    try:
        async with asyncio.timeout(ctx.preview_time):
            total = await matching(failover=filters.failover)
            if filters != EVERY_USER:
                everyone = await ctx.api.count(change.customer)
                facts.append(("Users of this customer", f"{everyone:,}"))
            if filters.failover is None:
                facts.append(("In failover now", f"{await matching(failover=True):,}"))
    except TimeoutError:
        raise Refused(f"Not counted, so nobody can decide it. {no_answer(ctx)}") from None
    except ContinuityError as error:
        raise Refused(f"Not counted, so nobody can decide it. {error}") from None
    if filters != EVERY_USER and total > MOST:
        sentence = (
            f"{total:,} users match; one by one at most {MOST:,} are deleted. Narrow it down."
        )
        raise Refused(sentence)
    return Preview(ctx.clock.now(), total=total, already=0, facts=tuple(facts))


def pointless(change: Change, seen: Preview) -> str:
    """That nobody matches is looked at for every kind."""
    return ""


async def recount(ctx: Context, change: Change) -> None:
    """Count nothing: ``perform`` does, and stops instead of asking again."""


def stale(change: Change, seen: Preview | None) -> str:
    """Leave it to ``perform``."""
    return ""


def requests(ctx: Context, change: Change) -> list[str]:
    """Return the one request, or the list by which the users are found who are deleted one by one."""
    filters = _filters(change)
    if filters == EVERY_USER:
        return [ctx.api.request_line("DELETE", change.customer, filters=filters)]
    found = ctx.api.request_line("GET", change.customer, filters=filters)
    return [found, f"DELETE /{change.customer}/USER for each of them"]


async def perform(ctx: Context, change: Change) -> Verdict:
    """Export the users' data to the requester, delete the users, look whether they are gone.

    Where anything is not as it was approved, or is not known, nothing is deleted.
    """
    filters = _filters(change)
    if filters == EVERY_USER:
        return await purge_all.perform(ctx, change)
    return await purge_each.perform(ctx, change, filters)


async def read_back(ctx: Context, change: Change) -> Verdict:
    """Ask the API who is left."""
    filters = _filters(change)
    if filters == EVERY_USER:
        return await purge_all.read_back(ctx, change)
    return await purge_each.read_back(ctx, change, filters)


def _filters(change: Change) -> Filters:
    if not isinstance(change.scope, Filters):
        raise TypeError(f"{change.id} has no filters")
    return change.scope
