"""The users of a customer: the first ones in the channel, all of them in a file."""

from __future__ import annotations

from bot.domain.commands import ListUsersCommand
from bot.service.queries.list_users import record_list, request_list
from bot.slack.features.base.context import FeatureContext
from bot.slack.features.base.feature import BackgroundJob, Feature, Reply
from bot.slack.features.list_users_export import Export
from bot.slack.payloads import TypedPayload
from bot.slack.views.list_users import no_users

feature = Feature()


@feature.command(ListUsersCommand)
async def list_users(
    deps: FeatureContext, payload: TypedPayload, command: ListUsersCommand
) -> Reply:
    """Count them, then list and export them outside the worker pool."""
    request = await request_list(deps.ctx, payload.actor, command)
    if request.total == 0:
        await record_list(deps.ctx, request)
        return no_users(request)
    end = deps.lists.begin(request)

    async def work() -> str:
        try:
            await record_list(deps.ctx, request)
            return await Export(deps, payload, request).run()
        finally:
            end()

    return BackgroundJob(work)
