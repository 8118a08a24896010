"""Timed changes that are on: another end, or none, by buttons and typed. "Back now" is the button Back of every outcome."""

from __future__ import annotations

from bot.domain.change_commands import ExtendCommand, KeepCommand
from bot.domain.time_zone import zone_named
from bot.service.changes.timed import move
from bot.service.time_zone import zone_of
from bot.slack.button_values import ChangeButton
from bot.slack.features.base.context import FeatureContext, bind_change
from bot.slack.features.base.feature import Feature
from bot.slack.payloads import ActionPayload, TypedPayload, ViewPayload
from bot.slack.views.changes.scope import question
from bot.slack.views.modals.extend import BY, ExtendModal, parse_by
from bot.slack.views.texts import time_limit as texts

feature = Feature()


@feature.command(ExtendCommand)
async def extend_typed(deps: FeatureContext, payload: TypedPayload, command: ExtendCommand) -> str:
    """Propose the later end that was typed."""
    bind_change(command.change_id)
    asked = (command.change_id, command.by, command.reason)
    return await deps.proposed(*await move.extend(deps.ctx, payload.actor, *asked))


@feature.command(KeepCommand)
async def keep_typed(deps: FeatureContext, payload: TypedPayload, command: KeepCommand) -> str:
    """Propose that it stays."""
    bind_change(command.change_id)
    return await deps.proposed(*await move.keep(deps.ctx, payload.actor, command.change_id))


@feature.action("end_extend")
async def ask_by_how_long(deps: FeatureContext, payload: ActionPayload) -> str:
    """Ask by how long, of whoever may propose it."""
    button = ChangeButton.parse(payload.value)
    bind_change(button.change)
    change = await move.may_extend(deps.ctx, payload.actor, button.change)
    zone = await zone_of(deps.ctx, payload.user)
    what = question(change, await deps.customer_name(change.customer))
    end = (
        f"{change.ends_at.astimezone(zone_named(zone)):%Y-%m-%d %H:%M %Z}" if change.ends_at else ""
    )
    about = texts.FORM_ABOUT.format(question=what, time=end)
    modal = ExtendModal(change.id, change.channel, about)
    await deps.open_modal(payload, modal.build(), texts.EXTEND)
    return ""


@feature.view(ExtendModal)
async def extend(deps: FeatureContext, payload: ViewPayload) -> str:
    """Propose the later end."""
    bind_change(payload.value)
    by = parse_by(payload.values.get(BY))
    result = await move.extend(deps.ctx, payload.actor, payload.value, by, payload.text)
    return await deps.proposed(*result)


@feature.action("end_keep")
async def keep(deps: FeatureContext, payload: ActionPayload) -> str:
    """Propose that it stays."""
    button = ChangeButton.parse(payload.value)
    bind_change(button.change)
    return await deps.proposed(*await move.keep(deps.ctx, payload.actor, button.change))
