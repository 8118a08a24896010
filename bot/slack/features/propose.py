"""A change proposed, and what the asker alone is told of it."""

from __future__ import annotations

import structlog

from bot.domain.change import Change
from bot.domain.commands import Wish
from bot.service.changes.propose import Beside, propose
from bot.service.queries import history
from bot.slack.features.context import Room
from bot.slack.payloads import Inbound
from bot.slack.views import replies


async def proposed(
    room: Room, inbound: Inbound, wish: Wish, *, beside: Beside | None = None
) -> str:
    """Propose it and return ``""``, or where the open change is that asks for the same."""
    return await told(room, await propose(room.ctx, inbound.actor, wish, beside=beside))


async def told(room: Room, result: tuple[Change, bool]) -> str:
    """Return ``""`` for a new change, whose card tells, or where the card of an open one is."""
    change, new = result
    structlog.contextvars.bind_contextvars(change=change.id)
    return "" if new else replies.proposed_already(await history.where(room.ctx, change), room.url)
