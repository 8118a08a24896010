"""Users listed in the channel and exported as a file; status in a table."""

from __future__ import annotations

from bot.domain.commands import ListUsersCommand, StatusCommand
from bot.service.queries.list_users import record_list, request_list
from bot.service.queries.status import status
from bot.slack.features.context import BackgroundJob, CommandHandler, FeatureContext, Handler, Reply
from bot.slack.features.list_users_export import Export
from bot.slack.payloads import Inbound
from bot.slack.views import status as view
from bot.slack.views.list_users import nobody


async def _status(deps: FeatureContext, inbound: Inbound, asked: StatusCommand) -> Reply:
    return view.status(await status(deps.ctx, inbound.actor, asked.customer, asked.groups))


async def _users(deps: FeatureContext, inbound: Inbound, asked: ListUsersCommand) -> Reply:
    order = await request_list(deps.ctx, inbound.actor, asked)
    if order.total == 0:
        await record_list(deps.ctx, order)
        return nobody(order)
    end = deps.lists.begin(order)

    async def work() -> str:
        try:
            await record_list(deps.ctx, order)
            return await Export(deps, inbound, order).run()
        finally:
            end()

    return BackgroundJob(work)


COMMANDS: dict[type, CommandHandler] = {StatusCommand: _status, ListUsersCommand: _users}
CLICKS: dict[str, Handler] = {}
FORMS: dict[str, Handler] = {}
