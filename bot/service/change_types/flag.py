"""Set or remove a flag: for everyone, for groups, or for named users one by one."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import partial

from bot.domain.actions import ACCESS_OFF, switches
from bot.domain.change import Change, switch_of
from bot.domain.limits import MAX_TYPED_USERS
from bot.domain.policy import TOLERANCE
from bot.domain.preview import Facts, Preview
from bot.domain.scope import Everyone, Filters, Groups, Scope, Users
from bot.errors import ContinuityError, Refused
from bot.ports import UserState
from bot.service.change_types import flag_users
from bot.service.change_types.attempt import read_state, unverified
from bot.service.change_types.attempt import send as sent
from bot.service.change_types.attempt.address_spelling import spelled, was_looked_up
from bot.service.change_types.attempt.send import AttemptResult
from bot.service.change_types.attempt.unknown_users import refusal_of
from bot.service.change_types.change_type import ChangeType
from bot.service.context import Context
from bot.service.counting import NOT_CREDIBLE, lists_users


class FlagChange(ChangeType):
    """Set or remove a flag."""

    async def count(self) -> Preview:
        """Return how many users are in the scope, and how many of them are set already."""
        ctx, change = self.ctx, self.change
        if not isinstance(change.scope, Users):
            return await _counted(ctx, change, _whole(change.scope))
        found = await read_state.users(ctx, change, change.scope.addresses)
        refused = {
            address: answer for address, answer in found.items() if isinstance(answer, Refused)
        }
        if refused:
            raise refusal_of(change.customer, len(found), refused)
        states = [answer for answer in found.values() if isinstance(answer, UserState)]
        wanted = switches(change.action)
        not_told = sum(
            any(getattr(state, one.flag.value) is None for one in wanted) for state in states
        )
        whose = f"{not_told:,} of {len(states):,} users" if len(states) > 1 else "this user"
        problem = f"The API does not tell the flag {flags_of(change)} of {whose}."
        return Preview(
            ctx.clock.now(),
            total=len(states),
            already=None
            if not_told
            else sum(all(read_state.as_wanted(one, state) for one in wanted) for state in states),
            problem=problem if not_told else "",
            access_off=sum(state.access is False for state in states),
            not_activated=sum(state.activation is False for state in states),
            spelled=spelled(found),
            facts=_facts(change, states),
        )

    def nothing_to_do(self, seen: Preview) -> str:
        """Return a sentence where all users are as wanted already."""
        if seen.will_change != 0 or seen.problem:
            return ""
        who = "this user" if seen.total == 1 else f"all {seen.total:,} users"
        verb = "are" if len(switches(self.change.action)) > 1 else "is"
        direction = switch_of(self.change).direction
        return f"Nothing to do: {flags_of(self.change)} {verb} {direction} for {who} already."

    async def recount(self) -> Preview | None:
        """Count again; None for named users that the preview has read: their number is fixed.

        A way back waits for nobody's decision, so what they have is looked at.
        """
        looked = isinstance(self.change.scope, Users) and was_looked_up(self.change)
        looked = looked and self.change.back_of is None
        return None if looked else await self.count()

    def stale(self, seen: Preview | None) -> str:
        """Return a sentence where the number of users has changed by more than TOLERANCE."""
        then = self.change.preview.total if self.change.preview else None
        now = seen.total if seen else None
        if then is None or now is None or abs(now - then) <= TOLERANCE * then:
            return ""
        return f"{then:,} users when it was decided, {now:,} now."

    def requests(self) -> list[str]:
        """Return one request, or one for each named user."""
        change = self.change
        wanted = switch_of(change)
        describe = partial(self.ctx.api.describe, change.customer, wanted.flag, wanted.on)
        if isinstance(change.scope, Users):
            return _recorded([describe(address) for address in change.scope.addresses])
        return [describe(_whole(change.scope))]

    async def perform(self) -> AttemptResult:
        """Send one attempt and read it back."""
        ctx, change = self.ctx, self.change
        if isinstance(change.scope, Users):
            return await flag_users.perform(ctx, change, change.scope)
        return await sent.perform(ctx, change, _whole(change.scope))

    async def read_back(self) -> AttemptResult:
        """Ask the API what is set now."""
        ctx, change = self.ctx, self.change
        if isinstance(change.scope, Users):
            return await flag_users.read_back(ctx, change, change.scope)
        return await sent.read_back(ctx, change)


async def _counted(ctx: Context, change: Change, scope: Everyone | Groups) -> Preview:
    """Return the API's counts, or why they cannot be relied on."""
    seen, now = await read_state.counts(ctx, change), ctx.clock.now()
    if seen.is_credible:
        numbers = (seen.total, seen.in_state, seen.access_off, seen.not_activated)
        facts = await _counted_facts(ctx, change)
        return Preview(now, *numbers, problem=seen.odd, facts=facts)
    names = scope.names if isinstance(scope, Groups) else ()
    if not seen.total and not await lists_users(ctx, change.customer, Filters(names)):
        return Preview(now, total=0, already=0)
    if not seen.total:
        return Preview(now, problem=NOT_CREDIBLE)
    words = unverified.contradiction(seen, switch_of(change).direction)
    return Preview(now, seen.total, problem=f"The counts contradict each other: {words}")


def flags_of(change: Change) -> str:
    """Return the flags that the change switches: `failover`, `access and failover`."""
    return " and ".join(one.flag for one in switches(change.action))


def _facts(change: Change, states: Sequence[UserState]) -> Facts | None:
    """Return how many of these users would lose their mail, where access is taken from them.

    Of a change of several flags, how many users each flag is on for. None is not told.
    """
    in_failover = [state.failover for state in states]
    with_access = [state.access for state in states]
    if len(switches(change.action)) > 1:
        return Facts(in_failover=_count(in_failover), with_access=_count(with_access))
    if change.action != ACCESS_OFF or None in in_failover:
        return None
    return Facts(in_failover=_count(in_failover))


def _count(told: Sequence[bool | None]) -> int | None:
    return None if None in told else told.count(True)


async def _counted_facts(ctx: Context, change: Change) -> Facts | None:
    names = change.scope.names if isinstance(change.scope, Groups) else ()
    if change.action != ACCESS_OFF:
        return None
    try:
        return Facts(
            in_failover=await ctx.api.count(change.customer, Filters(names, failover=True))
        )
    except ContinuityError:  # the other numbers are worth showing without it
        return None


def _recorded(lines: list[str]) -> list[str]:
    """Return request lines for the audit; of more than MAX_TYPED_USERS the first and a digest.

    The addresses are in the change itself.
    """
    if len(lines) <= MAX_TYPED_USERS:
        return lines
    digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    return [
        lines[0],
        f"… {len(lines):,} of these, one for each user; SHA-256 of the lines {digest}",
    ]


def _whole(scope: Scope) -> Everyone | Groups:
    if not isinstance(scope, Everyone | Groups):
        raise TypeError(f"a flag is not switched for {scope.kind}")
    return scope
