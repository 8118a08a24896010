"""Questionable values in a file, accepted where the API holds them already."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from contextlib import aclosing
from http import HTTPStatus

from bot.domain.limits import MAX_LIST_SECONDS, MAX_SINGLE_READS
from bot.domain.user_files.upload import ADDRESS
from bot.domain.user_files.user_rows import ParsedRows, UserRow
from bot.errors import ContinuityError, InvalidInput, Refused
from bot.ports import UserState
from bot.service.change_types.attempt.new_groups import known_groups
from bot.service.context import Context
from bot.service.parallel import map_concurrently

FieldsByAddress = Mapping[str, Mapping[str, object]]


async def verify_rows(
    ctx: Context, customer: str, parsed: ParsedRows
) -> tuple[ParsedRows, tuple[int, ...]]:
    """Return what ``ParsedRows.verified`` returns.

    The API is asked only where values are questionable.

    Raises InvalidInput where it does not answer and a value is acceptable only if the API holds it.
    """
    rows = parsed.rows_to_verify
    if not rows:
        return parsed, ()
    fields: FieldsByAddress = {}
    known: Collection[str] = ()
    try:
        async with asyncio.timeout(MAX_LIST_SECONDS):
            fields = await _api_fields(ctx, customer, rows)
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
    return await asyncio.to_thread(parsed.verified, fields, known)


async def _api_fields(ctx: Context, customer: str, rows: Sequence[UserRow]) -> FieldsByAddress:
    """Return the API's values of the fields in these rows, by address. Raises ContinuityError."""
    wanted = {row.address.lower(): row for row in rows}

    async def read(address: str) -> UserState | None:
        try:
            return await ctx.api.user(customer, address)
        except Refused as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return None
            raise

    # A questionable address cannot be requested by itself.
    if len(rows) <= MAX_SINGLE_READS and not any(ADDRESS in row.conditional_errors for row in rows):
        found = await map_concurrently([row.address for row in rows], read)
        return {key.lower(): state.fields for key, state in found.items() if state}
    fields = {}
    async with aclosing(ctx.api.users(customer)) as users:
        async for state in users:
            if row := wanted.get(state.address.lower()):
                fields[row.address.lower()] = {name: state.fields.get(name) for name in row.fields}
    return fields
