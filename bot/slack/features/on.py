"""What is on, of the customers that the person may view here."""

from __future__ import annotations

from bot.domain.commands import OnCommand
from bot.service.queries.on import on as read_on
from bot.slack.features.base.context import FeatureContext
from bot.slack.features.base.feature import Feature
from bot.slack.payloads import TypedPayload
from bot.slack.views import on as view
from bot.slack.views.mrkdwn import BlockReply

feature = Feature()


@feature.command(OnCommand)
async def on(deps: FeatureContext, payload: TypedPayload, command: OnCommand) -> BlockReply:
    """List it, with the API's numbers."""
    return view.on(await read_on(deps.ctx, payload.actor, command.customer), deps.url)
