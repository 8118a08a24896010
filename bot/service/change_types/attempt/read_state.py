"""Read what is set at the API: counts for everyone and for groups, each of named users."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, replace
from functools import partial
from http import HTTPStatus

from bot.domain.actions import SetFlag
from bot.domain.cannot_read import CannotRead
from bot.domain.change import Change, switch_of
from bot.domain.counts import count_contradiction
from bot.domain.limits import MAX_LIST_SECONDS, MAX_TYPED_USERS
from bot.domain.scope import Everyone, Filters, Groups
from bot.errors import Ambiguous, ContinuityError, Refused
from bot.ports import Receipt, UserState
from bot.service.change_types.attempt import address_spelling
from bot.service.context import Context
from bot.service.parallel import map_concurrently


@dataclass(frozen=True, slots=True)
class StateCounts:
    """How many users are in the scope of a change, and how many of them are in which state."""

    total: int
    in_state: int  # the flag is as the change wants it
    out_of_state: int  # it is the opposite
    access_off: int
    not_activated: int
    both: int | None = None  # access off and not activated; None: not counted

    @property
    def is_credible(self) -> bool:
        """Whether the counts add up: not so where the API ignores a filter or counts nobody."""
        return self.total > 0 and self.in_state + self.out_of_state == self.total

    @property
    def readers(self) -> CannotRead:
        """Who of those in failover cannot read their mail, as ``counts_in_failover`` counted."""
        if not self.is_credible:
            return CannotRead(self.in_state, None, None, None)
        return CannotRead.of(self.in_state, self.access_off, self.not_activated, self.both)

    @property
    def odd(self) -> str:
        """A sentence on the other counts that are more than the total, or ``""``."""
        parts = {"without access": self.access_off, "not activated": self.not_activated}
        return count_contradiction(self.total, parts)


async def counts(ctx: Context, change: Change, those: Filters | None = None) -> StateCounts:
    """Count everyone, or the groups of the change, by HEAD. Raises ContinuityError.

    ``those`` are the users of whom access off and not activated are counted; None is all of them.
    """
    flag, on, every = switch_of(change).flag, switch_of(change).on, Filters(_groups(change))
    those = those or every
    asked = {
        "total": every,
        "in_state": every.with_flag(flag, on),
        "out_of_state": every.with_flag(flag, not on),
        "access_off": replace(those, access=False),
        "not_activated": replace(those, activation=False),
    }

    def count(name: str) -> Awaitable[int]:
        return ctx.api.count(change.customer, asked[name])

    return StateCounts(**await map_concurrently(asked, count))


async def counts_in_failover(ctx: Context, change: Change) -> StateCounts:
    """Count as ``counts``, but ``access_off``, ``not_activated`` and ``both`` in failover only.

    Raises ContinuityError, except where ``both`` alone is not told.
    """
    seen = await counts(ctx, change, those=Filters(_groups(change), failover=True))
    if not (seen.access_off and seen.not_activated):
        return seen
    locked_out = Filters(_groups(change), failover=True, access=False, activation=False)
    with suppress(ContinuityError):
        seen = replace(seen, both=await ctx.api.count(change.customer, locked_out))
    return seen


async def users(
    ctx: Context, change: Change, addresses: Sequence[str], *, otherwise: bool = True
) -> dict[str, UserState | Refused]:
    """Return the state of each named user, or the API's refusal. Raises NotSent, Ambiguous.

    ``otherwise`` is whether unknown addresses are looked up in other upper or lower case. More than
    MAX_TYPED_USERS are looked up in the list of all users: one by one it would take too long.
    """
    if len(addresses) > MAX_TYPED_USERS:
        return await _among_all(ctx, change, addresses)

    async def look(address: str) -> UserState | Refused:
        try:
            return await ctx.api.user(change.customer, address)
        except Refused as error:
            return error

    found = await map_concurrently(addresses, look)
    unknown = {
        address: answer
        for address, answer in found.items()
        if isinstance(answer, Refused) and answer.status == HTTPStatus.NOT_FOUND
    }
    if unknown and otherwise:
        found |= await address_spelling.find_other_spelling(ctx, change.customer, unknown)
    return found


def _groups(change: Change) -> tuple[str, ...]:
    return change.scope.names if isinstance(change.scope, Groups) else ()


def raise_unknown(found: Mapping[str, UserState | Refused]) -> None:
    """Raise the first refusal that is not a 404: it does not tell whether the user is there."""
    for answer in found.values():
        if isinstance(answer, Refused) and answer.status != HTTPStatus.NOT_FOUND:
            raise answer


async def _among_all(
    ctx: Context, change: Change, addresses: Sequence[str]
) -> dict[str, UserState | Refused]:
    try:
        async with (
            asyncio.timeout(MAX_LIST_SECONDS),
            aclosing(ctx.api.users(change.customer)) as users,
        ):
            found = await address_spelling.pick_users(users, addresses)
    except TimeoutError:
        raise Ambiguous("The API did not list the users in time.") from None
    gone = Refused("The API's list does not hold this user.", status=HTTPStatus.NOT_FOUND)
    return {address: found.get(address, gone) for address in addresses}


def flag_request(
    ctx: Context, change: Change, scope: Everyone | Groups | str
) -> Callable[[], Awaitable[Receipt]]:
    """Return the request that sets or removes the flag of a change for one scope."""
    wanted = switch_of(change)
    return partial(ctx.api.set_flag, change.customer, wanted.flag, wanted.on, scope)


def as_wanted(wanted: SetFlag, state: UserState) -> bool:
    """Whether the API told that the flag is as wanted."""
    return getattr(state, wanted.flag.value) is wanted.on
