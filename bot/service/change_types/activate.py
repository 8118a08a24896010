"""Access on, then failover on: each step is sent and read back like a change of its flag."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.actions import ACCESS_ON, FAILOVER_ON, SetFlag, switches
from bot.domain.preview import Facts, Preview
from bot.domain.scope import Filters, Groups, Users
from bot.service.change_types.flag import FlagChange
from bot.service.parallel import map_concurrently


class ActivateChange(FlagChange):
    """Access on, then failover on."""

    async def count(self) -> Preview:
        """Return how many users are in the scope, and how many have each of the two, and both."""
        if isinstance(self.change.scope, Users):
            return await FlagChange.count(self)
        seen = await map_concurrently(switches(self.change.action), self._count_step)
        return await self._both(seen[ACCESS_ON], seen[FAILOVER_ON])

    async def recount(self) -> Preview | None:
        """Count again before the first step: what is on for all users by then is skipped."""
        return None if self.change.is_partly_done else await self.count()

    async def _count_step(self, step: SetFlag) -> Preview:
        return await FlagChange(self.ctx, replace(self.change, action=step)).count()

    async def _both(self, access: Preview, failover: Preview) -> Preview:
        """Return the preview of both; ``already`` counts the users who have both."""
        facts = Facts(with_access=access.already, in_failover=failover.already)
        problems = dict.fromkeys(filter(None, (access.problem, failover.problem)))
        seen = replace(failover, facts=facts, problem=" ".join(problems), already=None)
        if access.already is None or failover.already is None:
            return seen
        already = min(access.already, failover.already)
        if already and failover.total not in (access.already, failover.already):
            scope = self.change.scope
            names = scope.names if isinstance(scope, Groups) else ()
            both = Filters(names, failover=True, access=True)
            already = await self.ctx.api.count(self.change.customer, both)
        return replace(seen, already=already)
