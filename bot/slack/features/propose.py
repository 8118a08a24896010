"""A change proposed, and what the asker alone is told of it."""

from __future__ import annotations

import structlog

from bot.domain.change import Change
from bot.domain.change_request import ChangeRequest
from bot.service.changes.propose import ExtraWrites, propose
from bot.service.queries import history
from bot.slack.features.context import FeatureContext
from bot.slack.payloads import Payload
from bot.slack.views import replies


async def proposed(
    deps: FeatureContext,
    payload: Payload,
    request: ChangeRequest,
    *,
    extra_writes: ExtraWrites | None = None,
) -> str:
    """Propose it and return ``""``, or where the open change is that asks for the same."""
    return await told(
        deps, await propose(deps.ctx, payload.actor, request, extra_writes=extra_writes)
    )


async def told(deps: FeatureContext, result: tuple[Change, bool]) -> str:
    """Return ``""`` for a new change, whose card tells, or where the card of an open one is."""
    change, new = result
    structlog.contextvars.bind_contextvars(change=change.id)
    return (
        "" if new else replies.proposed_already(await history.find_card(deps.ctx, change), deps.url)
    )
