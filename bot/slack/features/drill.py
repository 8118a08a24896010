"""Rehearsals: begin one, end it, list them."""

from __future__ import annotations

from bot.domain.commands import EndDrillCommand, ListDrillsCommand, StartDrillCommand
from bot.service.drills.end import end_drill
from bot.service.drills.listed import drills
from bot.service.drills.start import start_drill
from bot.slack.features.base.context import FeatureContext
from bot.slack.features.base.feature import Feature
from bot.slack.payloads import TypedPayload
from bot.slack.views import drills as view
from bot.slack.views.mrkdwn import BlockReply
from bot.slack.views.texts import drill as texts

feature = Feature()


@feature.command(StartDrillCommand)
async def start(deps: FeatureContext, payload: TypedPayload, command: StartDrillCommand) -> str:
    """Begin one."""
    drill = await start_drill(deps.ctx, payload.actor, command.customer, command.scenario)
    return texts.STARTED_REPLY.format(scenario=drill.scenario.value, customer=drill.customer)


@feature.command(EndDrillCommand)
async def end(deps: FeatureContext, payload: TypedPayload, command: EndDrillCommand) -> str:
    """End it."""
    drill = await end_drill(deps.ctx, payload.actor, command.customer)
    return texts.ENDED_REPLY.format(scenario=drill.scenario.value, customer=drill.customer)


@feature.command(ListDrillsCommand)
async def list_all(
    deps: FeatureContext, payload: TypedPayload, command: ListDrillsCommand
) -> BlockReply:
    """List them."""
    return view.listed(*await drills(deps.ctx, payload.actor, command.customer))
