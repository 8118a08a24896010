"""Users deleted in bulk: by one request where it is every user, else one by one (docs/adr/0005)."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from bot.domain.change import Change
from bot.domain.counts import count_contradiction
from bot.domain.preview import Facts, Preview
from bot.domain.scope import EVERY_USER, Filters
from bot.errors import ContinuityError, Refused
from bot.service import counting
from bot.service.change_types import purge_users_all, purge_users_each
from bot.service.change_types.attempt.pre_delete_export import nothing
from bot.service.change_types.attempt.send import AttemptResult, not_looked, not_taken
from bot.service.change_types.change_type import ChangeType
from bot.service.context import Context, no_answer
from bot.service.counting import NOT_CREDIBLE

# One request and one row each, and the rows of all of them are saved in one step.
MOST = 20_000
MOST_OF_ALL = 1_000_000  # their addresses are in memory while the file is made


class PurgeUsersChange(ChangeType):
    """Delete every user who matches."""

    def max_count_seconds(self) -> float:
        """Return more seconds than ``count`` gives itself."""
        return 2 * self.ctx.preview_seconds

    async def count(self) -> Preview:
        """Return how many users match, and of how many. Raises Refused also where that is not known:
        nobody can approve to delete an unknown number."""
        ctx, change = self.ctx, self.change
        filters = _filters(change)
        everyone = in_failover = None
        odd = ""
        try:
            async with asyncio.timeout(ctx.preview_seconds):
                total = await counting.count(ctx, change.customer, filters)
                if total is None:
                    raise Refused(NOT_CREDIBLE)
                if filters != EVERY_USER:
                    everyone = await ctx.api.count(change.customer)
                    odd = count_contradiction(everyone, {"who match": total})
                if filters.failover is None:
                    in_failover = await _count_in_failover(ctx, change)
                    odd = odd or count_contradiction(
                        total, {"in failover": in_failover}, "who match"
                    )
        except TimeoutError:
            raise Refused(f"Not counted, so nobody can decide it. {no_answer(ctx)}") from None
        except ContinuityError as error:
            raise Refused(f"Not counted, so nobody can decide it. {error}") from None
        if odd:
            raise Refused(f"Not counted, so nobody can decide it. {odd}")
        most, how = (MOST_OF_ALL, "at once") if filters == EVERY_USER else (MOST, "one by one")
        if total > most:
            raise Refused(
                f"{total:,} users match; {how} at most {most:,} are deleted. Narrow it down."
            )
        facts = Facts(everyone=everyone, in_failover=in_failover)
        return Preview(ctx.clock.now(), total=total, already=0, facts=facts)

    def requests(self) -> list[str]:
        """Return the one request, or the list by which the users are found who are deleted one by one."""
        ctx, change = self.ctx, self.change
        filters = _filters(change)
        if filters == EVERY_USER:
            return [ctx.api.request_line("DELETE", change.customer, filters=filters)]
        found = ctx.api.request_line("GET", change.customer, filters=filters)
        return [found, f"DELETE /{change.customer}/USER for each of them"]

    async def perform(self) -> AttemptResult:
        """Export the users' data to the requester, delete the users, look whether they are gone.

        Where anything is not as it was approved, or is not known, nothing is deleted.
        """
        ctx, change = self.ctx, self.change
        filters = _filters(change)
        try:
            await _check_failover(ctx, change)
        except Refused as error:
            return not_taken(ctx, change, Refused(f"{nothing(change)}. {error}"))
        except ContinuityError as error:
            why = "How many of them are in failover could not be counted"
            return not_taken(ctx, change, not_looked(error, why))
        if filters == EVERY_USER:
            return await purge_users_all.perform(ctx, change)
        return await purge_users_each.perform(ctx, change, filters)

    async def read_back(self) -> AttemptResult:
        """Ask the API who is left."""
        ctx, change = self.ctx, self.change
        filters = _filters(change)
        if filters == EVERY_USER:
            return await purge_users_all.read_back(ctx, change)
        return await purge_users_each.read_back(ctx, change, filters)


async def _check_failover(ctx: Context, change: Change) -> None:
    """Raise Refused where more of them are in failover than the approvers saw: their mail is in what would
    be deleted."""
    facts = change.preview.facts if change.preview else None
    if facts and facts.in_failover is not None:
        then = facts.in_failover
        now = await _count_in_failover(ctx, change)
        if now > then:
            words = f"{then:,} of them in failover when it was decided, {now:,} now."
            raise Refused(words)


async def _count_in_failover(ctx: Context, change: Change) -> int:
    """Return how many of those who match are in failover."""
    return await ctx.api.count(change.customer, replace(_filters(change), failover=True))


def _filters(change: Change) -> Filters:
    if not isinstance(change.scope, Filters):
        raise TypeError(f"{change.id} has no filters")
    return change.scope
