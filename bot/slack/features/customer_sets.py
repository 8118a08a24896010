"""Several customers at once, and sets of customers."""

from __future__ import annotations

from bot.domain.admin_commands import (
    CreateSetCommand,
    DeleteSetCommand,
    ListSetsCommand,
    ShowSetCommand,
)
from bot.domain.change_commands import BatchCommand
from bot.service.access.customer_sets import create_set, delete_set, list_sets, show_set
from bot.service.changes.batch.propose import propose_batch
from bot.service.changes.batch.request import batch_requests
from bot.service.changes.propose_again import propose_again
from bot.slack.button_values import ChangeButton
from bot.slack.features.base.context import FeatureContext, bind_change
from bot.slack.features.base.feature import Feature
from bot.slack.payloads import ActionPayload, TypedPayload
from bot.slack.views import customer_sets as view
from bot.slack.views.changes.batch import AGAIN

feature = Feature()


@feature.command(BatchCommand)
async def batch(deps: FeatureContext, payload: TypedPayload, command: BatchCommand) -> str:
    """Propose the change for each customer."""
    requests = await batch_requests(deps.ctx, payload.actor, command)
    return await deps.proposed(*await propose_batch(deps.ctx, payload.actor, requests))


@feature.action(AGAIN)
async def again(deps: FeatureContext, payload: ActionPayload) -> str:
    """Propose what failed again, below the outcome."""
    button = ChangeButton.parse(payload.value)
    bind_change(button.change)
    return await deps.proposed(*await propose_again(deps.ctx, payload.actor, button.change))


@feature.command(CreateSetCommand)
async def create(deps: FeatureContext, payload: TypedPayload, command: CreateSetCommand) -> str:
    """Write a set."""
    return view.created(await create_set(deps.ctx, payload.actor, command))


@feature.command(ShowSetCommand)
async def show(deps: FeatureContext, payload: TypedPayload, command: ShowSetCommand) -> str:
    """Show a set."""
    found = await show_set(deps.ctx, payload.actor, command.name)
    names = await deps.ctx.store.read(lambda tx: tx.customer_names())
    return view.shown(found, names)


@feature.command(ListSetsCommand)
async def show_all(deps: FeatureContext, payload: TypedPayload, _: ListSetsCommand) -> str:
    """List the sets."""
    return view.listed(await list_sets(deps.ctx, payload.actor))


@feature.command(DeleteSetCommand)
async def delete(deps: FeatureContext, payload: TypedPayload, command: DeleteSetCommand) -> str:
    """Delete a set."""
    return view.deleted(await delete_set(deps.ctx, payload.actor, command.name))
