"""Find groups that have no users yet: the name may be misspelt."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from http import HTTPStatus

from bot.domain.identifiers import parse_group
from bot.domain.preview import Names
from bot.domain.scope import Filters
from bot.errors import ContinuityError, InvalidInput, Refused
from bot.service.context import Context
from bot.service.parallel import map_concurrently

MAX_GROUPS_LOOKED_UP = 50


async def new_groups(
    ctx: Context, customer: str, names: Collection[str]
) -> tuple[Names | None, Names | None]:
    """Return the groups that have no users, and the groups that were not looked up.

    Only MAX_GROUPS_LOOKED_UP are looked up, within half of `preview_seconds`.
    """
    asked, later = sorted(names)[:MAX_GROUPS_LOOKED_UP], sorted(names)[MAX_GROUPS_LOOKED_UP:]
    try:
        async with asyncio.timeout(ctx.preview_seconds / 2):
            known = await known_groups(ctx, customer, asked)
    except (ContinuityError, TimeoutError):
        return None, Names.of([*asked, *later])
    return Names.of([name for name in asked if name not in known]), Names.of(later)


async def known_groups(ctx: Context, customer: str, names: Collection[str]) -> frozenset[str]:
    """Return which of the first MAX_GROUPS_LOOKED_UP names have users. Raises ContinuityError."""

    async def has_users(name: str) -> bool:
        try:
            return await ctx.api.count(customer, Filters((name,))) > 0
        except Refused as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return False
            raise

    asked = [name for name in sorted(names)[:MAX_GROUPS_LOOKED_UP] if _is_valid(name)]
    found = await map_concurrently(asked, has_users)
    return frozenset(name for name, there in found.items() if there)


def _is_valid(name: str) -> bool:
    try:
        return bool(parse_group(name))
    except InvalidInput:
        return False
