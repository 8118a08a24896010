"""What happened: the newest audit entries, the whole story of one change, or files of both."""

from __future__ import annotations

from bot.domain.commands import AuditCommand
from bot.service.queries.audit import read_audit, request_audit
from bot.slack.features.base.context import FeatureContext
from bot.slack.features.base.feature import Feature, Reply
from bot.slack.payloads import TypedPayload
from bot.slack.views.audit import answer

feature = Feature()


@feature.command(AuditCommand)
async def audit(deps: FeatureContext, payload: TypedPayload, command: AuditCommand) -> Reply:
    """Show the entries."""
    request = await request_audit(deps.ctx, payload.actor, command)
    return answer.audit(request, await read_audit(deps.ctx, request))
