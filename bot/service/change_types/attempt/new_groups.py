"""Groups that nobody is in yet: a misspelt name makes a new one, and its users are left out of the old one."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

from bot.domain.preview import Names
from bot.errors import ContinuityError
from bot.service.changes.user_file_checks import MAX_GROUPS_LOOKED_UP, known_groups
from bot.service.context import Context


async def new_groups(
    ctx: Context, customer: str, names: Collection[str]
) -> tuple[Names | None, Names | None]:
    """Return the groups that no user is in, and those of which that was not looked up."""
    asked, later = sorted(names)[:MAX_GROUPS_LOOKED_UP], sorted(names)[MAX_GROUPS_LOOKED_UP:]
    try:
        async with asyncio.timeout(ctx.preview_seconds / 2):
            known = await known_groups(ctx, customer, asked)
    except (ContinuityError, TimeoutError):
        return None, Names.of([*asked, *later])
    return Names.of([name for name in asked if name not in known]), Names.of(later)
