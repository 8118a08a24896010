"""What the form of a user offers for language and time zone."""

from __future__ import annotations

import asyncio
import zoneinfo
from collections.abc import Mapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from functools import cache

from bot.errors import ContinuityError
from bot.service.context import Context

CHOSEN_FIELDS = ("language", "timezone")
# They tell what the customer uses; the list of all may have 100,000.
MAX_USERS_READ = 200
MAX_SECONDS = 1.0
# The other names of the tz database are older ones for these, or no place.
_AREAS = frozenset(
    {
        *("Africa", "America", "Antarctica", "Arctic", "Asia"),
        *("Atlantic", "Australia", "Europe", "Indian", "Pacific"),
    }
)


@dataclass(frozen=True, slots=True)
class FieldChoices:
    """Values by the name of the field, as the API told them; ``zones`` of the tz database."""

    told: Mapping[str, Sequence[str]] = field(default_factory=dict)
    zones: Sequence[str] = ()


async def field_choices(ctx: Context, customer: str) -> FieldChoices:
    """Return the values of the customer's first users; none where the API does not answer at once.

    The person must have been authorised before. Nothing is kept that names a user.
    """
    told: dict[str, set[str]] = {name: set() for name in CHOSEN_FIELDS}
    left = MAX_USERS_READ
    with suppress(ContinuityError, TimeoutError):
        async with asyncio.timeout(MAX_SECONDS), aclosing(ctx.api.users(customer)) as users:
            async for user in users:
                for name, values in told.items():
                    if isinstance(value := user.fields.get(name), str) and value.strip():
                        values.add(value)
                left -= 1
                if not left:
                    break
    zones = await asyncio.to_thread(_zones)
    return FieldChoices({name: sorted(values) for name, values in told.items()}, zones)


@cache
def _zones() -> tuple[str, ...]:
    """Return the zones that are named for a place, and UTC; it opens a file for each once."""
    named = (name for name in zoneinfo.available_timezones() if name.partition("/")[0] in _AREAS)
    return (*sorted(named), "UTC")
