"""The users of a customer: the first ones in the channel, all of them in a file."""

from __future__ import annotations

from bot.domain.commands import ListUsersCommand
from bot.service.queries.list_users import (
    ListRequest,
    record_list,
    request_cannot_read,
    request_list,
)
from bot.slack.button_values import ChangeButton
from bot.slack.features.base.context import FeatureContext, bind_change
from bot.slack.features.base.feature import BackgroundJob, Feature, Reply
from bot.slack.features.list_users_export import Export
from bot.slack.payloads import ActionPayload, TypedPayload
from bot.slack.views.list_users import no_users

feature = Feature()


@feature.command(ListUsersCommand)
async def list_users(
    deps: FeatureContext, payload: TypedPayload, command: ListUsersCommand
) -> Reply:
    """Count them, then list and export them outside the worker pool."""
    return await _list(deps, payload, await request_list(deps.ctx, payload.actor, command))


@feature.action("users_cannot_read")
async def cannot_read(deps: FeatureContext, payload: ActionPayload) -> Reply:
    """List those who cannot read their mail after a failover, below its outcome."""
    button = ChangeButton.parse(payload.value)
    bind_change(button.change)
    request = await request_cannot_read(deps.ctx, payload.actor, button.change)
    return await _list(deps, payload, request)


async def _list(
    deps: FeatureContext, payload: TypedPayload | ActionPayload, request: ListRequest
) -> Reply:
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
