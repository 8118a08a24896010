"""What happened: the newest audit entries, the whole story of one change, or files of both."""

from __future__ import annotations

from bot.domain.commands import AuditCommand
from bot.errors import InvalidInput
from bot.service.queries.audit import read_audit, request_audit
from bot.slack.features.audit_export import export_audit
from bot.slack.features.base.context import FeatureContext
from bot.slack.features.base.feature import BackgroundJob, Feature, Reply
from bot.slack.payloads import TypedPayload
from bot.slack.views.audit import answer
from bot.slack.views.texts import audit as texts

feature = Feature()


@feature.command(AuditCommand)
async def audit(deps: FeatureContext, payload: TypedPayload, command: AuditCommand) -> Reply:
    """Show the entries, or send them as files outside the worker pool."""
    request = await request_audit(deps.ctx, payload.actor, command)
    if not command.file:
        return answer.audit(request, await read_audit(deps.ctx, request))
    if deps.audit_files.locked():
        raise InvalidInput(texts.RUNNING_ALREADY)

    async def work() -> str:
        async with deps.audit_files:
            return await export_audit(deps, request)

    return BackgroundJob(work)
