"""A change proposed from a form."""

from __future__ import annotations

from bot.domain.commands import Wish
from bot.service import inquire
from bot.service.propose import propose
from bot.slack.features.room import Room
from bot.slack.payloads import Inbound
from bot.slack.views import replies


async def proposed(room: Room, inbound: Inbound, wish: Wish) -> str:
    """Propose it; return where the card of the same change is, where there is one already."""
    change, new = await propose(room.ctx, inbound.actor, wish)
    return "" if new else replies.proposed_already(await inquire.where(room.ctx, change), room.url)
