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
from bot.service.change_types import purge_users_bulk, purge_users_one_by_one
from bot.service.change_types.attempt.pre_delete_export import nothing_deleted
from bot.service.change_types.attempt.send import AttemptResult, not_accepted, not_checked
from bot.service.change_types.change_type import ChangeType
from bot.service.context import Context, no_answer
from bot.service.counting import NOT_CREDIBLE

NOT_COUNTED = "Not counted, so nobody can decide it."
# One request and one row for each user; the rows of all are saved in one step.
MAX_USERS_ONE_BY_ONE = 20_000
# Their addresses are in memory while the file is made.
MAX_USERS_AT_ONCE = 1_000_000


class PurgeUsersChange(ChangeType):
    """Delete every user who matches."""

    def max_count_seconds(self) -> float:
        """Return more seconds than ``count`` needs before it raises Refused itself."""
        return 2 * self.ctx.preview_seconds

    async def count(self) -> Preview:
        """Return how many users match, and of how many.

        Raises Refused also where that is not known: nobody can approve to delete an unknown number.
        """
        try:
            async with asyncio.timeout(self.ctx.preview_seconds):
                total, facts = await self._counts()
        except TimeoutError:
            raise Refused(f"{NOT_COUNTED} {no_answer(self.ctx)}") from None
        except ContinuityError as error:
            raise Refused(f"{NOT_COUNTED} {error}") from None
        everyone = self.change.scope == EVERY_USER
        most, how = (
            (MAX_USERS_AT_ONCE, "at once") if everyone else (MAX_USERS_ONE_BY_ONE, "one by one")
        )
        if total > most:
            raise Refused(
                f"{total:,} users match; {how} at most {most:,} are deleted. Narrow it down."
            )
        return Preview(self.ctx.clock.now(), total=total, already=0, facts=facts)

    async def _counts(self) -> tuple[int, Facts]:
        """Return how many users match, and the facts of a purge.

        Raises Refused where the numbers contradict each other, and ContinuityError.
        """
        ctx, customer, filters = self.ctx, self.change.customer, _filters(self.change)
        everyone = in_failover = None
        odd = ""
        total = await counting.count(ctx, customer, filters)
        if total is None:
            raise Refused(NOT_CREDIBLE)
        if filters != EVERY_USER:
            everyone = await ctx.api.count(customer)
            odd = count_contradiction(everyone, {"who match": total})
        if filters.failover is None:
            in_failover = await _count_in_failover(ctx, self.change)
            odd = odd or count_contradiction(total, {"in failover": in_failover}, "who match")
        if odd:
            raise Refused(odd)
        return total, Facts(everyone=everyone, in_failover=in_failover)

    def requests(self) -> list[str]:
        """Return the one request; of a deletion one by one the request that lists the users."""
        ctx, change = self.ctx, self.change
        filters = _filters(change)
        if filters == EVERY_USER:
            return [ctx.api.request_line("DELETE", change.customer, filters=filters)]
        found = ctx.api.request_line("GET", change.customer, filters=filters)
        return [found, f"DELETE /{change.customer}/USER for each of them"]

    async def perform(self) -> AttemptResult:
        """Send the users' data to the requester, delete the users and read back.

        Nothing is deleted where anything is not as approved, or not known.
        """
        ctx, change = self.ctx, self.change
        filters = _filters(change)
        try:
            await _check_failover(ctx, change)
        except Refused as error:
            return not_accepted(ctx, change, Refused(f"{nothing_deleted(change)}. {error}"))
        except ContinuityError as error:
            why = "How many of them are in failover could not be counted"
            return not_accepted(ctx, change, not_checked(error, why))
        if filters == EVERY_USER:
            return await purge_users_bulk.perform(ctx, change)
        return await purge_users_one_by_one.perform(ctx, change, filters)

    async def read_back(self) -> AttemptResult:
        """Count who is left."""
        ctx, change = self.ctx, self.change
        filters = _filters(change)
        if filters == EVERY_USER:
            return await purge_users_bulk.read_back(ctx, change)
        return await purge_users_one_by_one.read_back(ctx, change, filters)


async def _check_failover(ctx: Context, change: Change) -> None:
    """Raise Refused where more of the users are in failover than the card showed.

    Their mail is in the mailboxes that would be deleted.
    """
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
