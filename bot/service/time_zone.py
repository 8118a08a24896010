"""The time zone of a person, as Slack tells it."""

from __future__ import annotations

from datetime import UTC

from bot.domain.time_zone import zone_named
from bot.errors import SlackError
from bot.service.context import Context


async def zone_of(ctx: Context, person: str) -> str:
    """Return the name of their time zone where Slack tells it and this machine knows it, else `UTC`."""
    try:
        zone = (await ctx.directory.person(person)).zone
    except SlackError:
        return "UTC"
    return zone if zone_named(zone) is not UTC else "UTC"
