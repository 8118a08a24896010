"""Users deleted in bulk; a modal asks for the customer number first."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.actions import PurgeUsers
from bot.domain.change_commands import PurgeUsersCommand
from bot.domain.change_request import Proposal, command_text
from bot.errors import InvalidInput
from bot.grammar import parse
from bot.slack.button_values import FormButton
from bot.slack.features.base.context import FeatureContext
from bot.slack.features.base.feature import Feature
from bot.slack.payloads import ActionPayload, TypedPayload, ViewPayload
from bot.slack.views.modals.inputs import WHO, reason_of
from bot.slack.views.modals.purge_users import PurgeUsersModal
from bot.slack.views.texts import purge_users as texts

feature = Feature()


@feature.command(PurgeUsersCommand)
async def purge_users(
    deps: FeatureContext, payload: TypedPayload | ActionPayload, command: PurgeUsersCommand
) -> str:
    """Open the modal; it carries the command as text."""
    await deps.authorise(payload, command)
    name = await deps.customer_name(command.customer)
    text = command_text(_request(command, ""))
    again = parse(text)
    if not isinstance(again, PurgeUsersCommand) or again.filters != command.filters:
        raise InvalidInput(texts.FILTERS_NOT_CARRIED)
    view = PurgeUsersModal(command, name, payload.channel, text).build()
    await deps.open_modal(payload, view)
    return ""


@feature.again(PurgeUsersModal)
async def open_again(deps: FeatureContext, payload: ActionPayload, form: FormButton) -> str:
    """Open the modal with the reason that was typed; the number has to be typed once more."""
    command = _command(str(form.values[WHO]), form.about)
    return await purge_users(deps, payload, replace(command, reason=reason_of(form.text)))


@feature.view(PurgeUsersModal)
async def submit(deps: FeatureContext, payload: ViewPayload) -> str:
    """Propose the deletion."""
    command = _command(str(payload.values[WHO]), payload.value)
    return await deps.propose(payload, _request(command, payload.text))


def _command(text: str, customer: str) -> PurgeUsersCommand:
    """Return the command that a form carries. Raises InvalidInput where it is forged."""
    command = parse(text)
    if not isinstance(command, PurgeUsersCommand) or command.customer != customer:
        raise InvalidInput(texts.NOT_UNDERSTOOD)
    return command


def _request(command: PurgeUsersCommand, reason: str) -> Proposal:
    return Proposal(command.customer, PurgeUsers(), command.filters, reason)
