"""The API's own spelling of an address: whether its paths mind capitals is not documented (docs/adr/0013)."""

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

MAX_LISTED_USERS = 20_000  # users of a customer whose list is read for a few addresses
SHARE_OF_PREVIEW_SECONDS = 0.6  # of the time of a preview


async def one_user(ctx: Context, customer: str, address: str) -> UserState:
    """Return the user, however their address is spelled; ``address`` of it is the API's own spelling.

    Raises Refused with 404 where there is none, and ContinuityError.
    """
    try:
        return await ctx.api.user(customer, address)
    except Refused as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise
        otherwise = await in_other_capitals(ctx, customer, {address: error})
        if isinstance(told := otherwise[address], Refused):
            raise told from None
    return await ctx.api.user(customer, told.address)


async def in_other_capitals(
    ctx: Context, customer: str, unknown: Mapping[str, Refused]
) -> dict[str, UserState | Refused]:
    """Look for addresses that were answered 404 in the list of all users, without regard to capitals.

    A long list, and one that does not come in time, are not waited for: then the refusal says so.
    """
    try:
        async with asyncio.timeout(SHARE_OF_PREVIEW_SECONDS * ctx.preview_seconds):
            many = await ctx.api.count(customer)
            found = None
            if many <= MAX_LISTED_USERS:
                async with aclosing(ctx.api.users(customer)) as users:
                    found = await among(users, unknown)
    except (ContinuityError, TimeoutError):
        found = None
    if found is None:
        hint = "Whether it has other capitals at the API was not looked up; try its exact spelling."
        return {
            address: Refused(f"{error} {hint}", status=error.status)
            for address, error in unknown.items()
        }
    same = {
        one for one, told in found.items() if isinstance(told, UserState) and told.address == one
    }
    return {  # what the list tells of the same spelling contradicts the 404, and settles nothing
        address: error if address in same else found.get(address, error)
        for address, error in unknown.items()
    }


async def among(
    users: AsyncIterable[UserState], addresses: Collection[str]
) -> dict[str, UserState | Refused]:
    """Return whom of these addresses a list holds, in whatever capitals; of two the one that is meant.

    Refused where none is spelled as asked: the API tells users apart that people do not.
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
    """Whether the preview asked the API for the users that the change names."""
    return change.preview is not None and change.preview.already is not None


def spelled(found: Mapping[str, UserState | Refused]) -> tuple[tuple[str, str], ...]:
    """Return the addresses that the API spells otherwise, with its own spelling."""
    return tuple(
        (address, told.address)
        for address, told in found.items()
        if isinstance(told, UserState) and told.address != address
    )


def with_api_spelling(change: Change, spelled: Mapping[str, str]) -> Change:
    """Return the change with its named users spelled as the API spells them."""
    if not spelled or not isinstance(change.scope, Users):
        return change
    addresses = tuple(spelled.get(one, one) for one in change.scope.addresses)
    return replace(change, scope=Users(addresses))
