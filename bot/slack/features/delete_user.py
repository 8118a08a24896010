"""One user deleted; a modal asks for the address once more."""

from __future__ import annotations

from bot.domain.actions import DeleteUser
from bot.domain.change_commands import DeleteUserCommand
from bot.domain.change_request import Proposal
from bot.domain.identifiers import parse_customer
from bot.domain.scope import Users
from bot.slack.button_values import FormButton
from bot.slack.features.base.context import FeatureContext
from bot.slack.features.base.feature import Feature
from bot.slack.features.base.user_modal import open_with_user
from bot.slack.payloads import ActionPayload, TypedPayload, ViewPayload
from bot.slack.views.modals.delete_user import DeleteUserModal
from bot.slack.views.modals.inputs import WHO, reason_of
from bot.slack.views.texts import delete_user as texts

feature = Feature()


@feature.command(DeleteUserCommand)
async def delete_user(
    deps: FeatureContext, payload: TypedPayload, command: DeleteUserCommand
) -> str:
    """Open the modal with the user as the API tells them."""
    return await open_with_user(deps, payload, command, texts.TITLE, DeleteUserModal)


@feature.again(DeleteUserModal)
async def open_again(deps: FeatureContext, payload: ActionPayload, form: FormButton) -> str:
    """Open the modal with the reason that was typed; the address has to be typed once more."""
    reason = reason_of(form.text)
    command = DeleteUserCommand(parse_customer(form.about), str(form.values[WHO]), reason)
    return await open_with_user(deps, payload, command, texts.TITLE, DeleteUserModal)


@feature.view(DeleteUserModal)
async def submit(deps: FeatureContext, payload: ViewPayload) -> str:
    """Propose the deletion."""
    user, customer = Users((str(payload.values[WHO]),)), parse_customer(payload.value)
    return await deps.propose(payload, Proposal(customer, DeleteUser(), user, payload.text))
