"""Groups that nobody is in yet: a misspelt name makes a new one, and its users are left out of the old one."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

from bot.errors import ContinuityError
from bot.service.changes.user_file_checks import MAX_GROUPS_LOOKED_UP, known_groups
from bot.service.context import Context

NEW = "new groups"
NOT_KNOWN = "groups not looked up"
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


def _fact(label: str, names: Collection[str]) -> Facts:
    shown = ", ".join(f"“{name}”" for name in list(names)[:_NAMED])
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return ((label, shown + more),) if names else ()
