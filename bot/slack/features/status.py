"""How a customer stands, in a table."""

from __future__ import annotations

from bot.domain.commands import StatusCommand
from bot.service.queries.status import status as read_status
from bot.slack.features.base.context import FeatureContext
from bot.slack.features.base.feature import Feature
from bot.slack.payloads import TypedPayload
from bot.slack.views import status as view
from bot.slack.views.mrkdwn import BlockReply

feature = Feature()


@feature.command(StatusCommand)
async def status(deps: FeatureContext, payload: TypedPayload, command: StatusCommand) -> BlockReply:
    """Show the counts, the last changes and what is under way."""
    return view.status(await read_status(deps.ctx, payload.actor, command.customer, command.groups))
