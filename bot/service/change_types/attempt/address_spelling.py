"""How the API spells an address: whether capitals matter is not documented (adr/0013)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Collection, Mapping
from contextlib import aclosing
from dataclasses import replace
from http import HTTPStatus

from bot.domain.change import Change
from bot.domain.scope import Users
from bot.errors import ContinuityError, Refused
from bot.ports import UserState
from bot.service.context import Context

# A longer list of users is not read to find a few addresses in it.
MAX_LISTED_USERS = 20_000
# The share of `preview_seconds` that reading the list may take.
SHARE_OF_PREVIEW_SECONDS = 0.6


async def one_user(ctx: Context, customer: str, address: str) -> UserState:
    """Return the user, upper or lower case aside; their ``address`` is as the API spells it.

    Raises Refused with 404 where there is none, and ContinuityError.
    """
    try:
        return await ctx.api.user(customer, address)
    except Refused as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise
        otherwise = await find_other_spelling(ctx, customer, {address: error})
        if isinstance(answer := otherwise[address], Refused):
            raise answer from None
    return await ctx.api.user(customer, answer.address)


async def find_other_spelling(
    ctx: Context, customer: str, unknown: Mapping[str, Refused]
) -> dict[str, UserState | Refused]:
    """Look up addresses that were answered 404 in the list of all users, upper or lower case aside.

    Where the list is too long or does not come in time, each refusal says that it was not read.
    """
    try:
        async with asyncio.timeout(SHARE_OF_PREVIEW_SECONDS * ctx.preview_seconds):
            many = await ctx.api.count(customer)
            found = None
            if many <= MAX_LISTED_USERS:
                async with aclosing(ctx.api.users(customer)) as users:
                    found = await pick_users(users, unknown)
    except (ContinuityError, TimeoutError):
        found = None
    if found is None:
        hint = "Whether it has other capitals at the API was not looked up; try its exact spelling."
        return {
            address: Refused(f"{error} {hint}", status=error.status)
            for address, error in unknown.items()
        }
    same = {
        one
        for one, answer in found.items()
        if isinstance(answer, UserState) and answer.address == one
    }
    # A user whom the list has under the same spelling contradicts the 404: the 404 stays.
    return {
        address: error if address in same else found.get(address, error)
        for address, error in unknown.items()
    }


async def pick_users(
    users: AsyncIterable[UserState], addresses: Collection[str]
) -> dict[str, UserState | Refused]:
    """Return the listed users of these addresses, upper or lower case aside.

    Of two that differ in case alone, the one spelled as asked; Refused where neither is.
    """
    wanted = {address.lower(): address for address in addresses}
    found: dict[str, UserState | Refused] = {}
    async for state in users:
        address = wanted.get(state.address.lower())
        if address is None:
            continue
        before = found.get(address)
        if before is None or state.address == address:
            found[address] = replace(state, fields={})  # not needed here, and personal data
        elif isinstance(before, UserState) and address not in (before.address, state.address):
            both = f"{before.address} and {state.address}"
            found[address] = Refused(f"The API knows {both}: give the exact spelling.")
    return found


def was_looked_up(change: Change) -> bool:
    """Whether the preview read the named users."""
    return change.preview is not None and change.preview.already is not None


def spelled(found: Mapping[str, UserState | Refused]) -> tuple[tuple[str, str], ...]:
    """Return pairs of an address and the API's spelling of it, where they differ."""
    return tuple(
        (address, answer.address)
        for address, answer in found.items()
        if isinstance(answer, UserState) and answer.address != address
    )


def with_api_spelling(change: Change, spelled: Mapping[str, str]) -> Change:
    """Return the change with its named users spelled as the API spells them."""
    if not spelled or not isinstance(change.scope, Users):
        return change
    addresses = tuple(spelled.get(one, one) for one in change.scope.addresses)
    return replace(change, scope=Users(addresses))
