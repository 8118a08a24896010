"""The open changes that the person may see."""

from __future__ import annotations

from bot.domain.commands import PendingCommand
from bot.service.queries import history
from bot.slack.features.base.context import FeatureContext
from bot.slack.features.base.feature import Feature
from bot.slack.payloads import TypedPayload
from bot.slack.views import pending as view

feature = Feature()


@feature.command(PendingCommand)
async def pending(deps: FeatureContext, payload: TypedPayload, command: PendingCommand) -> str:
    """List the open changes."""
    return view.pending(await history.pending(deps.ctx, payload.actor, command), deps.url)
