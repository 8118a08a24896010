"""The last audit entries, or the whole story of one change."""

from __future__ import annotations

from bot.domain.commands import AuditCommand
from bot.service.queries import history
from bot.slack.features.base.context import FeatureContext
from bot.slack.features.base.feature import Feature
from bot.slack.payloads import TypedPayload
from bot.slack.views import audit as view

feature = Feature()


@feature.command(AuditCommand)
async def audit(deps: FeatureContext, payload: TypedPayload, command: AuditCommand) -> str:
    """Show the entries."""
    return view.audit(await history.audit(deps.ctx, payload.actor, command))
