"""Users deleted in bulk; a modal asks for the customer number first."""

from __future__ import annotations

from bot.domain.actions import PurgeUsers
from bot.domain.change_request import Proposal, command_text
from bot.domain.commands import PurgeUsersCommand
from bot.errors import InvalidInput
from bot.grammar import parse
from bot.slack.features.base.context import FeatureContext
from bot.slack.features.base.feature import Feature
from bot.slack.payloads import TypedPayload, ViewPayload
from bot.slack.views.modals.inputs import WHO
from bot.slack.views.modals.purge_users import PurgeUsersModal

feature = Feature()


@feature.command(PurgeUsersCommand)
async def purge_users(
    deps: FeatureContext, payload: TypedPayload, command: PurgeUsersCommand
) -> str:
    """Open the modal; it carries the command as text."""
    await deps.authorise(payload, command)
    name = await deps.customer_name(command.customer)
    text = command_text(_request(command, ""))
    again = parse(text)
    if not isinstance(again, PurgeUsersCommand) or again.filters != command.filters:
        raise InvalidInput("These filters cannot be carried by a form. Use fewer, plainer groups.")
    view = PurgeUsersModal(command, name, payload.channel, text).build()
    await deps.open_modal(payload, view, "Give the command again.")
    return ""


@feature.view(PurgeUsersModal)
async def submit(deps: FeatureContext, payload: ViewPayload) -> str:
    """Propose the deletion."""
    command = parse(str(payload.values[WHO]))
    if not isinstance(command, PurgeUsersCommand) or command.customer != payload.value:
        raise InvalidInput("This form was not understood. Nothing was proposed.")
    return await deps.propose(payload, _request(command, payload.text))


def _request(command: PurgeUsersCommand, reason: str) -> Proposal:
    return Proposal(command.customer, PurgeUsers(), command.filters, reason)
