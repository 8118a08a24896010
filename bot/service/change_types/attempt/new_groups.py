"""Groups that nobody is in yet: a misspelt name makes a new one, and its users are left out of the old one."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from http import HTTPStatus

from bot.domain.scope import parse_group
from bot.errors import ContinuityError, InvalidInput, Refused
from bot.service.context import Context
from bot.service.parallel import map_concurrently

NEW = "new groups"
NOT_KNOWN = "groups not looked up"
MAX_GROUPS_LOOKED_UP = 50
_NAMED = 10

Facts = tuple[tuple[str, str], ...]


async def new_groups(ctx: Context, customer: str, names: Collection[str]) -> Facts:
    """Return the facts of a preview that name the groups which nobody is in, and those not looked up."""
    if not names:
        return ()
    asked, later = sorted(names)[:MAX_GROUPS_LOOKED_UP], sorted(names)[MAX_GROUPS_LOOKED_UP:]
    try:
        async with asyncio.timeout(ctx.preview_seconds / 2):
            known = await known_groups(ctx, customer, asked)
    except (ContinuityError, TimeoutError):
        return _fact(NOT_KNOWN, [*asked, *later])
    return _fact(NEW, [name for name in asked if name not in known]) + _fact(NOT_KNOWN, later)


async def known_groups(ctx: Context, customer: str, names: Collection[str]) -> frozenset[str]:
    """Return those of the first 50 names that are groups with users in them. Raises ContinuityError."""

    async def somebody(name: str) -> bool:
        try:
            return await ctx.api.count(customer, groups=(name,)) > 0
        except Refused as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return False
            raise

    asked = [name for name in sorted(names)[:MAX_GROUPS_LOOKED_UP] if _can_be_asked(name)]
    found = await map_concurrently(asked, somebody)
    return frozenset(name for name, there in found.items() if there)


def _fact(label: str, names: Collection[str]) -> Facts:
    shown = ", ".join(f"“{name}”" for name in list(names)[:_NAMED])
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return ((label, shown + more),) if names else ()


def _can_be_asked(name: str) -> bool:
    try:
        return bool(parse_group(name))
    except InvalidInput:
        return False
