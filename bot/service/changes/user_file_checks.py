"""What is odd in a file, decided by what the API tells of the same users and groups."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from contextlib import aclosing
from http import HTTPStatus

from bot.domain.user_files.upload import ADDRESS
from bot.domain.user_files.user_rows import ParsedRows, UserRow
from bot.errors import ContinuityError, InvalidInput, Refused
from bot.ports import UserState
from bot.service.change_types.attempt.new_groups import known_groups
from bot.service.context import Context
from bot.service.parallel import map_concurrently

MAX_USERS_LOOKED_UP = (
    50  # so few users are looked at one by one: the customer may have a hundred thousand
)
MAX_CHECK_SECONDS = 120.0  # seconds: the list of a customer may be long

FieldsByAddress = Mapping[str, Mapping[str, object]]


async def verify_rows(
    ctx: Context, customer: str, parsed: ParsedRows
) -> tuple[ParsedRows, tuple[int, ...]]:
    """Return what ``Parsed.verified`` does. The API is asked only where something is odd.

    Raises InvalidInput where it does not tell, and something is taken only where it does.
    """
    rows = parsed.rows_to_verify
    if not rows:
        return parsed, ()
    told: FieldsByAddress = {}
    known: Collection[str] = ()
    try:
        async with asyncio.timeout(MAX_CHECK_SECONDS):
            told = await _told(ctx, customer, rows)
            known = await known_groups(
                ctx, customer, {n for row in rows for n in row.ambiguous_groups}
            )
    except (ContinuityError, TimeoutError) as error:
        first = next((row for row in rows if row.conditional_errors), None)
        if first is not None:
            why = str(error) or "It did not answer in time."
            raise InvalidInput(
                f"Some values are taken only where the API has them already, and it does not tell now: {why} "
                f"The first is in line {first.line}: {next(iter(first.conditional_errors.values()))}"
            ) from None
    return await asyncio.to_thread(parsed.verified, told, known)


async def _told(ctx: Context, customer: str, rows: Sequence[UserRow]) -> FieldsByAddress:
    """Return what the API tells of these users, of the fields that their rows tell. Raises ContinuityError."""
    wanted = {row.address.lower(): row for row in rows}

    async def look(address: str) -> UserState | None:
        try:
            return await ctx.api.user(customer, address)
        except Refused as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return None
            raise

    # An address that is odd cannot be asked for by itself.
    if len(rows) <= MAX_USERS_LOOKED_UP and not any(
        ADDRESS in row.conditional_errors for row in rows
    ):
        found = await map_concurrently([row.address for row in rows], look)
        return {key.lower(): state.fields for key, state in found.items() if state}
    told = {}
    async with aclosing(ctx.api.users(customer)) as users:
        async for state in users:
            if row := wanted.get(state.address.lower()):
                told[row.address.lower()] = {name: state.fields.get(name) for name in row.fields}
    return told
