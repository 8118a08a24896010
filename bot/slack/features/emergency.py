"""Break-glass: a commander decides alone, a new change or one that waits; others review it."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.change import Change
from bot.domain.change_commands import ReviewCommand
from bot.domain.change_request import command_text
from bot.errors import Conflict, InvalidInput
from bot.grammar import parse
from bot.service.changes.emergency import command as emergency
from bot.service.changes.emergency.review import accept, review
from bot.service.changes.time_limit import TimedCommand, timed_request
from bot.slack.button_values import ChangeButton, FormButton
from bot.slack.features.base.card import on_card
from bot.slack.features.base.context import FeatureContext, bind_change
from bot.slack.features.base.feature import Feature
from bot.slack.limits import MAX_SECTION_CHARS
from bot.slack.payloads import ActionPayload, TypedPayload, ViewPayload
from bot.slack.views.modals.emergency import NEW, OPEN, EmergencyModal
from bot.slack.views.modals.inputs import WHO, reason_of
from bot.slack.views.texts import emergency as texts

feature = Feature()


async def open_emergency(
    deps: FeatureContext, payload: TypedPayload | ActionPayload, command: TimedCommand
) -> str:
    """Open the form for a change that is not proposed yet; it carries the command as text."""
    customer, action = command.customer, command.action
    authorization = await emergency.may_command(deps.ctx, payload.actor, customer, action)
    request = await timed_request(deps.ctx, payload.actor, command)
    text = f"{command_text(request)} --emergency"
    carried = (
        _command(text, customer) if len(text) <= MAX_SECTION_CHARS - len(texts.COMMAND) else None
    )
    if carried is None or (carried.action, carried.scope) != (action, command.scope):
        raise InvalidInput(texts.TOO_LONG)
    change = await emergency.preview_of(deps.ctx, authorization, request)
    name = await deps.customer_name(customer)
    modal = EmergencyModal(change, name, payload.channel, text, NEW, command.reason)
    await deps.open_modal(payload, modal.build())
    return ""


@feature.action(OPEN)
@on_card
async def ask(deps: FeatureContext, payload: ActionPayload, button: ChangeButton) -> str:
    """Open the form for a change that waits."""
    return await _ask(deps, payload, button.change)


async def _ask(
    deps: FeatureContext, payload: ActionPayload, change_id: str, reason: str = ""
) -> str:
    change = await emergency.may_take_over(deps.ctx, payload.actor, change_id)
    name = await deps.customer_name(change.customer)
    what = _short(change)
    modal = EmergencyModal(change, name, payload.channel, what, OPEN, reason or change.reason)
    await deps.open_modal(payload, modal.build(), texts.EMERGENCY_BUTTON)
    return ""


@feature.again(EmergencyModal, unless=(Conflict,))
async def ask_again(deps: FeatureContext, payload: ActionPayload, form: FormButton) -> str:
    """Open the form with the reason that was typed; the number has to be typed once more."""
    reason = reason_of(form.text)
    if form.action == OPEN:
        return await _ask(deps, payload, form.about.partition(":")[0], reason)
    command = _command(EmergencyModal.command_in(form.values[WHO]), form.about)
    return await open_emergency(deps, payload, replace(command, reason=reason))


@feature.view(EmergencyModal)
async def submit(deps: FeatureContext, payload: ViewPayload) -> str:
    """Decide the change, which is proposed first where it is new."""
    if payload.action == OPEN:
        change_id = payload.value.partition(":")[0]
        bind_change(change_id)
        await emergency.take_over(deps.ctx, payload.actor, change_id, payload.text)
        return ""
    command = _command(EmergencyModal.command_in(payload.values[WHO]), payload.value)
    asked = replace(command, reason=payload.text)
    request = await timed_request(deps.ctx, payload.actor, asked)
    change, _ = await emergency.propose_emergency(deps.ctx, payload.actor, request)
    bind_change(change.id)
    return ""


@feature.action("review_accept")
@on_card
async def accept_it(deps: FeatureContext, payload: ActionPayload, button: ChangeButton) -> str:
    """Accept what was decided alone."""
    await accept(deps.ctx, payload.actor, button.change)
    return ""


@feature.command(ReviewCommand)
async def review_it(deps: FeatureContext, payload: TypedPayload, command: ReviewCommand) -> str:
    """Accept it, or object."""
    bind_change(command.change_id)
    await review(deps.ctx, payload.actor, command.change_id, command.state, command.reason)
    return texts.REVIEWED.format(change=command.change_id)


def _short(change: Change) -> str:
    text = command_text(change)
    return text if len(text) <= MAX_SECTION_CHARS else change.id


def _command(text: str, customer: str) -> TimedCommand:
    """Return the command that a form carries. Raises InvalidInput where it is forged."""
    command = parse(text)
    if isinstance(command, TimedCommand) and command.emergency and command.customer == customer:
        return command
    raise InvalidInput(texts.NOT_UNDERSTOOD)
