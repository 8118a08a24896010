"""Users listed in the channel and exported as a file; status in a table."""

from __future__ import annotations

from bot.domain.commands import ListUsersCommand, StatusCommand
from bot.service.queries.list_users import record_list, request_list
from bot.service.queries.status import status
from bot.slack.features.context import (
    ActionHandler,
    BackgroundJob,
    CommandHandler,
    FeatureContext,
    Reply,
    ViewHandler,
)
from bot.slack.features.list_users_export import Export
from bot.slack.payloads import TypedPayload
from bot.slack.views import status as view
from bot.slack.views.list_users import no_users


async def _status(deps: FeatureContext, payload: TypedPayload, asked: StatusCommand) -> Reply:
    return view.status(await status(deps.ctx, payload.actor, asked.customer, asked.groups))


async def _users(deps: FeatureContext, payload: TypedPayload, asked: ListUsersCommand) -> Reply:
    order = await request_list(deps.ctx, payload.actor, asked)
    if order.total == 0:
        await record_list(deps.ctx, order)
        return no_users(order)
    end = deps.lists.begin(order)

    async def work() -> str:
        try:
            await record_list(deps.ctx, order)
            return await Export(deps, payload, order).run()
        finally:
            end()

    return BackgroundJob(work)


COMMANDS: dict[type, CommandHandler] = {StatusCommand: _status, ListUsersCommand: _users}
CLICKS: dict[str, ActionHandler] = {}
FORMS: dict[str, ViewHandler] = {}
