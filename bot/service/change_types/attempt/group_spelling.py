"""Find the group that is meant where no user is in a group of this name."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator
from contextlib import aclosing, suppress
from difflib import get_close_matches

from bot.domain.mail_user import GROUPS
from bot.errors import ContinuityError
from bot.ports import UserState
from bot.service.change_types.attempt.new_groups import known_groups
from bot.service.context import Context

MAX_SUGGESTIONS = 3
# How alike two names are, from 0 to 1, upper or lower case aside.
MIN_LIKENESS = 0.7
# Of a longer list of users only the first ones are read.
MAX_LISTED_USERS = 20_000
# The share of `preview_seconds` that all of it may take: somebody waits for the answer.
SHARE_OF_PREVIEW_SECONDS = 0.2


async def similar_groups(ctx: Context, customer: str, names: Collection[str]) -> list[str]:
    """Return groups of the customer that may be meant, as the API spells them; at most 3.

    First the same names in other upper or lower case are counted, then the groups of the users
    whom the API lists are compared. Returns what was found when the time is over.
    """
    found: list[str] = []
    with suppress(ContinuityError, TimeoutError):
        async with asyncio.timeout(SHARE_OF_PREVIEW_SECONDS * ctx.preview_seconds):
            cased = {other for name in names for other in _other_cases(name)} - {*names}
            found += sorted(await known_groups(ctx, customer, cased))
            if not found:
                found += _alike(names, await _listed_groups(ctx, customer))
    return found[:MAX_SUGGESTIONS]


def _other_cases(name: str) -> Iterator[str]:
    yield from (name.lower(), name.upper(), name.capitalize(), name.title())


async def _listed_groups(ctx: Context, customer: str) -> set[str]:
    groups: set[str] = set()
    seen = 0
    async with aclosing(ctx.api.users(customer)) as users:
        async for user in users:
            groups |= _groups_of(user)
            seen += 1
            if seen >= MAX_LISTED_USERS:
                break
    return groups


def _groups_of(user: UserState) -> set[str]:
    told = user.fields.get(GROUPS)
    return (
        {one for one in told if isinstance(one, str)} if isinstance(told, list | tuple) else set()
    )


def _alike(names: Collection[str], groups: Collection[str]) -> list[str]:
    by_case = {group.casefold(): group for group in sorted(groups)}
    close = [
        by_case[one]
        for name in names
        for one in get_close_matches(name.casefold(), by_case, MAX_SUGGESTIONS, MIN_LIKENESS)
    ]
    return list(dict.fromkeys(close))
