"""The buttons of the daily report, and what is typed instead: the way back, and why something is still needed."""

from __future__ import annotations

from bot.domain.change_commands import StillNeededCommand
from bot.errors import Conflict
from bot.service.access.change_lookup import as_in_own_channel
from bot.service.changes.propose_again import propose_back
from bot.service.report.still_needed import may_say, still_needed
from bot.slack.button_values import ChangeButton, FormButton
from bot.slack.features.base.context import FeatureContext, bind_change
from bot.slack.features.base.feature import Feature
from bot.slack.payloads import ActionPayload, Payload, TypedPayload, ViewPayload
from bot.slack.views.changes.scope import question
from bot.slack.views.modals.inputs import reason_of
from bot.slack.views.modals.still_needed import StillNeededModal
from bot.slack.views.mrkdwn import format_time
from bot.slack.views.notices.report import BACK, STILL_NEEDED
from bot.slack.views.texts import report as texts

feature = Feature()


@feature.action(*BACK)
async def back(deps: FeatureContext, payload: ActionPayload) -> str:
    """Propose the opposite, in the channel of the change."""
    change_id = ChangeButton.parse(payload.value).change
    bind_change(change_id)
    actor = await as_in_own_channel(deps.ctx, payload.actor, change_id)
    return await deps.proposed(*await propose_back(deps.ctx, actor, change_id))


@feature.command(StillNeededCommand)
async def say_typed(
    deps: FeatureContext, payload: TypedPayload, command: StillNeededCommand
) -> str:
    """Record it with the reason that was typed."""
    return await _say(deps, payload, command.change_id, command.reason)


@feature.action(*STILL_NEEDED)
async def ask_why(deps: FeatureContext, payload: ActionPayload) -> str:
    """Ask why, of whoever may say it."""
    return await _ask_why(deps, payload, ChangeButton.parse(payload.value).change)


@feature.again(StillNeededModal, unless=(Conflict,))
async def ask_again(deps: FeatureContext, payload: ActionPayload, form: FormButton) -> str:
    """Open the modal with the reason that was typed."""
    return await _ask_why(deps, payload, form.about, reason_of(form.text))


async def _ask_why(
    deps: FeatureContext, payload: ActionPayload, change_id: str, reason: str = ""
) -> str:
    bind_change(change_id)
    change = await may_say(deps.ctx, payload.actor, change_id)
    what = question(change, await deps.customer_name(change.customer))
    modal = StillNeededModal(change.id, payload.channel, what, reason)
    await deps.open_modal(payload, modal.build(), texts.STILL_NEEDED)
    return ""


@feature.view(StillNeededModal)
async def say(deps: FeatureContext, payload: ViewPayload) -> str:
    """Record it with the reason."""
    return await _say(deps, payload, payload.value, reason_of(payload.text))


async def _say(deps: FeatureContext, payload: Payload, change_id: str, reason: str) -> str:
    bind_change(change_id)
    said = await still_needed(deps.ctx, payload.actor, change_id, reason)
    return texts.SAID.format(change=said.change_id, until=format_time(said.until))
