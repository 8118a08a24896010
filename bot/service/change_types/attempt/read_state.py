"""Ask the API what is set now: counts for everyone and for groups, one by one for named users."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial
from http import HTTPStatus

from bot.domain.actions import SetFlag
from bot.domain.change import Change, switch_of
from bot.domain.counts import count_contradiction
from bot.domain.limits import MAX_TYPED_USERS
from bot.domain.scope import Everyone, Filters, Groups
from bot.errors import Ambiguous, Refused
from bot.ports import Receipt, UserState
from bot.service.change_types.attempt import address_spelling
from bot.service.context import Context
from bot.service.parallel import map_concurrently

MAX_LIST_SECONDS = 120.0  # seconds for the list of a customer: one that drips must end, too


@dataclass(frozen=True, slots=True)
class StateCounts:
    """Users in the scope of a change, and how many of them are in which state."""

    total: int
    in_state: int  # the flag is as the change wants it
    out_of_state: int  # it is the opposite
    access_off: int
    not_activated: int

    @property
    def is_credible(self) -> bool:
        """Whether the counts fit together: a filter that is ignored, or a count of nobody, tells nothing."""
        return self.total > 0 and self.in_state + self.out_of_state == self.total

    @property
    def odd(self) -> str:
        """What else of it contradicts the number of all, or ``""``."""
        parts = {"without access": self.access_off, "not activated": self.not_activated}
        return count_contradiction(self.total, parts)


async def counts(ctx: Context, change: Change) -> StateCounts:
    """Count everyone, or the groups of the change, by HEAD. Raises ContinuityError."""
    groups = change.scope.names if isinstance(change.scope, Groups) else ()
    flag, on, every = switch_of(change).flag, switch_of(change).on, Filters(groups)
    asked = {
        "total": every,
        "in_state": every.with_flag(flag, on),
        "out_of_state": every.with_flag(flag, not on),
        "access_off": replace(every, access=False),
        "not_activated": replace(every, activation=False),
    }

    def count(name: str) -> Awaitable[int]:
        return ctx.api.count(change.customer, asked[name])

    return StateCounts(**await map_concurrently(asked, count))


async def users(
    ctx: Context, change: Change, addresses: Sequence[str], *, otherwise: bool = True
) -> dict[str, UserState | Refused]:
    """Look at named users, each with their state or the API's refusal. Raises NotSent, Ambiguous.

    ``otherwise`` is whether those whom the API does not know are looked for in other capitals.

    More than 500 are looked up in the list of all: one by one they would take longer than anybody waits.
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
        address: told
        for address, told in found.items()
        if isinstance(told, Refused) and told.status == HTTPStatus.NOT_FOUND
    }
    if unknown and otherwise:
        found |= await address_spelling.in_other_capitals(ctx, change.customer, unknown)
    return found


def raise_silence(found: Mapping[str, UserState | Refused]) -> None:
    """Raise the refusal that tells nothing of a user; 404 tells that they are not there."""
    for told in found.values():
        if isinstance(told, Refused) and told.status != HTTPStatus.NOT_FOUND:
            raise told


async def _among_all(
    ctx: Context, change: Change, addresses: Sequence[str]
) -> dict[str, UserState | Refused]:
    try:
        async with (
            asyncio.timeout(MAX_LIST_SECONDS),
            aclosing(ctx.api.users(change.customer)) as users,
        ):
            found = await address_spelling.among(users, addresses)
    except TimeoutError:
        raise Ambiguous("The API did not list the users in time.") from None
    gone = Refused("The API's list does not hold this user.", status=HTTPStatus.NOT_FOUND)
    return {address: found.get(address, gone) for address in addresses}


def flag_request(
    ctx: Context, change: Change, scope: Everyone | Groups | str
) -> Callable[[], Awaitable[Receipt]]:
    """Return the request that switches the flag of a change for one scope."""
    wanted = switch_of(change)
    return partial(ctx.api.set_flag, change.customer, wanted.flag, wanted.on, scope)


def as_wanted(wanted: SetFlag, state: UserState) -> bool:
    """Whether the API told that the flag is as it is wanted; "not told" is no."""
    return getattr(state, wanted.flag.value) is wanted.on
